import HindsightCore
import SQLiteConnection

/// Reads events out of rows, within one transaction: the names behind the numbers are looked up once.
final class EventRows {
    static let columns = """
        position, stream, version, type, schema_version, id, recorded_at, occurred_at, tags, metadata, encoding, commitment, digest, salt, \
        data
        """

    private let connection: Connection
    private var streams: [Int64: StreamName] = [:]
    private var types: [Int64: EventType] = [:]

    init(_ connection: Connection) { self.connection = connection }

    func event(at position: Position) throws -> RecordedEvent? {
        var found: RecordedEvent?
        try connection.statement("SELECT \(Self.columns) FROM events WHERE position = ?").forEach([.integer(position)]) { row in
            found = try event(in: row)
            return false
        }
        return found
    }

    /// - Throws: `.damaged` for what no append can have written.
    func event(in row: Row) throws -> RecordedEvent {
        let position = row.integer(0)
        guard let id = row.withBytes(5, { EventID(bytes: $0) }) else {
            throw EventLogError.damaged(position: position, reason: "the id is no UUID")
        }
        return RecordedEvent(
            position: position, stream: try stream(row.integer(1), at: position), version: row.integer(2), id: id,
            type: try type(row.integer(3), at: position), schemaVersion: Int(row.integer(4)),
            recordedAt: Timestamp(microsecondsSince1970: row.integer(6)), occurredAt: Timestamp(microsecondsSince1970: row.integer(7)),
            data: row.optionalBytes(14).map(JSONText.init(trusted:)), metadata: JSONText(trusted: row.bytes(9)),
            tags: try tags(in: row, at: position), encoding: Int(row.integer(10)), salt: row.optionalBytes(13), commitment: row.bytes(11),
            digest: row.bytes(12))
    }

    private func stream(_ number: Int64, at position: Position) throws -> StreamName {
        if let known = streams[number] { return known }
        let stream = try name("streams", number, at: position) { text throws(EventLogError) in try StreamName(text) }
        streams[number] = stream
        return stream
    }

    private func type(_ number: Int64, at position: Position) throws -> EventType {
        if let known = types[number] { return known }
        let type = try name("types", number, at: position) { text throws(EventLogError) in try EventType(text) }
        types[number] = type
        return type
    }

    private func name<Name>(
        _ table: String, _ number: Int64, at position: Position, _ make: (String) throws(EventLogError) -> Name
    ) throws -> Name {
        let bytes = try connection.first("SELECT name FROM \(table) WHERE number = ?", .integer(number)) { $0.bytes(0) }
        guard let bytes, let text = String(validating: bytes, as: UTF8.self) else {
            throw EventLogError.damaged(position: position, reason: "number \(number) of \(table) has no name")
        }
        do {
            return try make(text)
        } catch {
            throw EventLogError.damaged(position: position, reason: "the name behind number \(number) of \(table) breaks the rules")
        }
    }

    private func tags(in row: Row, at position: Position) throws -> [Tag] {
        guard let texts = row.withBytes(8, { TagList.texts(in: Array($0)) }) else {
            throw EventLogError.damaged(position: position, reason: "the tags are no list of texts")
        }
        do {
            return try texts.map { text throws(EventLogError) in try Tag(text) }
        } catch {
            throw EventLogError.damaged(position: position, reason: "a tag breaks the rules")
        }
    }
}
