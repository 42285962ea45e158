import FoundationEssentials
import HindsightCore
import SQLiteConnection

/// Which generations there are, and which of each projection serves.
struct Catalog {
    private let connection: Connection

    private static let format: Int64 = 1
    private static let schema = """
        CREATE TABLE generations (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            projection TEXT NOT NULL,
            version INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            status TEXT NOT NULL,
            purpose TEXT,
            actor TEXT,
            ordered_at INTEGER
        );
        CREATE UNIQUE INDEX one_serves ON generations (projection) WHERE status = 'serving';
        PRAGMA user_version = 1;
        """

    /// Opens the catalog; one of another format goes with all that it lists.
    init(directory: String) throws {
        let path = directory + "/catalog.sqlite"
        connection = try Connection(path: path, mode: .create)
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        try connection.transaction(.immediate) {
            guard try connection.integer("PRAGMA user_version") != Self.format else { return try sweep(directory) }
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) where !name.hasPrefix("catalog.sqlite") {
                try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
            }
            try connection.execute("DROP INDEX IF EXISTS one_serves; DROP TABLE IF EXISTS generations;" + Self.schema)
        }
    }

    /// Removes files that a process had no time to remove. A generation is listed before its file is made.
    private func sweep(_ directory: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            guard let number = GenerationFile.number(of: name),
                try connection.integer("SELECT 1 FROM generations WHERE number = ?", .integer(Int64(number))) == nil
            else { continue }
            try GenerationFile.remove(directory: directory, number: number)
        }
    }

    func generations(
        of projection: String
    ) throws -> [(generation: Generation, status: StoredGeneration.Status, order: RebuildOrder?)] {
        var found: [(generation: Generation, status: StoredGeneration.Status, order: RebuildOrder?)] = []
        let sql = """
            SELECT number, version, fingerprint, status, purpose, actor, ordered_at FROM generations WHERE projection = ? ORDER BY number
            """
        try connection.statement(sql).forEach([.text(projection)]) { row in
            guard let status = StoredGeneration.Status(rawValue: row.text(3)) else {
                throw ReadModelError.damaged(reason: "a generation's status is \(row.text(3))")
            }
            let order = row.optionalText(4).flatMap(RebuildOrder.Purpose.init).map { purpose in
                RebuildOrder(purpose, actor: row.text(5), at: Timestamp(microsecondsSince1970: row.integer(6)))
            }
            let code = ProjectionCode(version: Int(row.integer(1)), fingerprint: row.text(2))
            found.append((Generation(projection: projection, number: Int(row.integer(0)), code: code), status, order))
            return true
        }
        return found
    }

    func serving(of projection: String) throws -> Generation? {
        try connection.first(
            "SELECT number, version, fingerprint FROM generations WHERE projection = ? AND status = 'serving'", .text(projection)
        ) { row in
            Generation(
                projection: projection, number: Int(row.integer(0)),
                code: ProjectionCode(version: Int(row.integer(1)), fingerprint: row.text(2)))
        }
    }

    func holds(_ generation: Generation) throws -> Bool {
        try connection.integer("SELECT 1 FROM generations WHERE number = ?", .integer(Int64(generation.number))) != nil
    }

    func add(_ projection: String, _ code: ProjectionCode, _ order: RebuildOrder?) throws -> Generation {
        let number = try connection.transaction(.immediate) {
            try connection.first(
                """
                INSERT INTO generations (projection, version, fingerprint, status, purpose, actor, ordered_at)
                VALUES (?, ?, ?, 'building', ?, ?, ?) RETURNING number
                """, .text(projection), .integer(Int64(code.version)), .text(code.fingerprint),
                order.map { .text($0.purpose.rawValue) } ?? .null, order.map { .text($0.actor) } ?? .null,
                order.map { .integer($0.at.microsecondsSince1970) } ?? .null
            ) { $0.integer(0) }
        }
        guard let number else { throw ReadModelError.unavailable(reason: "no generation could be made") }
        return Generation(projection: projection, number: Int(number), code: code)
    }

    /// - Returns: The generations that are gone.
    func serve(_ generation: Generation) throws -> [Int] {
        try connection.transaction(.immediate) {
            guard try holds(generation) else { throw ReadModelError.overtaken }
            // A second time would make room for a copy of what is kept.
            if try serving(of: generation.projection) == generation { return [] }
            let (projection, number) = (SQLiteValue.text(generation.projection), SQLiteValue.integer(Int64(generation.number)))
            var gone: [Int] = []
            try connection.statement("DELETE FROM generations WHERE projection = ? AND status = 'retired' AND number <> ? RETURNING number")
                .forEach([projection, number]) { row in
                    gone.append(Int(row.integer(0)))
                    return true
                }
            try connection.run(
                "UPDATE generations SET status = 'retired' WHERE projection = ? AND status = 'serving' AND number <> ?", projection, number)
            try connection.run("UPDATE generations SET status = 'serving' WHERE number = ?", number)
            return gone
        }
    }

    /// - Returns: Whether it was there, and went.
    func drop(_ generation: Generation) throws -> Bool {
        try connection.run("DELETE FROM generations WHERE number = ? AND status <> 'serving'", .integer(Int64(generation.number)))
        return connection.changes == 1
    }
}
