import CSQLite
import Dispatch
import Synchronization

/// One connection to the database, opened to read only; the rows of each statement become a table.
final class SQLInterpreter: Interpreter {
    /// Zeppelin's `zeppelin.jdbc.maxRows`.
    static let rowLimit = 1_000

    private let database: String?
    private let work = DispatchQueue(label: "sql")
    private let connection = Mutex(Connection())

    /// SQLite's handle may be interrupted from any thread while it is open; all else happens on the work queue.
    private struct Connection: @unchecked Sendable {
        var handle: OpaquePointer?
        var isTerminated = false
    }

    private struct Failure: Error {
        let message: String
    }

    init(database: String?) {
        self.database = database
    }

    deinit {
        let handle = connection.withLock { $0.handle }
        sqlite3_close_v2(handle)
    }

    var isAlive: Bool { connection.withLock { !$0.isTerminated } }

    func run(_ script: Script) async -> RunEnding {
        await withCheckedContinuation { continuation in
            work.async { continuation.resume(returning: self.runBlocking(script.text)) }
        }
    }

    func terminate() {
        connection.withLock { connection in
            connection.isTerminated = true
            if let handle = connection.handle { sqlite3_interrupt(handle) }
        }
    }

    private func runBlocking(_ text: String) -> RunEnding {
        var messages: [ParagraphResult.Message] = []
        do {
            let handle = try open()
            try text.withCString { start in
                var rest: UnsafePointer<CChar>? = start
                while let sql = rest, sql.pointee != 0 {
                    guard isAlive else { throw Failure(message: "interrupted") }
                    messages += try runStatement(sql, &rest, on: handle)
                }
            }
            return .completed(ParagraphResult(code: .success, messages: messages))
        } catch let failure as Failure where isAlive {
            messages.append(.init(type: .text, data: failure.message))
            return .completed(ParagraphResult(code: .error, messages: messages))
        } catch {
            return .died(output: "")
        }
    }

    private func open() throws(Failure) -> OpaquePointer {
        if let handle = connection.withLock({ $0.handle }) { return handle }
        guard let database else { throw Failure(message: "no database was given to the runner") }
        var handle: OpaquePointer?
        let result = sqlite3_open_v2(database, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX, nil)
        guard result == SQLITE_OK, let handle else {
            let failure = Failure(message: String(cString: sqlite3_errmsg(handle)))
            sqlite3_close_v2(handle)
            throw failure
        }
        sqlite3_busy_timeout(handle, 5_000)
        connection.withLock { $0.handle = handle }
        return handle
    }

    private func runStatement(
        _ sql: UnsafePointer<CChar>, _ rest: inout UnsafePointer<CChar>?, on handle: OpaquePointer
    ) throws(Failure) -> [ParagraphResult.Message] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, &rest) == SQLITE_OK else {
            throw Failure(message: String(cString: sqlite3_errmsg(handle)))
        }
        guard let statement else { return [] }
        defer { sqlite3_finalize(statement) }
        let columns = 0..<sqlite3_column_count(statement)
        var table = CapturedOutput()
        var rows = 0
        var isCut = false
        table.append(Self.line(columns.map { String(cString: sqlite3_column_name(statement, $0)) }))
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW where rows < Self.rowLimit:
                rows += 1
                table.append(Self.line(columns.map { Self.cell(statement, $0) }))
            case SQLITE_ROW:
                isCut = true
            case SQLITE_DONE:
                return columns.isEmpty ? [] : Self.messages(table, isCut: isCut)
            default:
                throw Failure(message: String(cString: sqlite3_errmsg(handle)))
            }
            if isCut { return Self.messages(table, isCut: true) }
        }
    }

    private static func messages(_ table: CapturedOutput, isCut: Bool) -> [ParagraphResult.Message] {
        var messages = [ParagraphResult.Message(type: .table, data: table.text)]
        if table.isTruncated {
            messages.append(CapturedOutput.notice(of: "\(CapturedOutput.limit) bytes", setting: "ZEPPELIN_INTERPRETER_OUTPUT_LIMIT"))
        }
        if isCut { messages.append(CapturedOutput.notice(of: "\(rowLimit) rows", setting: "zeppelin.jdbc.maxRows")) }
        return messages
    }

    private static func cell(_ statement: OpaquePointer, _ column: Int32) -> String {
        guard let text = sqlite3_column_text(statement, column) else { return "null" }
        return String(cString: text)
    }

    /// A row of a table: tabs and line ends inside a value would break it, so they become spaces.
    private static func line(_ cells: [String]) -> [UInt8] {
        let safe = cells.map { String($0.map { $0 == "\t" || $0.isNewline ? " " : $0 }) }
        return Array((safe.joined(separator: "\t") + "\n").utf8)
    }
}
