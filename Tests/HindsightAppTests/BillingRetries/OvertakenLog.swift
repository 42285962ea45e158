import HindsightCore
import Synchronization

/// A log in which somebody else is faster, once: right after an event was looked for by its id, and not found.
final class OvertakenLog: EventLog {
    private let log: any EventLog
    private let rival: Mutex<(@Sendable () async throws(EventLogError) -> Void)?>

    init(_ log: any EventLog, by rival: @escaping @Sendable () async throws(EventLogError) -> Void) {
        self.log = log
        self.rival = Mutex(rival)
    }

    func position(of id: EventID) async throws(EventLogError) -> Position? {
        let found = try await log.position(of: id)
        let rival = rival.withLock { rival in
            defer { rival = nil }
            return rival
        }
        try await rival?()
        return found
    }

    func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt { try await log.append(batch) }
    func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] { try await log.read(selection) }
    func head() async throws(EventLogError) -> LogHead { try await log.head() }
    func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion { try await log.version(of: stream) }
    func position(at instant: Timestamp) async throws(EventLogError) -> Position { try await log.position(at: instant) }
    func position(of version: StreamVersion, in stream: StreamName) async throws(EventLogError) -> Position? {
        try await log.position(of: version, in: stream)
    }
    func waitForEvents(after position: Position) async throws(EventLogError) { try await log.waitForEvents(after: position) }
    func streamCount() async throws(EventLogError) -> Int { try await log.streamCount() }
    func acquireLeases(
        _ names: [String], holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> [Lease] {
        try await log.acquireLeases(names, holder: holder, for: duration, supersedes: supersedes)
    }
    func releaseLeases(_ leases: [Lease]) async throws(EventLogError) { try await log.releaseLeases(leases) }
    func leases() async throws(EventLogError) -> [Lease] { try await log.leases() }
}
