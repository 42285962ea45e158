public import HindsightCore
import SQLiteConnection
import Synchronization
import FoundationEssentials

/// Read models in `read-models/rows.sqlite` of a folder: disposable, so nothing is flushed for their sake.
///
/// Every state of a row keeps the interval of positions in which it held; the current one has no end. Lists and single rows of the past
/// are therefore read by the same indexes as those of today.
public final class SQLiteReadModelStore: ReadModelStore {
    private let connection: Mutex<Connection>

    /// Opens the store below `folder`, and makes it if it is missing or was written by another version of this code.
    public init(folder: String) throws(ReadModelError) {
        let directory = folder + "/read-models"
        let path = directory + "/rows.sqlite"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .unavailable(reason: "the folder \(directory) cannot be made: check who may write there")
        }
        do {
            let connection = try Connection(path: path, mode: .create)
            // After a power loss the file may be torn; then it is deleted and rebuilt, as at any other time.
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")
            let format = try connection.integer("PRAGMA user_version") ?? 0
            if format != Self.format {
                try connection.execute(Self.schema)
            }
            self.connection = Mutex(connection)
        } catch {
            throw Self.translated(error)
        }
    }

    private static let format: Int64 = 1

    private static let schema = """
        BEGIN IMMEDIATE;
        DROP TABLE IF EXISTS generations;
        DROP TABLE IF EXISTS states;
        DROP TABLE IF EXISTS entries;
        CREATE TABLE generations (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            projection TEXT NOT NULL,
            version INTEGER NOT NULL,
            checkpoint INTEGER NOT NULL,
            active INTEGER NOT NULL
        );
        CREATE TABLE states (
            generation INTEGER NOT NULL,
            key TEXT NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER,
            body TEXT,
            PRIMARY KEY (generation, key, since)
        ) WITHOUT ROWID;
        CREATE TABLE entries (
            generation INTEGER NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            key TEXT NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER,
            PRIMARY KEY (generation, name, value, key, since)
        ) WITHOUT ROWID;
        CREATE INDEX entries_of_key ON entries (generation, key) WHERE until IS NULL;
        PRAGMA user_version = 1;
        COMMIT;
        """

    private static func translated(_ error: any Error) -> ReadModelError {
        switch error {
        case let error as ReadModelError: error
        case let error as SQLiteError where error.kind == .corrupt || error.kind == .notADatabase: .damaged(reason: error.message)
        default: .unavailable(reason: "\(error)")
        }
    }

    private func perform<Result: Sendable>(_ body: (Connection) throws -> Result) throws(ReadModelError) -> Result {
        do {
            return try connection.withLock { try body($0) }
        } catch {
            throw Self.translated(error)
        }
    }

    // MARK: - Generations

    public func activeGeneration(of projection: String) async throws(ReadModelError) -> Generation? {
        try perform { connection in
            try connection.first("SELECT number, version FROM generations WHERE projection = ? AND active = 1", .text(projection)) {
                Generation(projection: projection, number: Int($0.integer(0)), version: Int($0.integer(1)))
            }
        }
    }

    public func makeGeneration(of projection: String, version: Int) async throws(ReadModelError) -> Generation {
        try perform { connection in
            let number = try connection.first(
                "INSERT INTO generations (projection, version, checkpoint, active) VALUES (?, ?, 0, 0) RETURNING number",
                .text(projection), .integer(Int64(version)), read: { $0.integer(0) })
            guard let number else { throw ReadModelError.unavailable(reason: "no generation could be made") }
            return Generation(projection: projection, number: Int(number), version: version)
        }
    }

    public func activate(_ generation: Generation) async throws(ReadModelError) {
        try perform { connection in
            try connection.transaction(.immediate) {
                for table in ["states", "entries"] {
                    try connection.run(
                        "DELETE FROM \(table) WHERE generation IN (SELECT number FROM generations WHERE projection = ? AND number <> ?)",
                        .text(generation.projection), .integer(Int64(generation.number)))
                }
                try connection.run(
                    "DELETE FROM generations WHERE projection = ? AND number <> ?", .text(generation.projection),
                    .integer(Int64(generation.number)))
                try connection.run("UPDATE generations SET active = 1 WHERE number = ?", .integer(Int64(generation.number)))
            }
        }
    }

    public func checkpoint(of generation: Generation) async throws(ReadModelError) -> Position {
        try perform { connection in
            try connection.integer("SELECT checkpoint FROM generations WHERE number = ?", .integer(Int64(generation.number))) ?? 0
        }
    }

    // MARK: - Rows

    public func commit(
        _ changes: [RowChange], to generation: Generation, from previous: Position, checkpoint: Position
    ) async throws(ReadModelError) {
        let number = SQLiteValue.integer(Int64(generation.number))
        try perform { connection in
            try connection.transaction(.immediate) {
                try connection.run(
                    "UPDATE generations SET checkpoint = ? WHERE number = ? AND checkpoint = ?", .integer(checkpoint), number,
                    .integer(previous))
                guard connection.changes == 1 else { throw ReadModelError.overtaken }
                for change in changes { try store(change, number, connection) }
            }
        }
    }

    private func store(_ change: RowChange, _ generation: SQLiteValue, _ connection: Connection) throws {
        let key = SQLiteValue.text(change.key)
        let position = SQLiteValue.integer(change.position)
        try connection.run(
            "UPDATE states SET until = ? WHERE generation = ? AND key = ? AND until IS NULL", position, generation, key)
        try connection.run(
            "INSERT INTO states (generation, key, since, body) VALUES (?, ?, ?, ?)", generation, key, position,
            change.body.map { .utf8($0) } ?? .null)
        // Named, because the planner knows no statistics and takes the primary key by its first column alone.
        try connection.run(
            "UPDATE entries INDEXED BY entries_of_key SET until = ? WHERE generation = ? AND key = ? AND until IS NULL", position,
            generation, key)
        for entry in Set(change.indexEntries) {
            try connection.run(
                "INSERT INTO entries (generation, name, value, key, since) VALUES (?, ?, ?, ?, ?)", generation, .text(entry.index),
                .text(entry.value), key, position)
        }
    }

    public func row(_ key: String, of generation: Generation, at position: Position?) async throws(ReadModelError) -> StoredRow? {
        try perform { connection in
            try connection.first(
                """
                SELECT key, body, since, until FROM states
                WHERE generation = ? AND key = ? AND since <= ? ORDER BY since DESC LIMIT 1
                """, .integer(Int64(generation.number)), .text(key), .integer(position ?? .max), read: Self.storedRow)
        }.flatMap { $0.body == nil ? nil : $0 }
    }

    public func rows(
        of generation: Generation, _ selection: RowSelection, at position: Position?
    ) async throws(ReadModelError) -> [StoredRow] {
        // Every state has its own entries, so an entry leads to its state by the whole primary key. Keys are never empty, so every key
        // comes after the empty one.
        let table = selection.entry == nil ? "states" : "entries"
        var values: [SQLiteValue] = [.integer(Int64(generation.number)), .text(selection.after ?? "")]
        var condition = "i.generation = ?1 AND i.key > ?2"
        if let entry = selection.entry {
            condition += " AND i.name = ?3 AND i.value = ?4"
            values += [.text(entry.index), .text(entry.value)]
        }
        if let position {
            condition += " AND i.since <= ?\(values.count + 1) AND (i.until IS NULL OR i.until > ?\(values.count + 1))"
            values.append(.integer(position))
        } else {
            condition += " AND i.until IS NULL"
        }
        let sql = """
            SELECT s.key, s.body, s.since, s.until
            FROM \(table) i CROSS JOIN states s ON s.generation = i.generation AND s.key = i.key AND s.since = i.since
            WHERE \(condition) AND s.body IS NOT NULL ORDER BY i.key LIMIT ?\(values.count + 1)
            """
        values.append(.integer(Int64(selection.limit)))
        let (statement, parameters) = (sql, values)
        return try perform { connection in
            var rows: [StoredRow] = []
            try connection.statement(statement).forEach(parameters) {
                rows.append(Self.storedRow($0))
                return true
            }
            return rows
        }
    }

    public func count(of generation: Generation, with entry: IndexEntry) async throws(ReadModelError) -> Int {
        try perform { connection in
            Int(
                try connection.integer(
                    "SELECT count(*) FROM entries WHERE generation = ? AND name = ? AND value = ? AND until IS NULL",
                    .integer(Int64(generation.number)), .text(entry.index), .text(entry.value)) ?? 0)
        }
    }

    public func history(of key: String, in generation: Generation) async throws(ReadModelError) -> [StoredRow] {
        try perform { connection in
            var rows: [StoredRow] = []
            try connection.statement("SELECT key, body, since, until FROM states WHERE generation = ? AND key = ? ORDER BY since")
                .forEach([.integer(Int64(generation.number)), .text(key)]) {
                    rows.append(Self.storedRow($0))
                    return true
                }
            return rows
        }
    }

    private static func storedRow(_ row: Row) -> StoredRow {
        StoredRow(key: row.text(0), body: row.optionalBytes(1), from: row.integer(2), until: row.optionalInteger(3))
    }
}
