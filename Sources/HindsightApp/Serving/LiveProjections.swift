package import HindsightCore
package import HindsightRuntime

/// The read models of a server: kept up to date as the log grows, rebuilt on request while the old rows go on serving.
package actor LiveProjections {
    package nonisolated let runner: ProjectionRunner
    private let log: any EventLog
    private let makeRebuild: @Sendable (_ actor: String) -> ProjectionRebuild
    private var rate = Rate()
    private var rebuilds: [String: Rebuild] = [:]
    private var tasks: [String: Task<Void, Never>] = [:]
    /// Whether all that was in the log at the start has been read.
    package private(set) var isCaughtUp = false

    package init(_ runner: ProjectionRunner, log: any EventLog, makeRebuild: @escaping @Sendable (_ actor: String) -> ProjectionRebuild) {
        self.runner = runner
        self.log = log
        self.makeRebuild = makeRebuild
    }

    /// A rebuild on its way, or how the last one ended.
    package struct Rebuild: Sendable, Encodable {
        package enum Status: String, Sendable, Encodable { case running, finished, failed }
        package var status = Status.running
        package var position: Position = 0
        package var head: Position
        package var error: String?
        package let startedAt: Timestamp
    }

    /// A projection as its operator sees it.
    package struct State: Sendable, Encodable {
        package enum Condition: String, Sendable, Encodable, CaseIterable {
            case current
            case catchingUp = "catching-up"
            case failed, rebuilding
        }
        package let name: String
        package let position: Position
        package let head: Position
        package let lag: Int64
        package let status: Condition
        package let version: Int
        package let error: String?
        /// Over the last seconds of catching up; absent while nothing is read.
        package let eventsPerSecond: Double?
        /// Seconds until it is current, at that rate.
        package let eta: Double?
        package let rebuild: Rebuild?
    }

    // MARK: - Following the log

    /// What a worker does: reads to the head.
    package func catchUp() async throws {
        let follow: @Sendable (Position, Position) -> Void = { [weak self] position, _ in
            let now = ContinuousClock.now
            Task { await self?.reached(position, at: now) }
        }
        try await runner.catchUp(progress: follow)
        isCaughtUp = true
    }

    private func reached(_ position: Position, at instant: ContinuousClock.Instant) { rate.note(position, at: instant) }

    package func states() async throws -> [State] {
        let perSecond = rate.perSecond
        return try await runner.status().map { status in
            let rebuild = rebuilds[status.name]
            let condition: State.Condition =
                switch status.status {
                case _ where rebuild?.status == .running: .rebuilding
                case .current: .current
                case .catchingUp: .catchingUp
                case .failed: .failed
                }
            return State(
                name: status.name, position: status.position, head: status.head, lag: status.lag, status: condition,
                version: status.version, error: status.error, eventsPerSecond: perSecond,
                eta: perSecond.flatMap { $0 > 0 && status.lag > 0 ? Double(status.lag) / $0 : nil }, rebuild: rebuild)
        }
    }

    package func state(of name: String) async throws -> State {
        guard let state = try await states().first(where: { $0.name == name }) else { throw ReadModelError.unknownProjection(name) }
        return state
    }

    // MARK: - Rebuilding

    package struct RebuildRuns: Error {}

    /// Begins to fold the log anew; the old rows serve until it is done.
    ///
    /// - Parameter actor: Who asked for it: an opaque id, which the event that tells of the rebuild carries.
    /// - Throws: ``RebuildRuns`` while one is on its way.
    package func rebuild(_ name: String, actor: String, at now: Timestamp) async throws {
        guard await runner.names.contains(name) else { throw ReadModelError.unknownProjection(name) }
        let head = try await log.head().position
        guard rebuilds[name]?.status != .running else { throw RebuildRuns() }
        rebuilds[name] = Rebuild(head: head, startedAt: now)
        tasks[name] = Task {
            do {
                _ = try await makeRebuild(actor).rebuild(name) { position, head in
                    Task { await self.rebuilt(name, to: position, of: head) }
                }
                rebuilds[name]?.status = .finished
            } catch {
                rebuilds[name]?.status = .failed
                rebuilds[name]?.error = error is CancellationError ? "the server stopped" : "\(error)"
            }
        }
    }

    private func rebuilt(_ name: String, to position: Position, of head: Position) {
        guard let known = rebuilds[name], position > known.position else { return }
        rebuilds[name]?.position = position
        rebuilds[name]?.head = head
    }

    /// Ends what is on its way; the old rows go on serving.
    package func stop() async {
        for task in tasks.values { task.cancel() }
        for task in tasks.values { await task.value }
    }
}

/// Positions per second over the last seconds.
private struct Rate {
    private var samples: [(instant: ContinuousClock.Instant, position: Position)] = []
    private static let window = Duration.seconds(10)

    mutating func note(_ position: Position, at instant: ContinuousClock.Instant) {
        guard position > samples.last?.position ?? -1 else { return }
        samples.append((instant, position))
        // One sample older than the window stays, as the beginning of what is measured.
        while samples.count > 2, samples[1].instant < instant - Self.window { samples.removeFirst() }
    }

    /// `nil` without progress in the window.
    var perSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.instant > first.instant,
            last.instant > ContinuousClock.now - Self.window
        else { return nil }
        return Double(last.position - first.position) / ((last.instant - first.instant) / .seconds(1))
    }
}
