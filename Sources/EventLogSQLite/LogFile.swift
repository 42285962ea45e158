import Glibc
package import HindsightCore
package import SQLiteConnection

/// The file of a log: where it lies, what format it has, and how connections to it are set up.
package struct LogFile: Sendable {
    /// "HIND", so that `file` and we recognise a log.
    static let applicationID: Int64 = 0x4849_4e44
    static let format: Int64 = 3
    static let firstFormatWithPostings: Int64 = 2
    static let pageBytes = 8_192
    /// The first SQLite with strict tables.
    private static let oldestLibrary = 3_037_000

    let folder: String

    package init(folder: String) { self.folder = folder }

    var path: String { "\(folder)/events.sqlite" }

    /// Makes the folder and the file if they are missing, and brings a log of an older format to the present one.
    func prepareForWriting() throws(EventLogError) {
        try checkLibrary()
        let directory = try Folder(folder, creating: true)
        // One at a time: changing the journal mode of a new file fails at once when two processes try it together.
        try directory.exclusively { () throws(EventLogError) in
            if try translating({ try hasNoLog() }) { try translating { try create(in: directory) } }
            let connection = try translating { try openUnsettled() }
            defer { connection.close() }
            try translating { try secureWriteAheadLog(on: connection, in: directory) }
            try migrate(connection, from: try format(of: connection), in: directory)
            try translating { try connection.setCheckpointOnClose(true) }
        }
    }

    private func hasNoLog() throws -> Bool {
        guard access(path, F_OK) == 0 else { return true }
        let connection = try openUnsettled()
        defer { connection.close() }
        return try isEmpty(connection)
    }

    /// A connection the end of which moves nothing out of a write-ahead log that is perhaps not on the disk.
    private func openUnsettled() throws(SQLiteError) -> Connection {
        let connection = try Connection(path: path, mode: .readWrite)
        try connection.setCheckpointOnClose(false)
        return connection
    }

    /// Makes sure that what others left in the write-ahead log is on the disk.
    ///
    /// Their last flush may have failed. SQLite takes what it finds for committed when the file is opened anew: it would move it into the
    /// file, and new events would be stored behind it. Where the lock is held somebody is at work, and the file is not opened anew.
    private func secureWriteAheadLog(on connection: Connection, in directory: Folder) throws {
        let log = WriteAheadLog(path: "\(path)-wal")
        guard try log.hasFrames(), try connection.beginWritingAtOnce() else { return }
        try log.writeAgain()
        try directory.flush()
        try connection.rollBack()
    }

    /// Checks that there is a log of a format that this program knows, and tells which: without the right to write it stays as it is.
    func prepareForReading() throws(EventLogError) -> Int64 {
        try checkLibrary()
        _ = try Folder(folder, creating: false)
        let connection = try openReader().connection
        defer { connection.close() }
        guard try !translating({ try isEmpty(connection) }) else { throw .unavailable(reason: "\(path) holds no event log yet") }
        return try format(of: connection)
    }

    /// The connection that writes: flushed at each commit, which is read back, because a commit that is not flushed looks just the same.
    package func openWriter() throws(EventLogError) -> Connection {
        let connection = try translating {
            let connection = try Connection(path: path, mode: .readWrite)
            for setting in SQLiteEventLog.pragmasForWriting { try connection.execute("PRAGMA \(setting)") }
            try connection.execute("PRAGMA synchronous = FULL")
            try guardOurselves(on: connection)
            connection.takeOverCheckpoints()
            return connection
        }
        let journal = try translating { try connection.first("PRAGMA journal_mode = WAL") { $0.text(0) } }
        let synchronous = try translating { try connection.integer("PRAGMA synchronous") }
        guard journal == "wal", synchronous == 2 else {
            throw .unavailable(reason: "\(path) cannot be written durably here: journal \(journal ?? "?"), synchronous \(synchronous ?? 0)")
        }
        // The write-ahead log lies in the folder now. SQLite flushes its name with the first commit, but does not ask whether that worked.
        try Folder(folder, creating: false).flush()
        return connection
    }

    /// The triggers of the file keep every program from changing what is written. Ours passes by those that look at each insert, which
    /// would cost a fifth of it: its inserts come after the head, and fail where a position, number or name is taken. Against its own
    /// changes and deletions it has the same triggers in its `TEMP` schema.
    private func guardOurselves(on connection: Connection) throws {
        try connection.disableTriggersOfFile()
        for trigger in try Self.guardsAgainstChanges.get() { try connection.execute(trigger) }
    }

    private static let guardsAgainstChanges = Result {
        try schema(ofFormat: format).filter { $0.key.hasPrefix("trigger ") && !$0.value.contains("BEFORE INSERT") }
            .map { "CREATE TEMP \($0.value.dropFirst("CREATE ".count))" }
    }

    func openReader() throws(EventLogError) -> Reader {
        try translating {
            do {
                return Reader(try openReading(.readOnly))
            } catch let error as SQLiteError where error.kind == .cannotOpen || error.kind == .readOnly {
                // Looked at before it is opened: what is written from here on shows.
                let quiet = try quietFile(insteadOf: error)
                return Reader(try openReading(.unlocked), of: quiet)
            }
        }
    }

    private func openReading(_ mode: Connection.Mode) throws(SQLiteError) -> Connection {
        let connection = try Connection(path: path, mode: mode)
        for setting in SQLiteEventLog.pragmasForReading { try connection.execute("PRAGMA \(setting)") }
        // The first look into the file, for which SQLite needs those beside it.
        _ = try connection.integer("PRAGMA application_id")
        return connection
    }

    /// - Parameter error: Why the file cannot be read with locks.
    private func quietFile(insteadOf error: SQLiteError) throws -> QuietFile {
        if let quiet = QuietFile(path, folder: folder) { return quiet }
        guard QuietFile.hasWriteAheadLog(path) else { throw error }
        throw EventLogError.unavailable(
            reason: """
                the last events are in \(path)-wal, which can be read only where the folder may be written or the program that writes the \
                log is running: let that program end, or copy the folder to where you may write
                """)
    }

    /// Takes the write lock of the file, for which processes queue up at the folder.
    ///
    /// SQLite only asks again and again for a lock that is held, so a process that writes without a pause would keep all others out.
    ///
    /// - Parameter queue: The folder of the log.
    func beginWriting(on connection: Connection, in queue: Folder) throws {
        let attempt = try queue.exclusively { () throws(EventLogError) in
            Result { try connection.run("BEGIN IMMEDIATE") }
        }
        try attempt.get()
    }

    /// Runs `body` and says what its failure means to the caller of the log.
    func translating<Result>(_ body: () throws -> Result) throws(EventLogError) -> Result {
        do {
            return try body()
        } catch let error as EventLogError {
            throw error
        } catch let failure as StoringFailed {
            throw failure.reason
        } catch let error as SQLiteError {
            throw EventLogError(error, file: path)
        } catch {
            throw .unavailable(reason: "\(path): \(error)")
        }
    }

    private func checkLibrary() throws(EventLogError) {
        guard Connection.libraryVersion >= Self.oldestLibrary else {
            throw .unavailable(reason: "SQLite 3.37 or newer is needed, this one is \(Connection.libraryVersion)")
        }
    }

    /// Whether nothing was ever stored in the file, which is also how an interrupted creation leaves it.
    private func isEmpty(_ connection: Connection) throws(SQLiteError) -> Bool {
        for mark in ["PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema"] {
            guard try connection.integer(mark) == 0 else { return false }
        }
        return true
    }

    /// Makes the file under another name, and gives it its own once it is whole and on the disk: an attempt that fails, or is ended by the
    /// power, leaves no file of the log whose pages nobody knows.
    private func create(in directory: Folder) throws {
        let draft = "\(path)-new"
        try remove(draft)
        do {
            let connection = try Connection(path: draft, mode: .create)
            defer { connection.close() }
            try connection.execute("PRAGMA page_size = \(Self.pageBytes)")
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            for format in 1...Self.format { try connection.transaction(.immediate) { try migrate(connection, to: format) } }
            // Into the file itself, and flushed.
            try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        }
        // What stands beside a file that holds nothing would be taken for that of the new one.
        try remove(path)
        try directory.flush()
        guard rename(draft, path) == 0 else { throw EventLogError.unavailable(reason: "\(path) cannot be made: \(systemReason())") }
        try directory.flush()
    }

    /// Removes a database, with the files that SQLite keeps beside it, if it is there.
    private func remove(_ database: String) throws(EventLogError) {
        for file in [database, "\(database)-wal", "\(database)-shm", "\(database)-journal"] {
            guard unlink(file) == 0 || errno == ENOENT else { throw .unavailable(reason: "\(file) cannot be removed: \(systemReason())") }
        }
    }

    // MARK: - Formats

    /// What leads to each format from the one before.
    private static let scripts = [
        PackageResources._001_events_sql, PackageResources._002_postings_sql, PackageResources._003_plain_indexes_sql,
    ]

    /// Brings the log to the present format, in one transaction for each step: an interrupted one leaves the log as it was.
    private func migrate(_ connection: Connection, from found: Int64, in directory: Folder) throws(EventLogError) {
        guard found < Self.format else { return }
        try translating {
            // A table whose name changes takes nothing else with it.
            for format in found + 1...Self.format { try connection.transaction(.immediate) { try migrate(connection, to: format) } }
            try directory.flush()
            try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    private func migrate(_ connection: Connection, to format: Int64) throws {
        try connection.execute(String(decoding: Self.scripts[Int(format) - 1], as: UTF8.self))
        guard format == Self.firstFormatWithPostings else { return }
        let view = LogView(connection: connection, names: Names(connection), format: format)
        let (blocks, numbers) = (BlockIndexing(on: connection), NameNumbers(connection))
        for block in 0..<Block.completed(by: try view.headPosition()) {
            try blocks.add(block, try view.indexedEvents(in: Block.first(block)...Block.last(block), numbers), numbers)
        }
    }

    /// What the scripts up to a format make of an empty file; see ``LogCheck/schema(of:)``.
    static func schema(ofFormat format: Int64) throws -> [String: String] {
        let connection = try Connection(path: ":memory:", mode: .create)
        defer { connection.close() }
        for script in scripts.prefix(Int(format)) { try connection.execute(String(decoding: script, as: UTF8.self)) }
        return try LogCheck.schema(of: connection)
    }

    private func format(of connection: Connection) throws(EventLogError) -> Int64 {
        let found = try translating { try connection.integer("PRAGMA application_id") }
        guard found == Self.applicationID else { throw .damaged(position: nil, reason: "\(path) is a database, but no event log") }
        let format = try translating { try connection.integer("PRAGMA user_version") ?? 0 }
        guard format <= Self.format else { throw .unsupportedFormat(found: Int(format), supported: Int(Self.format)) }
        return format
    }
}

// What a benchmark sets as well that wants to know what SQLite allows under the same conditions.
extension SQLiteEventLog {
    /// A statement that must be undone keeps what it undoes in memory, not in a file of the temporary folder.
    package static let pragmasForWriting = ["cell_size_check = ON", "trusted_schema = OFF", "cache_size = -65536", "temp_store = MEMORY"]
    package static let pragmasForReading = ["cell_size_check = ON", "trusted_schema = OFF", "cache_size = -16384"]
    /// Pages in the write-ahead log after which the writer makes a checkpoint.
    package static let checkpointPages = CheckpointPolicy().duePages
}
