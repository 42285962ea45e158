package import EventLogMemory
package import HindsightCore
import HindsightRuntime
import Synchronization

/// The one disk of a simulated machine: its work goes on whatever becomes of the processes.
package final class SimulatedDisk: Sendable {
    package let log: MemoryEventLog
    let executor: SimulatedExecutor
    private let stored = Mutex<[AppendReceipt]>([])

    package init(_ loop: SimulationLoop, clock: any WallClock, salts: SeededGenerator) {
        log = MemoryEventLog(clock: clock, salts: salts)
        executor = SimulatedExecutor(loop)
    }

    /// Through which position appends were stored, as far as anybody who appended may know.
    package var storedThrough: Position { stored.withLock { $0.last?.lastPosition ?? 0 } }

    /// Of the last append.
    package var recordedAt: Timestamp? { stored.withLock { $0.last?.recordedAt } }

    /// The position of the last event of each append: what is in the log there, others may have seen.
    package var ends: [Position] { stored.withLock { $0.map(\.lastPosition) } }

    func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt {
        let receipt = try await log.append(batch)
        stored.withLock { if ($0.last?.lastPosition ?? 0) < receipt.lastPosition { $0.append(receipt) } }
        return receipt
    }
}

/// A process of a simulation, with the log as it gets at it.
///
/// Whatever it asks of the log is done by the disk, which a stopped process does not keep from its work for others.
package final class SimulatedProcess: EventLog {
    package enum AppendFault: Sendable { case before, after }

    package let name: String
    package let executor: SimulatedExecutor
    private let disk: SimulatedDisk
    private let drawFault: @Sendable () -> AppendFault?
    private let isDead = Mutex(false)
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter drawFault: What goes wrong with the next append.
    package init(_ name: String, _ loop: SimulationLoop, _ disk: SimulatedDisk, drawFault: @escaping @Sendable () -> AppendFault? = { nil })
    {
        self.name = name
        self.disk = disk
        self.drawFault = drawFault
        executor = SimulatedExecutor(loop)
    }

    // MARK: - Life and death

    package var isKilled: Bool { isDead.withLock { $0 } }

    package func start(_ body: @escaping @Sendable () async -> Void) {
        let started = Task(executorPreference: executor, priority: .medium, operation: body)
        task.withLock { $0 = started }
    }

    /// Nothing that it does from now on reaches the log or a peer.
    ///
    /// Its tasks still come to their ends, so that the simulation does not leak them.
    package func kill() {
        isDead.withLock { $0 = true }
        executor.goOn()
        end()
    }

    /// Asks it to end in order.
    package func end() { task.withLock(\.self)?.cancel() }

    // MARK: - The log

    private func onDisk<Result: Sendable>(
        _ body: () async throws(EventLogError) -> Result
    ) async throws(EventLogError) -> Result {
        guard !isKilled else { throw .unavailable(reason: "the process was killed") }
        let result = try await withTaskExecutorPreference(disk.executor, operation: body)
        // What was stored meanwhile stays, and nobody hears of it.
        guard !isKilled else { throw .unavailable(reason: "the process was killed") }
        return result
    }

    package func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt {
        switch isKilled ? nil : drawFault() {
        case .before: throw .unavailable(reason: "the disk was full for a moment")
        case .after:
            _ = try await onDisk { () async throws(EventLogError) in try await disk.append(batch) }
            throw .outcomeUnknown(reason: "the disk did not answer")
        case nil: return try await onDisk { () async throws(EventLogError) in try await disk.append(batch) }
        }
    }

    package func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] {
        try await onDisk { () async throws(EventLogError) in try await disk.log.read(selection) }
    }

    package func head() async throws(EventLogError) -> LogHead {
        try await onDisk { () async throws(EventLogError) in await disk.log.head() }
    }

    package func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion {
        try await onDisk { () async throws(EventLogError) in await disk.log.version(of: stream) }
    }

    package func position(of id: EventID) async throws(EventLogError) -> Position? {
        try await onDisk { () async throws(EventLogError) in await disk.log.position(of: id) }
    }

    package func position(of version: StreamVersion, in stream: StreamName) async throws(EventLogError) -> Position? {
        try await onDisk { () async throws(EventLogError) in await disk.log.position(of: version, in: stream) }
    }

    package func position(at instant: Timestamp) async throws(EventLogError) -> Position {
        try await onDisk { () async throws(EventLogError) in try await disk.log.position(at: instant) }
    }

    package nonisolated(nonsending) func waitForEvents(after position: Position) async throws(EventLogError) {
        try await onDisk { () async throws(EventLogError) in await disk.log.waitForEvents(after: position) }
    }

    package func acquireLeases(
        _ names: [String], holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> [Lease] {
        try await onDisk { () async throws(EventLogError) in
            await disk.log.acquireLeases(names, holder: holder, for: duration, supersedes: supersedes)
        }
    }

    package func releaseLeases(_ leases: [Lease]) async throws(EventLogError) {
        try await onDisk { () async throws(EventLogError) in await disk.log.releaseLeases(leases) }
    }

    package func leases() async throws(EventLogError) -> [Lease] {
        try await onDisk { () async throws(EventLogError) in await disk.log.leases() }
    }

    package func streamCount() async throws(EventLogError) -> Int {
        try await onDisk { () async throws(EventLogError) in await disk.log.streamCount() }
    }
}
