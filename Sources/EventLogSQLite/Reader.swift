import HindsightCore
import SQLiteConnection

/// A connection for reading with what it has learned. `@unchecked Sendable`: used by one read at a time, as its connection is.
final class Reader: @unchecked Sendable {
    let connection: Connection
    let names: Names
    /// Set where the file is read without locks.
    private let quiet: QuietFile?

    init(_ connection: Connection, of quiet: QuietFile? = nil) {
        self.connection = connection
        names = Names(connection)
        self.quiet = quiet
    }

    /// Whether it sees what others write, without being opened again.
    var seesWrites: Bool { quiet == nil }

    /// Whether what it reads now is the log as it is.
    var isCurrent: Bool { quiet?.isStillQuiet ?? true }

    /// Runs `body` on one unchanging view of the log.
    ///
    /// - Parameter format: Of the file.
    /// - Throws: `.unavailable` if somebody wrote meanwhile what was read without locks.
    func read<Result>(format: Int64, _ body: (LogView) throws -> Result) throws -> Result {
        let result = Swift.Result {
            try connection.transaction(.deferred) { try body(LogView(connection: connection, names: names, format: format)) }
        }
        // Also where it failed: what looks like damage may be half of a write.
        guard isCurrent else { throw EventLogError.unavailable(reason: "the log was written while it was read without locks: repeat") }
        return try result.get()
    }
}
