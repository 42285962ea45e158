public import HindsightCore

/// A generation that is being folded beside the one that serves, or how the last one ended.
public struct RebuildProgress: Sendable, Equatable, Encodable {
    public enum Status: String, Sendable, Encodable {
        case running, finished, failed, cancelled
        /// Its process ended, or was told to; a rebuild can be gone on with.
        case interrupted
    }

    public let purpose: RebuildOrder.Purpose
    public internal(set) var status = Status.running
    public let generation: Int
    public internal(set) var position: Position
    public internal(set) var head: Position
    public let startedAt: Timestamp
    /// Positions a second over the last ten seconds; absent at first.
    public internal(set) var eventsPerSecond: Double?
    /// Seconds until it is done, at that rate; absent while it is too early to tell.
    public internal(set) var eta: Double?
    public internal(set) var error: String?
    /// Of a finished verification: how many rows differ.
    public internal(set) var differences: Int?
}

/// What a rebuild came to.
public struct RebuildReport: Sendable, Equatable, Encodable {
    public let name: String
    public let version: Int
    public let generation: Int
    public let position: Position
    public let digest: String
    /// Of the rows that served until then, as of the same position; absent if they had not come that far.
    public let previousDigest: String?

    /// `nil` where there is nothing to compare with.
    public var isEqual: Bool? { previousDigest.map { $0 == digest } }
}

/// A generation that may be built, by whoever holds this.
public struct PreparedBuild: Sendable {
    let projection: any AnyProjection
    public let order: RebuildOrder
    let generation: Generation
    let claim: BuildingClaim

    public var name: String { projection.name }
}

/// The projection is being rebuilt or verified already.
public struct AlreadyBuilding: Error, Sendable, Equatable, CustomStringConvertible {
    public let name: String
    public var description: String {
        "the projection \(name) is being rebuilt: `hindsight projections status \(name)` shows how far it is, `cancel` ends it"
    }
}

/// There is nothing to cancel.
public struct NotBuilding: Error, Sendable, Equatable, CustomStringConvertible {
    public let name: String
    public var description: String { "the projection \(name) is not being rebuilt" }
}

/// Somebody ended a rebuild before it was done.
public struct BuildingCancelled: Error, Sendable, Equatable, CustomStringConvertible {
    public let name: String
    public var description: String { "the rebuild of \(name) was cancelled; the rows that served before go on serving" }
}

extension ProjectionRunner {
    /// Takes the right to build the projection, and finds what an interrupted rebuild left, or begins anew.
    ///
    /// - Throws: ``AlreadyBuilding`` while anybody builds it, in this process or another; `ReadModelError`.
    public func prepare(_ name: String, _ order: RebuildOrder) async throws -> PreparedBuild {
        let projection = try reader.projection(name)
        guard let claim = try await claimBuilding(of: name) else { throw AlreadyBuilding(name: name) }
        let generation = try await unfinished(projection, order)
        builds[name] = RebuildProgress(
            purpose: order.purpose, generation: generation.number, position: 0, head: try await head(), startedAt: order.at)
        return PreparedBuild(projection: projection, order: order, generation: generation, claim: claim)
    }

    /// Folds the whole log into a new generation beside the one that serves, then lets the new one serve.
    ///
    /// One that was interrupted is gone on with. The generation that served until then is kept for ``rollBack(_:)``.
    /// - Parameters:
    ///   - progress: Called after each stretch.
    ///   - record: Called when the new one serves; the rebuild is not finished before that is.
    /// - Throws: ``BuildingCancelled``; `ReadModelError`; trouble with the log.
    public func rebuild(
        _ build: PreparedBuild, progress: @escaping @Sendable (RebuildProgress) -> Void = { _ in },
        record: @escaping @Sendable (RebuildReport) async throws -> Void = { _ in }
    ) async throws -> RebuildReport {
        try await run(build, progress, record) { runner, track in
            let position = await track.position
            let digest = try await runner.reader.digest(of: track.generation, track.projection, at: position)
            // Rows that came to a stop are no reason not to replace them.
            var previous: String?
            do {
                if try await runner.reader.serving(build.name) != nil {
                    try await runner.require(build.name, through: position)
                    previous = try await runner.reader.digest(of: build.name, at: position).digest
                }
            } catch ReadModelError.behind {
                previous = nil
            }
            try await runner.serve(track)
            return RebuildReport(
                name: build.name, version: track.projection.code.version, generation: track.generation.number, position: position,
                digest: digest.digest, previousDigest: previous)
        }
    }

    /// Folds the whole log into rows that nobody is served, and compares them with those that serve.
    ///
    /// - Parameters:
    ///   - mostDifferences: How many rows that differ are told; all of them are counted.
    ///   - progress: Called after each stretch.
    ///   - record: Called with what came of it; the verification is not finished before that is.
    /// - Throws: As ``rebuild(_:progress:record:)``.
    public func verify(
        _ build: PreparedBuild, mostDifferences: Int = 1_000, progress: @escaping @Sendable (RebuildProgress) -> Void = { _ in },
        record: @escaping @Sendable (VerificationReport) async throws -> Void = { _ in }
    ) async throws -> VerificationReport {
        try await run(build, progress, record) { runner, track in
            let position = await track.position
            let served = try await runner.require(build.name, through: position)
            let report = try await RowComparison(runner.reader, track.projection, at: position)
                .compare(served, with: track.generation, mostDifferences: mostDifferences)
            runner.builds[build.name]?.differences = report.differing
            runner.verifications[build.name] = report
            return report
        }
    }

