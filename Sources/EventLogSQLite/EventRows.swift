import HindsightCore
import SQLiteConnection

/// Lends events out of rows.
struct EventRows {
    /// In the order in which ``lend(_:to:)`` reads them.
    static let columns = EventRow.columns.joined(separator: ", ")

    let connection: Connection
    let names: Names

    func event(at position: Position) throws -> RecordedEvent? {
        var found: RecordedEvent?
        try connection.statement("SELECT \(Self.columns) FROM events WHERE position = ?").forEach([.integer(position)]) { row in
            found = try event(in: row)
            return false
        }
        return found
    }

    func event(in row: Row) throws -> RecordedEvent { try lend(row) { try copy($0) } }

    func copy(_ event: borrowing BorrowedEvent) throws(EventLogError) -> RecordedEvent { try event.copy(readingTags: names.tags(in:)) }

    /// - Throws: `.damaged` for what no append can have written, and what `body` throws.
    func lend<Result>(_ row: Row, to body: (borrowing BorrowedEvent) throws -> Result) throws -> Result {
        let position = row.integer(0)
        guard let id = EventID(lent: row.lentBytes(5)) else {
            throw EventLogError.damaged(position: position, reason: "the id is no UUID")
        }
        guard let commitment = EventDigest(lent: row.lentBytes(11)), let digest = EventDigest(lent: row.lentBytes(12)) else {
            throw EventLogError.damaged(position: position, reason: "commitment and digest are not 32 bytes each")
        }
        let salt = row.isNull(13) ? nil : Salt(lent: row.lentBytes(13))
        guard salt != nil || row.isNull(13) else {
            throw EventLogError.damaged(position: position, reason: "the salt is not 16 bytes")
        }
        return try body(
            BorrowedEvent(
                position: position, stream: try names.stream(row.integer(1), at: position), version: row.integer(2), id: id,
                type: try names.type(row.integer(3), at: position), schemaVersion: Int(row.integer(4)),
                recordedAt: Timestamp(microsecondsSince1970: row.integer(6)), occurredAt: Timestamp(microsecondsSince1970: row.integer(7)),
                data: row.isNull(14) ? nil : row.lentBytes(14), metadata: row.lentBytes(9), tags: .list(row.lentBytes(8)),
                encoding: Int(row.integer(10)), salt: salt, commitment: commitment, digest: digest,
                typeNumber: row.integer(3)))
    }
}
