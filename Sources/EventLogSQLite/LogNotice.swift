public import HindsightCore

/// What an operator should read in the server's own log.
public enum LogNotice: Sendable, Hashable, CustomStringConvertible {
    /// The machine's clock fell behind the last event, which keeps its time: events are recorded at `head` until the clock is past it.
    case clockSteppedBack(head: Timestamp, clock: Timestamp)
    /// The last commit could not be flushed; the file is closed and opened again.
    case flushFailed

    public var description: String {
        switch self {
        case .clockSteppedBack(let head, let clock): "the clock (\(clock)) stepped back behind the last event (\(head))"
        case .flushFailed: "a commit could not be flushed: the log is opened again"
        }
    }
}
