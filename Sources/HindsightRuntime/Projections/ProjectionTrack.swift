import HindsightCore

/// One generation on its way along the log.
actor ProjectionTrack {
    let projection: any AnyProjection
    let generation: Generation
    private let store: any ReadModelStore
    private let patience: Patience
    private let fold: any AnyProjectionFold
    /// As stored; events that change no row don't move it alone.
    private var checkpoint: Checkpoint
    /// How far the log has been folded, and the rows stored.
    private(set) var position: Position
    /// How far the log has been read.
    private var read: Position
    private var failures: [StreamName: StreamFailure]
    /// Parked since the last commit.
    private var parked: [ParkedEvent] = []
    private var newFailures: [StreamFailure] = []
    /// Streams in a row that trying again did not help.
    private var vainRetries = 0
    private var commit: Task<Checkpoint, any Error>?

    /// A checkpoint that passed only events of others needs no commit of its own every time.
    private static let silentPositions: Int64 = 10_000
    /// After so many streams that trying again did not help, it is not tried for the next ones.
    private static let vainRetriesBorne = 5

    /// - Throws: `ReadModelError`.
    init(
        _ projection: any AnyProjection, _ generation: Generation, in store: any ReadModelStore, capacity: Int, patience: Patience
    ) async throws {
        self.projection = projection
        self.generation = generation
        self.store = store
        self.patience = patience
        fold = projection.makeFold(capacity: capacity)
        checkpoint = try await store.checkpoint(of: generation)
        (position, read) = (checkpoint.position, checkpoint.position)
        failures = Dictionary(uniqueKeysWithValues: try await store.failures(of: generation).map { ($0.stream, $0) })
    }

    var parkedStreams: [StreamFailure] { failures.values.sorted { $0.position < $1.position } }

    // MARK: - Following

    /// Folds the events of a page that this projection wants, and stores what became of them.
    ///
    /// - Parameters:
    ///   - page: Some events up to `last`, in order: all of those that are wanted.
    ///   - last: How far the page covers the log.
    /// - Throws: `ReadModelError`; then the rows are as they were stored last.
    func advance(over page: [RecordedEvent], to last: Position) async throws {
        guard last > read else { return }
        do {
            let types = Set(projection.types)
            for event in page where event.position > read && types.contains(event.type) { event.lend { fold.take($0) } }
            try await foldWaiting()
            read = last
            try await store(through: last)
            try await settle()
            position = last
        } catch {
            await forget()
            throw error
        }
    }

    /// Reads the log up to `end` by itself, in long stretches, each stored while the next is folded.
    ///
    /// - Parameters:
    ///   - stretch: The most events between two commits.
    ///   - progress: Called after each stretch with the position reached.
    func build(from log: any EventLog, until end: Position, stretch: Int, progress: @Sendable (Position) -> Void) async throws {
        do {
            while read < end {
                try Task.checkCancellation()
                // Short ones at first, so that progress shows early; the more rows there are, the more of them share a page with others.
                let count = min(stretch, max(stretch / 5, Int(read) / 20))
                let last = try await takeStretch(from: log, until: end, atMost: count)
                try await foldWaiting()
                read = last
                try await store(through: last)
                progress(last)
            }
            try await settle()
            position = read
        } catch {
            await forget()
            throw error
        }
    }

    private func takeStretch(from log: any EventLog, until end: Position, atMost count: Int) async throws -> Position {
        struct StretchIsFull: Error {}
        var (last, bytes) = (read, 0)
        do {
            try await log.scan(EventSelection(EventFilter(types: projection.types), after: read, until: end, limit: 1_000)) { event in
                fold.take(event)
                last = event.position
                bytes += event.data?.count ?? 0
                if fold.waiting >= count || bytes >= Limits.batchBytes { throw StretchIsFull() }
            }
            return end
        } catch is StretchIsFull {
            return last
        }
    }

    private func foldWaiting() async throws {
        var (attempts, failing) = (0, Position(0))
        while true {
            let keys = fold.missingKeys()
            if !keys.isEmpty {
                let rows = try await store.current(keys, of: generation)
                do { try fold.provide(rows, for: keys) } catch { throw ReadModelError.foreignRow(projection: projection.name) }
            }
            let known = failures
            switch fold.fold(except: { known[$0] != nil }) {
            case .finished(let parked):
                self.parked += parked
                if attempts > 0 { vainRetries = 0 }
                return
            case .needsRows(let parked): self.parked += parked
            case .stopped(let failed, let parked):
                self.parked += parked
                if failed.position != failing {
                    // The one before has healed.
                    if attempts > 0 { vainRetries = 0 }
                    (attempts, failing) = (0, failed.position)
                }
                attempts += 1
                if failed.mayHeal, attempts <= patience.pauses.count, vainRetries < Self.vainRetriesBorne {
                    try await patience.wait(patience.pauses[attempts - 1])
                } else {
                    park(failed, attempts: attempts)
                    attempts = 0
                }
            }
        }
    }

    private func park(_ failed: FailedEvent, attempts: Int) {
        if attempts > 1 { vainRetries += 1 }
        let failure = StreamFailure(failed, attempts: attempts)
        failures[failed.stream] = failure
        newFailures.append(failure)
        parked.append(ParkedEvent(stream: failed.stream, position: failed.position))
        fold.skipFirst()
    }

    private func store(through last: Position) async throws {
        try await settle()
        let changes = fold.takeChanges()
        guard !changes.isEmpty || !parked.isEmpty || last - checkpoint.position >= Self.silentPositions else { return }
        let (parked, failures, previous) = (parked, newFailures, checkpoint)
        (self.parked, newFailures) = ([], [])
        commit = Task { [store, generation] in
            let batch = RowBatch(checkpoint: last, updates: try changes.encoded(), parked: parked, failures: failures)
            return try await store.commit(batch, to: generation, from: previous)
        }
    }

    /// Waits for the commit that is on its way.
    private func settle() async throws {
        guard let commit else { return }
        self.commit = nil
        checkpoint = try await commit.value
    }

    /// Lets go of everything; what is on its way is stored or not before anybody opens a track anew.
    private func forget() async {
        fold.reset()
        if let commit { _ = await commit.result }
        commit = nil
        (parked, newFailures) = ([], [])
        // Whoever goes on opens a track anew.
        (position, read) = (-1, -1)
    }

    // MARK: - Resuming

    /// Folds the parked events, each row as if they had never waited: in the order of the log, among the events that came since.
    ///
    /// - Returns: The streams that still cannot be folded, and why.
    func resume(from log: any EventLog) async throws -> [StreamFailure] {
        do {
            try await settle()
            var waiting: [StreamName: [(position: Position, keys: [String])]] = [:]
            var left: [StreamName: FailedEvent] = [:]
            for stream in failures.keys {
                do { waiting[stream] = try await parkedKeys(of: stream, log) } catch let failed as FailedEvent { left[stream] = failed }
            }
            var rewrites: [RowRewrite] = []
            while true {
                do {
                    rewrites = try await self.rewrites(adding: waiting.values.joined(), from: log)
                    break
                } catch let failed as FailedEvent {
                    // Another stream's event may be what fails now; then none of them can be folded.
                    guard waiting.removeValue(forKey: failed.stream) != nil else { return try await keep(waiting.keys, failed, left) }
                    left[failed.stream] = failed
                }
            }
            let still = stillParked(left)
            let batch = RowBatch(
                checkpoint: checkpoint.position, rewrites: rewrites, failures: still, resumed: Array(waiting.keys), revises: true)
            checkpoint = try await store.commit(batch, to: generation, from: checkpoint)
            failures = Dictionary(uniqueKeysWithValues: still.map { ($0.stream, $0) })
            vainRetries = 0
            // Rows at hand are no longer what is stored.
            fold.reset()
            return still
        } catch {
            await forget()
            throw error
        }
    }

    private func keep(
        _ streams: some Sequence<StreamName>, _ failed: FailedEvent, _ left: [StreamName: FailedEvent]
    ) async throws -> [StreamFailure] {
        let still = stillParked(left.merging(streams.map { ($0, failed) }) { known, _ in known })
        let batch = RowBatch(checkpoint: checkpoint.position, failures: still, revises: true)
        checkpoint = try await store.commit(batch, to: generation, from: checkpoint)
        failures = Dictionary(uniqueKeysWithValues: still.map { ($0.stream, $0) })
        return still
    }

    /// What stands in the way now: it may be another event than before.
    private func stillParked(_ left: [StreamName: FailedEvent]) -> [StreamFailure] {
        left.map { stream, failed in
            StreamFailure(
                stream: stream, position: failed.position, type: failed.type, error: StreamFailure.text(failed.error),
                attempts: (failures[stream]?.attempts ?? 0) + 1)
        }.sorted { $0.position < $1.position }
    }

    /// The parked events of a stream with the keys of their rows.
    ///
    /// - Throws: ``FailedEvent`` for one that cannot tell.
    private func parkedKeys(of stream: StreamName, _ log: any EventLog) async throws -> [(position: Position, keys: [String])] {
        let probe = projection.makeKeyProbe()
        var found: [(position: Position, keys: [String])] = []
        try await log.scan(at: try await store.parkedEvents(of: stream, in: generation)) { event in
            do { found.append((event.position, try probe(event))) } catch {
                throw FailedEvent(stream: stream, position: event.position, type: event.type, error: error)
            }
        }
        return found
    }

    private func rewrites(
        adding events: some Sequence<(position: Position, keys: [String])>, from log: any EventLog
    ) async throws -> [RowRewrite] {
        var added: [RowKey: Set<Position>] = [:]
        for event in events { for key in event.keys { added[RowKey(text: key), default: []].insert(event.position) } }
        var rewrites: [RowRewrite] = []
        for (key, positions) in added {
            try Task.checkCancellation()
            let touches = positions.union(try await store.touches(of: key.text, in: generation, until: .max)).sorted()
            var replay = try projection.makeReplay(of: key.text, from: nil)
            try await log.scan(at: touches) { try replay.take($0) }
            let row = try replay.wholeRow()
            rewrites.append(
                RowRewrite(key: key.text, touches: touches, body: row.body, snapshots: row.snapshots, entries: row.entries))
        }
        return rewrites
    }
}

/// How long a failing projection is given to heal by itself.
public struct Patience: Sendable {
    /// Before each further try of an event.
    let pauses: [Duration]
    let wait: @Sendable (Duration) async throws -> Void

    public init(pauses: [Duration], wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }) {
        self.pauses = pauses
        self.wait = wait
    }

    /// Three further tries within a second.
    public static let standard = Patience(pauses: [.milliseconds(20), .milliseconds(150), .milliseconds(800)])
}

extension StreamFailure {
    init(_ failed: FailedEvent, attempts: Int) {
        self.init(
            stream: failed.stream, position: failed.position, type: failed.type, error: Self.text(failed.error), attempts: attempts)
    }

    /// What an error says of itself; one that says nothing by its type, since a description made from its values might hold any.
    static func text(_ error: any Error) -> String {
        (error as? any Error & CustomStringConvertible)?.description ?? String(reflecting: Swift.type(of: error))
    }
}
