public import HindsightCore

/// What an operator should read in the server's own log.
public enum LogNotice: Sendable, Hashable, CustomStringConvertible {
    /// The machine's clock fell behind the last event, which keeps its time: events are recorded at `head` until the clock is past it.
    case clockSteppedBack(head: Timestamp, clock: Timestamp)
    /// The last commit could not be flushed; the file is closed and opened again.
    case flushFailed
    /// A reader that does not end keeps the write-ahead log from being emptied: it has grown to so many bytes.
    case checkpointsHeldBack(bytes: Int)
    /// Events are stored, but could not be moved from the write-ahead log into the file.
    case checkpointFailed(reason: String)

    public var description: String {
        switch self {
        case .clockSteppedBack(let head, let clock): "the clock (\(clock)) stepped back behind the last event (\(head))"
        case .flushFailed: "a commit could not be flushed: the log is opened again"
        case .checkpointsHeldBack(let bytes):
            "a reader that does not end keeps events.sqlite-wal from being emptied, and it has \(bytes >> 20) MiB: end what reads the log"
        case .checkpointFailed(let reason): "events.sqlite-wal could not be emptied, and grows: \(reason)"
        }
    }
}
