import SQLiteConnection

/// Whether the limit writes what the engine writes: the same rows into the same tables, but for the bytes that it leaves constant.
///
/// Without this check an index that only one of the two keeps would make every ratio of appends wrong, silently.
struct Agreement {
    let contenders: Contenders

    /// Enough for a few hundred streams, and for everything that happens once in so many events.
    private static let events = 5_000
    /// What differs from run to run, or is constant at the limit: only its length is compared.
    private static let varying: Set<String> = ["id", "recorded_at", "occurred_at", "commitment", "digest", "salt", "data", "metadata"]

    /// - Throws: ``BenchmarkFailure`` naming the table whose rows differ.
    func check() throws {
        let (ours, limit) = ("agreement", "agreement.sqlite")
        try contenders.ours(.append, log: ours, ["--events", "\(Self.events)", "--batch", "100"])
        try contenders.limitAppend(Self.events, batch: 100, to: limit)
        let (left, right) = (try connection(contenders.logFile(ours)), try connection(contenders.folder.entry(limit)))
        for table in try texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", on: left) {
            guard try rows(of: table, on: left) == rows(of: table, on: right) else {
                throw BenchmarkFailure("the limit writes other rows into \(table) than the engine: SQLiteLimit/append.c must follow it")
            }
        }
        left.close()
        right.close()
        try contenders.folder.remove(ours)
        try contenders.folder.remove(limit)
    }

    private func connection(_ path: String) throws -> Connection { try Connection(path: path, mode: .readOnly) }

    private func rows(of table: String, on connection: Connection) throws -> [String] {
        let columns = try texts("SELECT name FROM pragma_table_info('\(table)')", on: connection).map { column in
            Self.varying.contains(column) ? "length(\(column))" : "quote(\(column))"
        }
        return try texts("SELECT \(columns.joined(separator: " || ', ' || ")) FROM \(table) ORDER BY 1", on: connection)
    }

    private func texts(_ sql: String, on connection: Connection) throws -> [String] {
        var texts: [String] = []
        try connection.statement(sql).forEach([]) { row in
            texts.append(row.text(0))
            return true
        }
        return texts
    }
}
