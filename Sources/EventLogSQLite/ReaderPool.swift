import HindsightCore
import SQLiteConnection
import Synchronization

/// Connections for reading, one for each read that is going on, kept for the next.
final class ReaderPool: Sendable {
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
        let waiting = idle.withLock { $0.popLast() }
        let reader = if let waiting, waiting.isCurrent { waiting } else { try file.openReader() }
        // After an error the connection is dropped, not kept.
        let result = try file.translating { try reader.read(format: format, body) }
        idle.withLock { if $0.count < Self.mostIdle { $0.append(reader) } }
        return result
    }

    func close() {
        idle.withLock { $0.removeAll() }
    }
}
