import CSQLite
import Glibc

/// One connection to a SQLite database: a thin layer over the C library that adds types, errors and a cache of prepared statements.
///
/// `@unchecked Sendable`: a connection may move between threads, but only one may use it at a time; its owner (a pool, a writer thread)
/// sees to that, and SQLite is opened without locks of its own.
package final class Connection: @unchecked Sendable {
    package enum Mode: Sendable {
        case readOnly
        /// Of a file that nobody writes meanwhile: without locks, and without a file beside it. The caller sees to it that this is so.
        case unlocked
        case readWrite
        /// Like `readWrite`, and makes the file if there is none.
        case create
    }

    let handle: OpaquePointer
    private let busyTimeout: Int32
    private let walPages: UnsafeMutablePointer<Int32>
    private var isOpen = true
    private var cache: [String: Statement] = [:]
    /// Statements with varying lists in them could fill the memory of a long-lived connection.
    private static let cachedStatements = 128

    /// - Parameter busyTimeout: How long a statement waits for another connection's lock before it fails with `.busy`.
    package init(path: String, mode: Mode, busyTimeout: Duration = .seconds(10)) throws(SQLiteError) {
        let access =
            switch mode {
            case .readOnly: SQLITE_OPEN_READONLY
            case .unlocked: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            case .readWrite: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(
            mode == .unlocked ? Self.unlockedURI(path) : path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let error = SQLiteError(opened, code: code)
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        self.busyTimeout = Int32(busyTimeout / .milliseconds(1))
        walPages = .allocate(capacity: 1)
        walPages.initialize(to: 0)
        sqlite3_busy_timeout(handle, self.busyTimeout)
    }

    /// See https://sqlite.org/c3ref/open.html, "immutable".
    private static func unlockedURI(_ path: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var uri = Array((path.hasPrefix("/") ? "file://" : "file:").utf8)
        for byte in path.utf8 {
            if byte > 0x20, !"%?#".utf8.contains(byte) {
                uri.append(byte)
            } else {
                uri += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 0xf)]]
            }
        }
        return String(decoding: uri, as: UTF8.self) + "?immutable=1"
    }

    deinit {
        close()
        walPages.deallocate()
    }

    /// Ends the connection; a statement that is still held keeps the file open until it goes.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        cache.removeAll()
        sqlite3_close_v2(handle)
    }

    /// The prepared form of `sql`, kept for the next time. It must not be asked for again while its rows are being read.
    package func statement(_ sql: String) throws(SQLiteError) -> Statement {
        precondition(isOpen, "the connection is closed")
        if let known = cache[sql] { return known }
        if cache.count >= Self.cachedStatements { cache.removeAll() }
        let statement = try Statement(sql, on: handle)
        cache[sql] = statement
        return statement
    }

    /// A prepared statement for somebody who keeps it: the file stays open as long as they do.
    func makeStatement(_ sql: String) throws(SQLiteError) -> Statement {
        precondition(isOpen, "the connection is closed")
        return try Statement(sql, on: handle)
    }

    /// Lets the triggers of the file do nothing on this connection. Those that it makes itself, in its `TEMP` schema, do what they say.
    package func disableTriggersOfFile() throws(SQLiteError) {
        try check(hindsight_sqlite3_disable_triggers(handle))
    }

    /// Runs one statement that gives no rows.
    package func run(_ sql: String, _ values: SQLiteValue...) throws(SQLiteError) {
        try statement(sql).run(values)
    }

    /// The first row of the answer, or `nil` when there is none.
    package func first<Result>(_ sql: String, _ values: SQLiteValue..., read: (Row) -> Result) throws(SQLiteError) -> Result? {
        try statement(sql).first(values, read: read)
    }

    /// The first column of the first row, as a number.
    package func integer(_ sql: String, _ values: SQLiteValue...) throws(SQLiteError) -> Int64? {
        try statement(sql).first(values) { $0.optionalInteger(0) } ?? nil
    }

    /// Runs all statements of a script.
    package func execute(_ script: String) throws(SQLiteError) {
        precondition(isOpen, "the connection is closed")
        try check(sqlite3_exec(handle, script, nil, nil, nil))
    }

    // MARK: - Checkpoints

    /// Leaves checkpoints to the owner of the connection, who learns from ``pagesInWAL`` when one is due.
    package func takeOverCheckpoints() {
        sqlite3_wal_hook(
            handle,
            { counter, _, _, pages in
                counter?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, walPages)
    }

    /// Whether the end of the last connection to the file makes a checkpoint and removes the write-ahead log, as it does at first.
    package func setCheckpointOnClose(_ isMade: Bool) throws(SQLiteError) {
        try check(hindsight_sqlite3_set_checkpoint_on_close(handle, isMade ? 1 : 0))
    }

    /// Takes the write lock if it is free at once.
    ///
    /// - Returns: Whether it was, so that a transaction has begun.
    package func beginWritingAtOnce() throws(SQLiteError) -> Bool {
        sqlite3_busy_timeout(handle, 0)
        defer { sqlite3_busy_timeout(handle, busyTimeout) }
        do {
            try run(TransactionKind.immediate.rawValue)
            return true
        } catch {
            guard error.kind == .busy else { throw error }
            return false
        }
    }

    /// Pages in the write-ahead log after the last commit of this connection; counted after ``takeOverCheckpoints()``.
    package var pagesInWAL: Int { Int(walPages.pointee) }

    package enum CheckpointMode: Sendable {
        /// Moves what no reader needs, and waits for nobody.
        case passive
        /// Waits for readers, so that the write-ahead log begins anew.
        case restart
        /// Like `restart`, and cuts the file of the write-ahead log to nothing.
        case truncate
    }

    /// Moves the write-ahead log into the database.
    ///
    /// - Parameter patience: How long to wait for readers.
    /// - Returns: Whether all of it was moved.
    package func checkpoint(_ mode: CheckpointMode, patience: Duration = .zero) throws(SQLiteError) -> Bool {
        sqlite3_busy_timeout(handle, Int32(patience / .milliseconds(1)))
        defer { sqlite3_busy_timeout(handle, busyTimeout) }
        var (pages, moved) = (Int32(0), Int32(0))
        let kind =
            switch mode {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        let code = sqlite3_wal_checkpoint_v2(handle, nil, kind, &pages, &moved)
        guard code & 0xff != SQLITE_BUSY else { return false }
        try check(code)
        return pages == moved
    }

    package enum TransactionKind: String, Sendable {
        /// Takes the write lock at once: what is read in it is still so when it commits.
        case immediate = "BEGIN IMMEDIATE"
        /// One unchanging view of the database for several reads.
        case deferred = "BEGIN"
    }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    package func transaction<Result>(_ kind: TransactionKind, _ body: () throws -> Result) throws -> Result {
        try run(kind.rawValue)
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            try rollBack()
            throw error
        }
    }

    /// Ends a transaction without its changes, if SQLite has not done so already.
    package func rollBack() throws(SQLiteError) {
        if isInTransaction { try run("ROLLBACK") }
    }

    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Rows that the last statement inserted, changed or deleted.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw SQLiteError(handle, code: code) }
    }

    /// The version of the library as one number: 3,040,001 is 3.40.1.
    package static var libraryVersion: Int { Int(sqlite3_libversion_number()) }
}

extension SQLiteError {
    /// The error that `database` reports for its last call, with the system's reason where SQLite's own says too little.
    init(_ database: OpaquePointer?, code: Int32) {
        let systemNumber = errno
        var message = String(cString: database.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
        var number: Int32 = 0
        if let database, code & 0xff == SQLITE_CANTOPEN || code & 0xff == SQLITE_IOERR {
            // A commit that fails leaves the reason only where the system call left it.
            number = code == Self.failedWrite ? systemNumber : sqlite3_system_errno(database)
            if number != 0, let reason = strerror(number) { message += ": \(String(cString: reason))" }
        }
        self.init(code: code, message: message, systemNumber: number)
    }
}
