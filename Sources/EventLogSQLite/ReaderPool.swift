import HindsightCore
import SQLiteConnection
import Synchronization

/// Connections for reading, one for each read that is going on, kept for the next.
final class ReaderPool: Sendable {
    /// `@unchecked Sendable`: used by one read at a time, as its connection is.
    private final class Reader: @unchecked Sendable {
        let connection: Connection
        let names: Names

        init(_ connection: Connection) {
            self.connection = connection
            names = Names(connection)
        }
    }

    private let file: LogFile
    private let format: Int64
    private let idle = Mutex<[Reader]>([])
    /// More may be open while more reads go on at once.
    private static let mostIdle = 8

    /// - Parameter format: Of the file as it is.
    init(file: LogFile, format: Int64) {
        self.file = file
        self.format = format
    }

    /// Runs `body` on one unchanging view of the log.
    func read<Result>(_ body: (LogView) throws -> Result) throws(EventLogError) -> Result {
        let reader = if let waiting = idle.withLock({ $0.popLast() }) { waiting } else { Reader(try file.openReader()) }
        // After an error the connection is dropped, not kept.
        let result = try file.translating {
            try reader.connection.transaction(.deferred) {
                try body(LogView(connection: reader.connection, names: reader.names, format: format))
            }
        }
        idle.withLock { if $0.count < Self.mostIdle { $0.append(reader) } }
        return result
    }

    func close() {
        idle.withLock { $0.removeAll() }
    }
}
