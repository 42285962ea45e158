import HindsightCore
import SQLiteConnection

extension GenerationFile {
    func rows(_ selection: RowSelection, at position: Position?) throws -> RowPage {
        try read { connection in
            let view = try RowView(connection)
            let found = try view.find(selection, at: position)
            return RowPage(rows: try found.compactMap { try view.trail($0, at: position) }, checkpoint: view.checkpoint)
        }
    }

    func row(_ key: String, at position: Position?) throws -> RowTrail? {
        try read { connection in
            let row = try connection.integer("SELECT id FROM rows WHERE key = ?", .text(key))
            return try row.flatMap { try RowView(connection).trail((key, $0), at: position) }
        }
    }

    func count(with entry: IndexEntry) throws -> Int {
        try read { Int(try $0.integer("SELECT count(*) FROM held WHERE entry = ?", .text(entry.text)) ?? 0) }
    }

    func touches(of key: String, until position: Position) throws -> [Position] {
        try read { connection in
            guard let row = try connection.integer("SELECT id FROM rows WHERE key = ?", .text(key)) else { return [] }
            return try connection.positions(
                "SELECT position FROM touches WHERE row = ? AND position <= ? ORDER BY position", .integer(row), .integer(position))
        }
    }

    func failures() throws -> [StreamFailure] {
        try read { connection in
            var found: [StreamFailure] = []
            let sql = """
                SELECT stream, position, type, error, attempts, (SELECT count(*) FROM parked p WHERE p.stream = f.stream)
                FROM failures f ORDER BY position
                """
            try connection.statement(sql).forEach([]) { row in
                found.append(
                    StreamFailure(
                        stream: try StreamName(row.text(0)), position: row.integer(1), type: try EventType(row.text(2)),
                        error: row.text(3), attempts: Int(row.integer(4)), events: Int(row.integer(5))))
                return true
            }
            return found
        }
    }

    func parkedEvents(of stream: StreamName) throws -> [Position] {
        try read { connection in
            try connection.positions("SELECT position FROM parked WHERE stream = ? ORDER BY position", .text(stream.description))
        }
    }
}

extension Connection {
    fileprivate func positions(_ sql: String, _ values: SQLiteValue...) throws -> [Position] {
        var positions: [Position] = []
        try statement(sql).forEach(values) { row in
            positions.append(row.integer(0))
            return true
        }
        return positions
    }
}

/// The rows of a generation within one transaction.
private struct RowView {
    let checkpoint: Position
    private let revision: Int64
    private let connection: Connection

    typealias Found = (key: String, row: Int64)

    init(_ connection: Connection) throws {
        self.connection = connection
        let state = try GenerationFile.state(connection)
        (checkpoint, revision) = (state.position, state.revision)
    }

    /// The rows of a list, in the byte order of their keys.
    func find(_ selection: RowSelection, at position: Position?) throws -> [Found] {
        let entry = SQLiteValue.text((selection.entry ?? .existence).text)
        // Keys are never empty, so every key comes after the empty one.
        let after = SQLiteValue.text(selection.after ?? "")
        let limit = SQLiteValue.integer(Int64(selection.limit))
        let position = min(position ?? checkpoint, checkpoint)
        guard position > 0 else { return [] }
        var found: [Found] = []
        func take(_ row: SQLiteConnection.Row) -> Bool {
            found.append((row.text(0), row.integer(1)))
            return true
        }
        let held = try connection.statement(
            "SELECT key, row FROM held WHERE entry = ? AND bucket = ? AND key > ? AND since <= ? ORDER BY key LIMIT ?")
        let buckets = EntrySpans.buckets(until: position)
        for bucket in buckets { try held.forEach([entry, .integer(bucket), after, .integer(position), limit], take) }
        var parts = buckets.count
        if position < checkpoint {
            let ended = try connection.statement(
                """
                SELECT key, row FROM ended
                WHERE entry = ? AND level = ? AND slot = ? AND key > ? AND since <= ? AND until > ? ORDER BY key LIMIT ?
                """)
            for (level, slots) in EntrySpans.places(at: position, longest: checkpoint) {
                for slot in slots {
                    try ended.forEach(
                        [entry, .integer(level), .integer(slot), after, .integer(position), .integer(position), limit], take)
                    parts += 1
                }
            }
        }
        if parts > 1 { found.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
        return Array(found.prefix(selection.limit))
    }

    func trail(_ found: Found, at position: Position?) throws -> RowTrail? {
        let position = position ?? .max
        let row = SQLiteValue.integer(found.row)
        let present = try connection.first(
            "SELECT since, CASE WHEN since <= ? THEN body END FROM rows WHERE id = ?", .integer(position), row
        ) {
            RowSnapshot(position: $0.integer(0), body: $0.optionalBytes(1))
        }
        guard let present else { throw ReadModelError.damaged(reason: "an index entry leads to no row") }
        if present.position <= position { return RowTrail(key: found.key, base: present, touches: [], revision: revision) }
        let base = try connection.first(
            "SELECT position, body FROM snapshots WHERE row = ? AND position <= ? ORDER BY position DESC LIMIT 1", row, .integer(position)
        ) { RowSnapshot(position: $0.integer(0), body: $0.optionalBytes(1)) }
        let touches = try connection.positions(
            "SELECT position FROM touches WHERE row = ? AND position > ? AND position <= ? ORDER BY position", row,
            .integer(base?.position ?? 0), .integer(position))
        return base == nil && touches.isEmpty ? nil : RowTrail(key: found.key, base: base, touches: touches, revision: revision)
    }
}
