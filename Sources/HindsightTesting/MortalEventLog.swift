public import HindsightCore
import Synchronization

/// A log whose process is killed at one of its appends: before the append is stored, or after, so that nobody learns of it.
///
/// From then on nothing is stored any more, unless it comes back. Whatever took the work over finds in the log beneath what a killed process would leave there.
public final class MortalEventLog: EventLog {
    public enum Moment: Sendable { case before, after }

    private let log: any EventLog
    private let deadlyAppend: Int
    private let moment: Moment
    private let outage: Int
    private let meanwhile: (@Sendable (Append) async -> Void)?
    private let counter = Mutex(0)

    /// - Parameters:
    ///   - deadlyAppend: 1 for the first append; without it the log lives, and only counts.
    ///   - outage: How many appends are refused before it takes some again: all that ever come, unless given.
    ///   - meanwhile: Called with each append before it comes to the log: what others do between a decision and its append.
    public init(
        _ log: any EventLog, dyingAtAppend deadlyAppend: Int = .max, _ moment: Moment = .before, backAfter outage: Int = .max,
        meanwhile: (@Sendable (Append) async -> Void)? = nil
    ) {
        self.meanwhile = meanwhile
        self.outage = outage
        self.log = log
        self.deadlyAppend = deadlyAppend
        self.moment = moment
    }

    /// How often something was to be appended so far.
    public var appends: Int { counter.withLock { $0 } }

    nonisolated(nonsending) public func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt {
        await meanwhile?(batch)
        let number = counter.withLock { count in
            count += 1
            return count
        }
        if number < deadlyAppend || number - deadlyAppend >= outage { return try await log.append(batch) }
        if number == deadlyAppend, moment == .after { _ = try await log.append(batch) }
        throw .unavailable(reason: "the process was killed")
    }

    public func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] { try await log.read(selection) }
    public func head() async throws(EventLogError) -> LogHead { try await log.head() }
    public func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion { try await log.version(of: stream) }
    public func position(at instant: Timestamp) async throws(EventLogError) -> Position { try await log.position(at: instant) }
    nonisolated(nonsending) public func waitForEvents(after position: Position) async throws(EventLogError) {
        try await log.waitForEvents(after: position)
    }
    public func position(of id: EventID) async throws(EventLogError) -> Position? { try await log.position(of: id) }

    public func position(of version: StreamVersion, in stream: StreamName) async throws(EventLogError) -> Position? {
        try await log.position(of: version, in: stream)
    }

    public func streamCount() async throws(EventLogError) -> Int { try await log.streamCount() }
    public func acquireLeases(
        _ names: [String], holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> [Lease] {
        try await log.acquireLeases(names, holder: holder, for: duration, supersedes: supersedes)
    }
    public func releaseLeases(_ leases: [Lease]) async throws(EventLogError) { try await log.releaseLeases(leases) }
    public func leases() async throws(EventLogError) -> [Lease] { try await log.leases() }
}
