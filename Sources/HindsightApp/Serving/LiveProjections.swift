import HindsightCore
package import HindsightRuntime
package import Logging

/// The read models of a server: kept up to date as the log grows, operated on request while the old rows go on serving.
package actor LiveProjections {
    package nonisolated let runner: ProjectionRunner
    private let makeOperator: @Sendable (_ actor: String) -> ProjectionOperator
    private let logger: Logger
    private var pace = Pace()
    private var tasks: [String: Task<Void, Never>] = [:]
    private var begun = 0
    /// Which of them is the last of its projection.
    private var last: [String: Int] = [:]
    private var verifications: [String: VerificationReport] = [:]
    /// Whether all that was in the log at the start has been read.
    package private(set) var isCaughtUp = false

    package init(
        _ runner: ProjectionRunner, logger: Logger, makeOperator: @escaping @Sendable (_ actor: String) -> ProjectionOperator
    ) {
        self.runner = runner
        self.logger = logger
        self.makeOperator = makeOperator
    }

    // MARK: - Following the log

    /// What a worker does: reads to the head.
    ///
    /// - Throws: What keeps a projection from it; the others have been brought up to date.
    package func catchUp() async throws {
        let follow: @Sendable (Position, Position) -> Void = { [weak self] position, _ in
            let now = ContinuousClock.now
            Task { await self?.reached(position, at: now) }
        }
        try await runner.catchUp(progress: follow)
        isCaughtUp = true
        for status in try await runner.status() where status.status == .failed {
            throw ReadModelError.behind(
                projection: status.name, position: status.position, wanted: status.head, reason: status.error ?? "")
        }
    }

    private func reached(_ position: Position, at instant: ContinuousClock.Instant) { pace.note(position, at: instant) }

    package func states() async throws -> [ProjectionState] {
        try await ProjectionState.all(of: runner, perSecond: pace.perSecond)
    }

    package func state(of name: String) async throws -> ProjectionState {
        guard let state = try await states().first(where: { $0.name == name }) else { throw ReadModelError.unknownProjection(name) }
        return state
    }

    // MARK: - Operating

    /// Begins to fold the log anew; the old rows serve until it is done.
    ///
    /// - Parameter actor: Who asked for it: an opaque id, which the event that tells of it carries.
    /// - Throws: `AlreadyBuilding` while one is on its way.
    package func rebuild(_ name: String, actor: String) async throws {
        let projections = makeOperator(actor)
        begin(try await projections.prepare(.rebuild, of: name)) { _ = try await projections.rebuild($0) }
    }

    /// Begins to compare the rows that serve with what the log says.
    ///
    /// - Throws: `AlreadyBuilding` while a rebuild is on its way.
    package func verify(_ name: String, actor: String) async throws {
        let projections = makeOperator(actor)
        begin(try await projections.prepare(.verify, of: name)) { _ = try await projections.verify($0) }
    }

    /// Goes on with the rebuilds that an earlier process left unfinished.
    package func goOn() async throws {
        for (name, order) in try await runner.unfinishedRebuilds() {
            do {
                begin(try await runner.prepare(name, order)) { [makeOperator] in _ = try await makeOperator(order.actor).rebuild($0) }
            } catch is AlreadyBuilding {
                // It was not left: a process beside this one is at it.
            }
        }
    }

    private func begin(_ build: PreparedBuild, _ act: @escaping @Sendable (PreparedBuild) async throws -> Void) {
        begun += 1
        let number = begun
        last[build.name] = number
        tasks[build.name] = Task {
            do { try await act(build) } catch { ended(build.name, error) }
            // The right to build is free before the act is recorded: another may have begun by now.
            if last[build.name] == number { tasks[build.name] = nil }
        }
    }

    /// How a rebuild ended stands in its progress; an operator finds it in the log of the server too.
    private func ended(_ name: String, _ error: any Error) {
        guard !(error is BuildingCancelled), !(error is CancellationError) else { return }
        logger.warning("a rebuild ended", metadata: ["projection": "\(name)", "error": "\(error)"])
    }

    /// Ends a rebuild or verification; the rows that serve go on serving.
    ///
    /// - Throws: `NotBuilding`.
    package func cancel(_ name: String, actor: String) async throws { try await makeOperator(actor).cancel(name) }

    /// Lets the rows serve again that served before the last rebuild.
    ///
    /// - Throws: `NothingToRollBackTo`.
    package func rollBack(_ name: String, actor: String) async throws { try await makeOperator(actor).rollBack(name) }

    /// Folds what is parked.
    package func resume(_ name: String, actor: String) async throws { _ = try await makeOperator(actor).resume(name) }

    /// Ends what is on its way, so that the next server can go on with it; the old rows go on serving.
    package func stop() async {
        let running = Array(tasks.values)
        for task in running { task.cancel() }
        for task in running { await task.value }
    }
}
