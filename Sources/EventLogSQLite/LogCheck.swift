package import HindsightCore
import SQLiteConnection

/// Looks through the file of a log for what SQLite, the schema or the index should not show: everything but the digest chain, which
/// ``ChainVerifier`` looks at.
struct LogCheck {
    private let view: LogView
    private var findings = LogFindings()
    private var connection: Connection { view.connection }

    init(_ view: LogView) { self.view = view }

    /// - Parameter progress: Called with the position reached and the head, while the events are compared with the index.
    static func run(_ view: LogView, progress: (Position, Position) throws -> Void) throws -> [LogFinding] {
        var check = LogCheck(view)
        try check.section(.pages) { try $0.checkPages() }
        try check.section(.schema) { try $0.checkSchema() }
        try check.section(.references) { try $0.checkReferences() }
        try check.section(.names) { try $0.checkNames() }
        try check.section(.positions) { try $0.checkPositions() }
        try check.section(.streams) {
            try $0.checkStreams()
            try $0.checkVersions()
        }
        try check.section(.ids) { try $0.checkIDs() }
        try check.section(.index) { check in
            let found = try IndexCheck.run(check.view, progress: progress)
            for finding in found.all { check.findings.add(.index, at: finding.position, finding.problem) }
        }
        try check.section(.end) { _ = try $0.view.checkedHead() }
        return check.findings.all
    }

    /// What is too damaged to be looked at is a finding too, and no reason not to look at the rest.
    private mutating func section(_ area: LogFinding.Area, _ body: (inout LogCheck) throws -> Void) throws {
        do {
            try body(&self)
        } catch let error as SQLiteError where error.kind == .corrupt || error.kind == .notADatabase {
            findings.add(area, "the file contradicts itself: \(error)")
        } catch EventLogError.damaged(let position, let reason) {
            findings.add(area, at: position, reason)
        }
    }

    // MARK: - What SQLite knows

    /// Pages, order of the rows, and whether each index agrees with its table.
    private mutating func checkPages() throws {
        var said: [String] = []
        try connection.statement("PRAGMA integrity_check(\(LogFindings.mostOfAnArea))").forEach([]) { row in
            said.append(row.text(0))
            return true
        }
        for line in said where line != "ok" { findings.add(.pages, line) }
    }

    /// Tables, indexes and the triggers that keep the log append-only are those of the format.
    private mutating func checkSchema() throws {
        let (found, expected) = (try Self.schema(of: connection), try LogFile.schema(ofFormat: view.format))
        for (name, sql) in expected.sorted(by: { $0.key < $1.key }) {
            guard let there = found[name] else {
                findings.add(.schema, "\(name) is missing")
                continue
            }
            if there != sql { findings.add(.schema, "\(name) is not as the format has it") }
        }
        for name in found.keys.sorted() where expected[name] == nil { findings.add(.schema, "\(name) does not belong to the format") }
    }

    /// The definition of each thing in the schema, by its kind and name.
    static func schema(of connection: Connection) throws -> [String: String] {
        var schema: [String: String] = [:]
        // What SQLite makes by itself, like its statistics, is not ours.
        let sql = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_stat%' ESCAPE '!'"
        try connection.statement(sql).forEach([]) { row in
            schema[row.text(0)] = row.text(1)
            return true
        }
        return schema
    }

    private mutating func checkReferences() throws {
        try forEach("PRAGMA foreign_key_check") { check, row in
            check.findings.add(
                .references, at: row.text(0) == "events" ? row.integer(1) : nil,
                "a row of \(row.text(0)) names a row of \(row.text(2)) that is missing")
        }
    }

    // MARK: - What an append sees to

    private mutating func checkNames() throws {
        for table in ["streams", "types", "categories", "tags"] {
            let sql =
                "SELECT number FROM (SELECT number, row_number() OVER (ORDER BY number) AS place FROM \(table)) WHERE number <> place LIMIT 1"
            try forEach(sql) { check, row in
                check.findings.add(.names, "a number of \(table) is missing before \(row.integer(0))")
            }
        }
        try forEach("SELECT number FROM streams WHERE NOT EXISTS (SELECT 1 FROM events WHERE stream = number) LIMIT 20") { check, row in
            check.findings.add(.names, "stream number \(row.integer(0)) has a name and no event")
        }
    }

    private mutating func checkPositions() throws {
        let sql = """
            SELECT position, before FROM (SELECT position, lag(position, 1, 0) OVER (ORDER BY position) AS before FROM events)
            WHERE position <> before + 1 LIMIT 20
            """
        try forEach(sql) { check, row in
            let (position, before) = (row.integer(0), row.integer(1))
            check.findings.add(.positions, at: before + 1, position == before + 2 ? "is missing" : "and up to \(position - 1) are missing")
        }
    }

    private mutating func checkStreams() throws {
        let sql = """
            SELECT stream, count(*), min(version), max(version) FROM events GROUP BY stream
            HAVING min(version) <> 1 OR max(version) <> count(*) LIMIT 20
            """
        try forEach(sql) { check, row in
            check.findings.add(
                .streams,
                "stream number \(row.integer(0)) has \(row.integer(1)) events with versions \(row.integer(2)) to \(row.integer(3))")
        }
    }

    // The writer keeps versions and ids unique; the indexes of the format are plain.

    private mutating func checkVersions() throws {
        let sql = "SELECT stream, version, max(position) FROM events GROUP BY stream, version HAVING count(*) > 1 LIMIT 20"
        try forEach(sql) { check, row in
            check.findings.add(.streams, at: row.integer(2), "version \(row.integer(1)) of stream number \(row.integer(0)) stands twice")
        }
    }

    private mutating func checkIDs() throws {
        try forEach("SELECT min(position), max(position) FROM events GROUP BY id HAVING count(*) > 1 LIMIT 20") { check, row in
            check.findings.add(.ids, at: row.integer(1), "the id is that of position \(row.integer(0)) too")
        }
    }

    private mutating func forEach(_ sql: String, _ body: (inout LogCheck, Row) -> Void) throws {
        try connection.statement(sql).forEach([]) { row in
            body(&self, row)
            return true
        }
    }
}

extension SQLiteEventLog {
    /// Looks through the whole file, see ``LogFinding/Area``; the digest chain is for ``ChainVerifier``.
    ///
    /// - Parameter progress: Called with the position reached and the head.
    /// - Returns: What is not as it should be, at most 20 findings of each area.
    /// - Throws: What keeps the file from being read, and `CancellationError`.
    package func check(progress: (_ reached: Position, _ head: Position) -> Void = { _, _ in }) async throws -> [LogFinding] {
        var wasCancelled = false
        let findings = try readers.read { view -> [LogFinding] in
            do {
                return try LogCheck.run(view) { reached, head in
                    try Task.checkCancellation()
                    progress(reached, head)
                }
            } catch is CancellationError {
                // Not trouble with the file, which is what the pool would make of it.
                wasCancelled = true
                return []
            }
        }
        if wasCancelled { throw CancellationError() }
        return findings
    }
}
