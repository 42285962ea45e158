package import CoreMetrics
package import HindsightCore

/// An event log whose appends are measured.
package struct MeasuredEventLog: EventLog {
    package let engine: any EventLog
    private let events: Recorder
    private let durations: [String: Timer]

    /// How an append ended, in the words of the metric.
    private enum Outcome: String, CaseIterable { case stored, repeated, refused, failed }

    package init(_ engine: any EventLog, metrics: any MetricsFactory) {
        self.engine = engine
        events = Recorder(label: "hindsight_append_events", dimensions: [], aggregate: true, factory: metrics)
        durations = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map {
                ($0.rawValue, Timer(label: "hindsight_append_duration_seconds", dimensions: [("outcome", $0.rawValue)], factory: metrics))
            })
    }

    nonisolated(nonsending) package func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt {
        let began = ContinuousClock.now
        do {
            let receipt = try await engine.append(batch)
            record(receipt.isRepeat ? .repeated : .stored, since: began)
            events.record(batch.writes.reduce(0) { $0 + $1.events.count })
            return receipt
        } catch {
            switch error {
            case .versionConflict, .conditionFailed, .fenced, .idempotencyConflict, .limitExceeded, .invalid: record(.refused, since: began)
            case .clockBehind, .instantNotPast, .outcomeUnknown, .unavailable, .readOnly, .damaged, .unsupportedFormat:
                record(.failed, since: began)
            }
            throw error
        }
    }

    private func record(_ outcome: Outcome, since began: ContinuousClock.Instant) {
        let duration = (ContinuousClock.now - began).components
        durations[outcome.rawValue]?.recordNanoseconds(duration.seconds * 1_000_000_000 + duration.attoseconds / 1_000_000_000)
    }

    // MARK: - As they are

    package func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] { try await engine.read(selection) }

    nonisolated(nonsending) package func scan(
        _ selection: EventSelection, _ body: (borrowing BorrowedEvent) throws -> Void
    ) async throws {
        try await engine.scan(selection, body)
    }

    nonisolated(nonsending) package func scan(
        at positions: [Position], _ body: (borrowing BorrowedEvent) throws -> Void
    ) async throws {
        try await engine.scan(at: positions, body)
    }

    package func head() async throws(EventLogError) -> LogHead { try await engine.head() }
    package func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion { try await engine.version(of: stream) }
    package func position(of id: EventID) async throws(EventLogError) -> Position? { try await engine.position(of: id) }

    package func position(of version: StreamVersion, in stream: StreamName) async throws(EventLogError) -> Position? {
        try await engine.position(of: version, in: stream)
    }

    package func position(at instant: Timestamp) async throws(EventLogError) -> Position { try await engine.position(at: instant) }
    nonisolated(nonsending) package func waitForEvents(after position: Position) async throws(EventLogError) {
        try await engine.waitForEvents(after: position)
    }

    package func acquireLeases(
        _ names: [String], holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> [Lease] {
        try await engine.acquireLeases(names, holder: holder, for: duration, supersedes: supersedes)
    }
    package func releaseLeases(_ leases: [Lease]) async throws(EventLogError) { try await engine.releaseLeases(leases) }
    package func leases() async throws(EventLogError) -> [Lease] { try await engine.leases() }
    package func streamCount() async throws(EventLogError) -> Int { try await engine.streamCount() }
}
