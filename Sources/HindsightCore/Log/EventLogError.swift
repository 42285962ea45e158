/// Why the log refused or could not answer. Every case names what the caller can do about it.
public enum EventLogError: Error, Sendable, Equatable {
    /// The stream is not at the version the decision was based on: read again, decide again.
    case versionConflict(stream: StreamName, expected: ExpectedVersion, actual: StreamVersion)
    /// An event that the condition excludes lies at `position`: read again, decide again.
    case conditionFailed(position: Position)
    /// The lease that fences this append has passed to another holder: stop working on it.
    case fenced(lease: String, epoch: Int64)
    /// The id is in the log already, with other content, in another stream, or as part of another batch.
    case idempotencyConflict(id: EventID, position: Position, reason: String)
    case limitExceeded(Limit, actual: Int)
    case invalid(field: String, reason: String)
    /// The machine's clock is more than a minute behind the head of the log: set it right, then start again.
    case clockBehind(head: Timestamp, clock: Timestamp)
    /// Nothing can be said about an instant that has not passed.
    case instantNotPast(Timestamp, clock: Timestamp)
    /// Nobody knows whether the batch was stored: repeat it with the same event ids.
    case outcomeUnknown(reason: String)
    /// Nothing was stored: repeat it, with the same event ids, when the reason is gone.
    case unavailable(reason: String)
    case readOnly
    /// What is stored contradicts itself: stop, keep the files, run `hindsight log verify`.
    case damaged(position: Position?, reason: String)
    /// The folder was written by a newer program.
    case unsupportedFormat(found: Int, supported: Int)
}

extension EventLogError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .versionConflict(let stream, let expected, let actual):
            "stream \(stream) is at version \(actual), expected \(expected): read it again and decide anew"
        case .conditionFailed(let position): "an event at position \(position) contradicts the condition: read again and decide anew"
        case .fenced(let lease, let epoch): "lease \(lease) has passed on from epoch \(epoch): another worker goes on"
        case .idempotencyConflict(let id, let position, let reason): "event id \(id) stands at position \(position) already: \(reason)"
        case .limitExceeded(let limit, let actual): "\(limit.rawValue): \(actual) \(limit.unit), the limit is \(limit.maximum)"
        case .invalid(let field, let reason): "\(field): \(reason)"
        case .clockBehind(let head, let clock):
            "the clock (\(clock)) is behind the log's last event (\(head)): set the clock, then start again"
        case .instantNotPast(let instant, let clock): "\(instant) is not past yet (the clock says \(clock)): ask for an earlier instant"
        case .outcomeUnknown(let reason): "the outcome is unknown (\(reason)): repeat with the same event ids"
        case .unavailable(let reason): "nothing was stored: \(reason)"
        case .readOnly: "the log is open for reading only"
        case .damaged(let position, let reason): "the log is damaged\(position.map { " at position \($0)" } ?? ""): \(reason)"
        case .unsupportedFormat(let found, let supported):
            "the log has format \(found), this program knows up to \(supported): use a newer one"
        }
    }

    /// Whether reading again and deciding again can succeed.
    public var isConflict: Bool {
        switch self {
        case .versionConflict, .conditionFailed: true
        default: false
        }
    }
}
