import HindsightCore
import SQLiteConnection
import Synchronization

/// Connections for reading, one for each read that is going on, kept for the next.
final class ReaderPool: Sendable {
    private let file: LogFile
    private let idle = Mutex<[Connection]>([])
    /// More may be open while more reads go on at once.
    private static let mostIdle = 8

    init(file: LogFile) { self.file = file }

    /// Runs `body` on one unchanging view of the log.
    func read<Result>(_ body: (LogView) throws -> Result) throws(EventLogError) -> Result {
        let connection = if let waiting = idle.withLock({ $0.popLast() }) { waiting } else { try file.openReader() }
        // After an error the connection is dropped, not kept.
        let result = try file.translating { try connection.transaction(.deferred) { try body(LogView(connection: connection)) } }
        idle.withLock { if $0.count < Self.mostIdle { $0.append(connection) } }
        return result
    }

    func close() {
        idle.withLock { $0.removeAll() }
    }
}
