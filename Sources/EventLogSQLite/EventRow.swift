import HindsightCore
import SQLiteConnection

/// An event on its way into the file.
struct EventRow {
    /// In the order in which ``bind(to:)`` sets them.
    static let columns = [
        "position", "stream", "version", "type", "schema_version", "id", "recorded_at", "occurred_at", "tags", "metadata", "encoding",
        "commitment", "digest", "salt", "data",
    ]

    let position: Position
    /// The numbers of the names.
    let stream: Int64
    let type: Int64
    let version: StreamVersion
    let schemaVersion: Int
    let recordedAt: Timestamp
    let occurredAt: Timestamp
    let encoding: Int
    let arena: ByteArena
    let places: Places

    /// Where the texts and blobs of an event lie in an arena.
    struct Places {
        let id: Range<Int>
        let tags: Range<Int>
        let metadata: Range<Int>
        let commitment: Range<Int>
        let digest: Range<Int>
        /// `nil`, like the data, once erased.
        let salt: Range<Int>?
        let data: Range<Int>?
    }

    fileprivate func bind(to bindings: Bindings) {
        bindings.integer(position, at: 1)
        bindings.integer(stream, at: 2)
        bindings.integer(version, at: 3)
        bindings.integer(type, at: 4)
        bindings.integer(Int64(schemaVersion), at: 5)
        bindings.blob(arena[places.id], at: 6)
        bindings.integer(recordedAt.microsecondsSince1970, at: 7)
        bindings.integer(occurredAt.microsecondsSince1970, at: 8)
        bindings.text(arena[places.tags], at: 9)
        bindings.text(arena[places.metadata], at: 10)
        bindings.integer(Int64(encoding), at: 11)
        bindings.blob(arena[places.commitment], at: 12)
        bindings.blob(arena[places.digest], at: 13)
        if let salt = places.salt { bindings.blob(arena[salt], at: 14) } else { bindings.null(at: 14) }
        if let data = places.data { bindings.text(arena[data], at: 15) } else { bindings.null(at: 15) }
    }
}

/// Puts the events of a transaction into the file, many with one statement. What waits must be written before anybody looks for it, and
/// before the commit.
final class EventInsertion {
    private static let mostRows = 32

    private let insertion: RowInsertion
    private var waiting: [EventRow] = []

    init(on connection: Connection) {
        insertion = RowInsertion(into: "events", columns: EventRow.columns, mostRows: Self.mostRows, on: connection)
        waiting.reserveCapacity(Self.mostRows)
    }

    func add(_ row: EventRow) throws(SQLiteError) {
        waiting.append(row)
        if waiting.count == Self.mostRows { try writeWaiting() }
    }

    func writeWaiting() throws(SQLiteError) {
        guard !waiting.isEmpty else { return }
        try insertion.insert(waiting.count) { bindings, index in waiting[index].bind(to: bindings) }
        // Only now: while they wait, the transaction cannot be committed without them.
        waiting.removeAll(keepingCapacity: true)
    }

    /// Forgets what waits, with the transaction that it belonged to.
    func dropWaiting() { waiting.removeAll(keepingCapacity: true) }
}
