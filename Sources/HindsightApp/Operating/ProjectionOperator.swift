package import HindsightCore
package import HindsightRuntime

/// What an operator does to read models: each act is recorded with who did it.
package struct ProjectionOperator: Sendable {
    private let projections: ProjectionRunner
    private let commands: CommandHandler
    private let clock: any WallClock
    private let actor: String

    /// - Parameter actor: Who does it: an opaque id.
    package init(_ projections: ProjectionRunner, commands: CommandHandler, clock: any WallClock, actor: String) {
        self.projections = projections
        self.commands = commands
        self.clock = clock
        self.actor = actor
    }

    /// Takes the right to rebuild or verify.
    ///
    /// - Throws: See `ProjectionRunner.prepare(_:_:)`.
    package func prepare(_ purpose: RebuildOrder.Purpose, of name: String) async throws -> PreparedBuild {
        try await projections.prepare(name, RebuildOrder(purpose, actor: actor, at: clock.now()))
    }

    /// Folds the whole log into new rows beside the old ones, compares them, and lets the new ones serve.
    ///
    /// - Parameter progress: Called after each stretch.
    /// - Throws: See `ProjectionRunner.rebuild(_:progress:record:)`.
    package func rebuild(
        _ build: PreparedBuild, progress: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
    ) async throws -> RebuildReport {
        try await projections.rebuild(build, progress: progress) { report in
            try await record(
                .projectionRebuilt(
                    ProjectionRebuilt(
                        projection: report.name, version: report.version, position: report.position, digest: report.digest,
                        previousDigest: report.previousDigest)), of: report.name, by: build.order.actor)
        }
    }

    /// Folds the whole log into rows that nobody is served, and compares them with those that serve.
    ///
    /// - Throws: See `ProjectionRunner.verify(_:mostDifferences:progress:record:)`.
    package func verify(
        _ build: PreparedBuild, mostDifferences: Int = 1_000, progress: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
    ) async throws -> VerificationReport {
        try await projections.verify(build, mostDifferences: mostDifferences, progress: progress) { report in
            try await record(
                .projectionVerified(
                    ProjectionVerified(
                        projection: report.name, version: report.version, position: report.position, rows: report.rows,
                        differing: report.differing)), of: report.name)
        }
    }

    /// Ends a rebuild or verification, in whichever process it runs.
    ///
    /// - Throws: See `ProjectionRunner.cancelBuilding(_:)`.
    package func cancel(_ name: String) async throws {
        let known = try await projections.progress(of: name)
        try await projections.cancelBuilding(name)
        try await record(
            .projectionRebuildCancelled(ProjectionRebuildCancelled(projection: name, position: known?.position ?? 0)), of: name)
    }

    /// Lets the rows that served before serve again.
    ///
    /// - Throws: See `ProjectionRunner.rollBack(_:)`.
    package func rollBack(_ name: String) async throws {
        let served = try await projections.rollBack(name)
        try await record(.projectionRolledBack(ProjectionRolledBack(projection: name, position: served.position)), of: name)
    }

    /// Folds what is parked.
    ///
    /// - Returns: The streams that are still parked, and why.
    /// - Throws: See `ProjectionRunner.resume(_:)`.
    package func resume(_ name: String) async throws -> [StreamFailure] {
        let before = try await projections.parked(of: name).count
        let left = try await projections.resume(name)
        try await record(
            .projectionResumed(ProjectionResumed(projection: name, streams: before - left.count, stillParked: left.count)), of: name)
        return left
    }

    private func record(_ act: OperatorAct, of name: String, by other: String? = nil) async throws {
        let stream = try StreamName("projection-\(name)")
        try await commands.decide(metadata: EventMetadata(actor: other ?? actor)) { try await $0.append([act], to: stream) }
    }
}