    /// Ends a rebuild or verification, in whichever process it runs; the rows that serve go on serving.
    ///
    /// - Throws: ``NotBuilding``; `ReadModelError`.
    public func cancelBuilding(_ name: String) async throws {
        let projection = try reader.projection(name)
        let unfinished = try await generations(of: projection).filter { $0.status == .building }
        guard !unfinished.isEmpty else { throw NotBuilding(name: name) }
        // Whoever fills it finds it gone with the next stretch.
        for found in unfinished { try await drop(found.generation) }
    }

    /// The rebuilds that a process left unfinished, to be gone on with. Verifications that were left are cleared away.
    public func unfinishedRebuilds() async throws -> [(name: String, order: RebuildOrder)] {
        var found: [(name: String, order: RebuildOrder)] = []
        for name in names {
            let projection = try reader.projection(name)
            for stored in try await generations(of: projection) where stored.status == .building {
                guard let order = stored.order, let claim = try await claimBuilding(of: name) else { continue }
                claim.release()
                if order.purpose == .rebuild, stored.generation.code == projection.code {
                    found.append((name, order))
                } else if order.purpose == .verify {
                    try await drop(stored.generation)
                }
            }
        }
        return found
    }

    /// The rebuild or verification of a projection, in this process or, without its pace, in another.
    public func progress(of name: String) async throws -> RebuildProgress? {
        let known = builds[name]
        if let known, known.status == .running { return known }
        let projection = try reader.projection(name)
        guard let stored = try await generations(of: projection).last(where: { $0.status == .building }), let order = stored.order,
            stored.generation.number != known?.generation
        else { return known }
        var progress = RebuildProgress(
            purpose: order.purpose, generation: stored.generation.number, position: stored.checkpoint.position, head: try await head(),
            startedAt: order.at)
        // Whoever builds holds the claim.
        if let claim = try await claimBuilding(of: name) {
            claim.release()
            progress.status = .interrupted
        }
        return progress
    }

    /// What the last verification in this process found.
    public func verification(of name: String) -> VerificationReport? { verifications[name] }

    // MARK: - One at a time

    private func run<Report: Sendable>(
        _ build: PreparedBuild, _ progress: @escaping @Sendable (RebuildProgress) -> Void,
        _ record: @Sendable (Report) async throws -> Void,
        _ finish: @Sendable (isolated ProjectionRunner, ProjectionTrack) async throws -> Report
    ) async throws -> Report {
        defer { build.claim.release() }
        let isVerification = build.order.purpose == .verify
        do {
            let track = try await makeBuildingTrack(build.projection, build.generation)
            try await follow(track, progress)
            let report = try await finish(self, track)
            if isVerification { try await drop(build.generation) }
            try await record(report)
            builds[build.name]?.status = .finished
            return report
        } catch {
            let isGone = try await !generations(of: build.projection).contains { $0.generation == build.generation }
            if case ReadModelError.overtaken = error, isGone {
                builds[build.name]?.status = .cancelled
                throw BuildingCancelled(name: build.name)
            }
            builds[build.name]?.status = error is CancellationError ? .interrupted : .failed
            builds[build.name]?.error = error is CancellationError ? nil : StreamFailure.text(error)
            // What can't be gone on with is in the way of the next one.
            if isVerification { try await drop(build.generation) }
            throw error
        }
    }

    /// What an interrupted rebuild left, or a new generation.
    private func unfinished(_ projection: any AnyProjection, _ order: RebuildOrder) async throws -> Generation {
        for stored in try await generations(of: projection) where stored.status == .building {
            if order.purpose == .rebuild, stored.order?.purpose == .rebuild, stored.generation.code == projection.code {
                return stored.generation
            }
            try await drop(stored.generation)
        }
        return try await makeGeneration(of: projection, order)
    }

    /// Reads the log to where its head was a moment ago.
    private func follow(_ track: ProjectionTrack, _ progress: @escaping @Sendable (RebuildProgress) -> Void) async throws {
        var pace = Pace()
        let name = track.projection.name
        while case let head = try await head(), await track.position < head {
            let (reports, reporting) = AsyncStream.makeStream(of: Position.self, bufferingPolicy: .bufferingNewest(1))
            async let built: Void = {
                defer { reporting.finish() }
                try await self.build(track, until: head) { reporting.yield($0) }
            }()
            for await position in reports {
                pace.note(position, at: .now)
                guard var build = builds[name] else { continue }
                (build.position, build.head, build.eventsPerSecond) = (position, head, pace.perSecond)
                build.eta = build.eventsPerSecond.flatMap { $0 > 0 ? Double(head - position) / $0 : nil }
                builds[name] = build
                progress(build)
            }
            try await built
        }
    }

    func build(_ track: ProjectionTrack, until end: Position, _ report: @escaping @Sendable (Position) -> Void) async throws {
        try await track.build(from: log, until: end, stretch: stretch, progress: report)
    }
}
