public import HindsightCore

/// Brings read models up to date with the log, all over one read of it.
///
/// Each projection has a checkpoint of its own, stored with its rows. What goes wrong in one keeps no other from going on: an event that
/// cannot be folded is tried again a few times, then it and all later events of its stream are parked, until ``resume(_:)`` folds them where
/// they belong; rows that cannot be stored are tried again with growing pauses. All of it shows in ``status()``.
public actor ProjectionRunner {
    /// A projection whose rows could not be read or stored.
    private struct Trouble {
        let reason: String
        let pause: Duration
        let until: ContinuousClock.Instant
    }

    public nonisolated let reader: ProjectionReader
    private nonisolated let projections: [any AnyProjection]
    let log: any EventLog
    private let store: any ReadModelStore
    private let patience: Patience
    /// The most events between two commits of a projection that is built or far behind.
    let stretch: Int
    private var tracks: [String: ProjectionTrack] = [:]
    private var troubles: [String: Trouble] = [:]
    private var isBusy = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    var builds: [String: RebuildProgress] = [:]
    var verifications: [String: VerificationReport] = [:]

    private static let pageSize = 1_000
    private static let farBehind: Int64 = 20_000
    /// Rows that each projection keeps at hand while it follows the log, and while it is built.
    private static let (rowsFollowing, rowsBuilding) = (5_000, 40_000)
    private static let (firstPause, longestPause) = (Duration.milliseconds(500), Duration.seconds(30))

    /// - Parameters:
    ///   - patience: With events that cannot be folded.
    ///   - stretch: The most events between two commits of a projection that is built or far behind.
    public init(
        _ projections: [any Projection], log: any EventLog, store: any ReadModelStore, patience: Patience = .standard,
        stretch: Int = 50_000
    ) {
        self.stretch = stretch
        self.log = log
        self.store = store
        self.patience = patience
        self.projections = projections.map { Self.define($0) }.sorted { $0.name < $1.name }
        reader = ProjectionReader(self.projections, log: log, store: store)
    }

    private static func define(_ projection: some Projection) -> any AnyProjection { ProjectionDefinition(projection) }

    public nonisolated var names: [String] { projections.map(\.name) }

    // MARK: - Catching up

    /// Reads the log to its head.
    ///
    /// Trouble of one projection is not thrown: it shows in ``status()``, and the next call after a pause tries again.
    /// - Parameter progress: Called after each page with the position reached and the head.
    public func catchUp(progress: (@Sendable (Position, Position) -> Void)? = nil) async throws {
        try await alone {
            try await open()
            try await hurry(progress)
            try await readToHead(progress)
        }
    }

    /// Lets projections that are far behind read the log one after the other, each in long stretches over its own events alone.
    private func hurry(_ progress: (@Sendable (Position, Position) -> Void)?) async throws {
        let head = try await log.head().position
        var late: [ProjectionTrack] = []
        for track in tracks.values where await head - track.position > Self.farBehind { late.append(track) }
        for (index, track) in late.sorted(by: { $0.projection.name < $1.projection.name }).enumerated() {
            let name = track.projection.name
            let count = Int64(late.count)
            do {
                let builder = try await makeTrack(track.projection, track.generation, capacity: Self.rowsBuilding)
                try await builder.build(from: log, until: head, stretch: stretch) { position in
                    progress?((head * Int64(index) + position) / count, head)
                }
                tracks[name] = try await makeTrack(track.projection, track.generation, capacity: Self.rowsFollowing)
            } catch let error as CancellationError {
                throw error
            } catch let error as EventLogError {
                throw error
            } catch {
                _ = await goOn(name, after: error)
            }
        }
    }

    /// One at a time: two would fold the same page over the same rows.
    private func alone<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        while isBusy { await withCheckedContinuation { waiters.append($0) } }
        isBusy = true
        defer {
            isBusy = false
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
        return try await body()
    }

    /// Finds the generation that each projection goes on with: the one that serves, or one that served for the same code, or a new one.
    private func open() async throws {
        for projection in projections {
            do {
                let track = try await openTrack(projection)
                if troubles[projection.name]?.until ?? .now <= .now { tracks[projection.name] = track }
            } catch let error as ReadModelError {
                note(error, of: projection.name)
            }
        }
    }

    private func openTrack(_ projection: any AnyProjection) async throws -> ProjectionTrack {
        // One that something went wrong in knows nothing any more.
        if let track = tracks[projection.name], await track.position >= 0,
            try await store.serving(of: projection.name) == track.generation
        {
            return track
        }
        let generations = try await store.generations(of: projection.name)
        let own = generations.filter { $0.generation.code == projection.code }
        let serving: Generation
        if let known = own.last(where: { $0.status == .serving }) {
            serving = known.generation
        } else if let retired = own.last(where: { $0.status == .retired }) {
            // An older program is back: it finds its rows as it left them.
            serving = retired.generation
            try await store.serve(serving)
        } else {
            return try await startAnew(projection)
        }
        return try await makeTrack(projection, serving, capacity: Self.rowsFollowing)
    }

    /// Lets an empty generation serve.
    private func startAnew(_ projection: any AnyProjection) async throws -> ProjectionTrack {
        let before = try await store.serving(of: projection.name)
        let generation = try await store.makeGeneration(of: projection.name, code: projection.code, order: nil)
        if let other = try await store.serving(of: projection.name), other != before, other.code == projection.code {
            // Another process was quicker; what it made room for is gone already.
            try await store.drop(generation)
            return try await makeTrack(projection, other, capacity: Self.rowsFollowing)
        }
        try await store.serve(generation)
        return try await makeTrack(projection, generation, capacity: Self.rowsFollowing)
    }

    private func makeTrack(_ projection: any AnyProjection, _ generation: Generation, capacity: Int) async throws -> ProjectionTrack {
        try await ProjectionTrack(projection, generation, in: store, capacity: capacity, patience: patience)
    }

    private func note(_ error: any Error, of name: String) {
        let pause = min((troubles[name]?.pause ?? Self.firstPause / 2) * 2, Self.longestPause)
        troubles[name] = Trouble(reason: StreamFailure.text(error), pause: pause, until: .now + pause)
        tracks[name] = nil
    }

    private func readToHead(_ progress: (@Sendable (Position, Position) -> Void)?) async throws {
        let head = try await log.head().position
        for (name, track) in tracks {
            // A log that was replaced by an older one: what was read is not its history.
            let position = await track.position
            guard position > head else { continue }
            note(ReadModelError.damaged(reason: "\(name) has read to \(position), the log ends at \(head)"), of: name)
        }
        var positions: [String: Position] = [:]
        for (name, track) in tracks { positions[name] = await track.position }
        while let from = positions.values.min(), from < head {
            try Task.checkCancellation()
            let (page, last) = try await nextPage(after: from, until: head)
            let outcomes = await advance(over: page, to: last, positions)
            var fatal: (any Error)?
            for (name, outcome) in outcomes {
                switch outcome {
                case .success:
                    positions[name] = last
                    troubles[name] = nil
                case .failure(let error as CancellationError): fatal = error
                case .failure(let error as EventLogError): fatal = error
                case .failure(let error): positions[name] = await goOn(name, after: error)
                }
            }
            if let fatal { throw fatal }
            progress?(last, head)
        }
        for name in positions.keys { troubles[name] = nil }
    }

    /// Makes the best of what kept a projection from going on.
    ///
    /// - Returns: From where it goes on; `nil` if it does not for now.
    private func goOn(_ name: String, after error: any Error) async -> Position? {
        do {
            let projection = try reader.projection(name)
            tracks[name] = nil
            switch error {
            case ReadModelError.overtaken:
                // Another process stored the same rows first, or serves others now: go on from where it is.
                tracks[name] = try await openTrack(projection)
            case ReadModelError.foreignRow: tracks[name] = try await startAnew(projection)
            default: throw error
            }
            return await tracks[name]?.position
        } catch {
            note(error, of: name)
            return nil
        }
    }

    private func advance(
        over page: [RecordedEvent], to last: Position, _ positions: [String: Position]
    ) async -> [(String, Result<Void, any Error>)] {
        let due = tracks.filter { positions[$0.key, default: last] < last }
        return await withTaskGroup(of: (String, Result<Void, any Error>).self) { group in
            for (name, track) in due {
                group.addTask {
                    do {
                        try await track.advance(over: page, to: last)
                        return (name, .success(()))
                    } catch {
                        return (name, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// The next events that any projection wants, and how far they cover the log: what nobody wants is passed over without a copy.
    private func nextPage(after from: Position, until head: Position) async throws -> (events: [RecordedEvent], last: Position) {
        struct PageIsFull: Error {}
        let types = Set(tracks.values.flatMap(\.projection.types))
        var page: [RecordedEvent] = []
        var (last, passed, bytes) = (from, 0, 0)
        do {
            try await log.scan(EventSelection(after: from, until: head, limit: Self.pageSize)) { event in
                (last, passed) = (event.position, passed + 1)
                if types.contains(event.type) {
                    page.append(try event.copy())
                    bytes += (event.data?.count ?? 0) + event.metadata.count
                }
                if page.count == Self.pageSize || passed == Self.pageSize * 10 || bytes >= Limits.pageBytes { throw PageIsFull() }
            }
            last = head
        } catch is PageIsFull {
            // The next page goes on from here.
        }
        return (page, last)
    }

    // MARK: - Status

    public func status() async throws -> [ProjectionStatus] {
        let head = try await log.head().position
        var statuses: [ProjectionStatus] = []
        for projection in projections {
            let track = tracks[projection.name]
            let trouble = troubles[projection.name]
            if let track {
                // Counted by the store, and read only where there are any.
                let parked = await track.parkedStreams.isEmpty ? [] : try await store.failures(of: track.generation)
                statuses.append(
                    ProjectionStatus(
                        projection, generation: track.generation.number, position: max(0, await track.position), head: head,
                        trouble: trouble?.reason, parked: parked))
            } else if let serving = try await reader.serving(projection.name) {
                statuses.append(
                    ProjectionStatus(
                        projection, generation: serving.number, position: try await store.checkpoint(of: serving).position, head: head,
                        trouble: trouble?.reason, parked: try await store.failures(of: serving)))
            } else {
                statuses.append(
                    ProjectionStatus(projection, generation: 0, position: 0, head: head, trouble: trouble?.reason, parked: []))
            }
        }
        return statuses
    }

    /// Makes sure that a projection has been folded as far as a position that the log has reached.
    ///
    /// - Returns: The generation that has.
    /// - Throws: `ReadModelError.behind` if something keeps it from that; `.unknownProjection`.
    @discardableResult
    public func require(_ name: String, through position: Position) async throws -> Generation {
        _ = try reader.projection(name)
        if let generation = try await generation(of: name, through: position) { return generation }
        try await catchUp()
        if let generation = try await generation(of: name, through: position) { return generation }
        throw ReadModelError.behind(
            projection: name, position: max(await tracks[name]?.position ?? 0, 0), wanted: position,
            reason: troubles[name]?.reason ?? "another process changed what serves: try again")
    }

    /// The one that serves, if it has been folded so far.
    private func generation(of name: String, through position: Position) async throws -> Generation? {
        guard let track = tracks[name], await track.position >= position,
            try await store.serving(of: name) == track.generation
        else { return nil }
        return track.generation
    }

    /// How far a projection has been folded.
    public func position(of name: String) async throws -> Position {
        if let position = await tracks[name]?.position, position >= 0 { return position }
        guard let serving = try await reader.serving(name) else { return 0 }
        return try await store.checkpoint(of: serving).position
    }

    // MARK: - Resuming

    /// The streams of a projection whose events wait, oldest first.
    public func parked(of name: String) async throws -> [StreamFailure] {
        guard let serving = try await reader.serving(name) else { return [] }
        return try await store.failures(of: serving)
    }

    /// Folds what is parked, each row as if its events had never waited.
    ///
    /// - Returns: The streams that are still parked, and why.
    /// - Throws: `ReadModelError.unknownProjection`; trouble with log or store.
    public func resume(_ name: String) async throws -> [StreamFailure] {
        let projection = try reader.projection(name)
        return try await alone {
            troubles[name] = nil
            let track = try await openTrack(projection)
            tracks[name] = track
            return try await track.resume(from: log)
        }
    }

    // MARK: - Building

    func claimBuilding(of name: String) async throws -> BuildingClaim? { try await store.claimBuilding(of: name) }

    func generations(of projection: any AnyProjection) async throws -> [StoredGeneration] {
        try await store.generations(of: projection.name)
    }

    func makeGeneration(of projection: any AnyProjection, _ order: RebuildOrder) async throws -> Generation {
        try await store.makeGeneration(of: projection.name, code: projection.code, order: order)
    }

    func drop(_ generation: Generation) async throws { try await store.drop(generation) }

    func head() async throws -> Position { try await log.head().position }

    /// A track of a generation that does not serve yet.
    func makeBuildingTrack(_ projection: any AnyProjection, _ generation: Generation) async throws -> ProjectionTrack {
        try await makeTrack(projection, generation, capacity: Self.rowsBuilding)
    }

    /// Lets a generation serve once it has come as far as the one that serves now; nothing else is folded meanwhile.
    func serve(_ track: ProjectionTrack) async throws {
        let name = track.projection.name
        try await alone {
            if let serving = tracks[name] { try await build(track, until: await serving.position) { _ in } }
            try await store.serve(track.generation)
            troubles[name] = nil
            tracks[name] = try await makeTrack(track.projection, track.generation, capacity: Self.rowsFollowing)
        }
    }

    /// Lets the generation that served before serve again, at once; what it has missed is read by the next ``catchUp(progress:)``.
    ///
    /// - Returns: The generation that serves now, and how far it had read the log.
    /// - Throws: ``NothingToRollBackTo``; `ReadModelError.unknownProjection`.
    public func rollBack(_ name: String) async throws -> (generation: Int, position: Position) {
        let projection = try reader.projection(name)
        return try await alone {
            let generations = try await store.generations(of: name)
            guard let retired = generations.last(where: { $0.status == .retired }) else {
                throw NothingToRollBackTo(name: name, version: nil)
            }
            guard retired.generation.code == projection.code else {
                throw NothingToRollBackTo(name: name, version: retired.generation.code.version)
            }
            try await store.serve(retired.generation)
            troubles[name] = nil
            tracks[name] = try await makeTrack(projection, retired.generation, capacity: Self.rowsFollowing)
            return (retired.generation.number, retired.checkpoint.position)
        }
    }
}

/// There is no earlier generation that this program could serve.
public struct NothingToRollBackTo: Error, Sendable, Equatable, CustomStringConvertible {
    public let name: String
    /// Of the code that filled the one there is.
    public let version: Int?

    public var description: String {
        guard let version else { return "the projection \(name) has no earlier generation: one is kept after each rebuild" }
        return "the earlier generation of \(name) was filled by version \(version) of its code: the program of that version goes on with it"
    }
}
