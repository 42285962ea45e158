/// A log as it was when it ended at some position: what came later isn't there, and nothing can be added.
///
/// What decides over it decides as it would have then, and has no way to change anything.
struct PastLog: EventLog {
    private let log: any EventLog
    private let end: Position

    init(_ log: any EventLog, through end: Position) {
        self.log = log
        self.end = end
    }

    private func bounded(_ selection: EventSelection) -> EventSelection {
        var selection = selection
        switch selection.direction {
        case .forwards: selection.until = min(selection.until ?? end, end)
        case .backwards: selection.after = min(selection.after ?? end + 1, end + 1)
        }
        return selection
    }

    // MARK: - Reading

    func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] { try await log.read(bounded(selection)) }

    nonisolated(nonsending) func scan(_ selection: EventSelection, _ body: (borrowing BorrowedEvent) throws -> Void) async throws {
        try await log.scan(bounded(selection), body)
    }

    nonisolated(nonsending) func scan(at positions: [Position], _ body: (borrowing BorrowedEvent) throws -> Void) async throws {
        if let last = positions.last, last > end { throw EventLogError.damaged(position: last, reason: "the log ended before it then") }
        try await log.scan(at: positions, body)
    }

    func head() async throws(EventLogError) -> LogHead {
        guard let last = try await read(EventSelection(direction: .backwards, limit: 1)).first else { return .empty }
        return LogHead(position: last.position, digest: last.digest, recordedAt: last.recordedAt)
    }

    func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion {
        let selection = EventSelection(EventFilter(stream: stream), direction: .backwards, limit: 1)
        return try await read(selection).first?.version ?? 0
    }

    func position(of id: EventID) async throws(EventLogError) -> Position? { known(try await log.position(of: id)) }

    func position(of version: StreamVersion, in stream: StreamName) async throws(EventLogError) -> Position? {
        known(try await log.position(of: version, in: stream))
    }

    func position(at instant: Timestamp) async throws(EventLogError) -> Position { min(try await log.position(at: instant), end) }

    private func known(_ position: Position?) -> Position? { position.flatMap { $0 <= end ? $0 : nil } }

    func streamCount() async throws(EventLogError) -> Int {
        var (count, after) = (0, Position(0))
        while true {
            let page = try await read(EventSelection(after: after))
            guard let last = page.last else { return count }
            count += page.count { $0.version == 1 }
            after = last.position
        }
    }

    // MARK: - Nothing else

    func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt { throw .readOnly }

    nonisolated(nonsending) func waitForEvents(after position: Position) async throws(EventLogError) { throw .readOnly }

    func acquireLeases(
        _ names: [String], holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> [Lease] {
        throw .readOnly
    }

    func releaseLeases(_ leases: [Lease]) async throws(EventLogError) { throw .readOnly }

    func leases() async throws(EventLogError) -> [Lease] { [] }
}
