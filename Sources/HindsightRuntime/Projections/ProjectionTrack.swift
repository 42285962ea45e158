import HindsightCore

/// One generation on its way along the log.
actor ProjectionTrack {
    let projection: any AnyProjection
    let generation: Generation
    private let store: any ReadModelStore
    private let patience: Patience
    private let fold: any AnyProjectionFold
    /// As stored; events that change no row don't move it alone.
    private var checkpoint: Position
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
    private var commit: Task<Void, any Error>?

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
        position = checkpoint
        read = checkpoint
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
            forget()
            throw error
        }
    }

    /// Reads the log up to `end` by itself, in long stretches, each stored while the next is folded.
    ///
    /// - Parameter progress: Called after each stretch with the position reached.
    func build(from log: any EventLog, until end: Position, stretch: Int, progress: @Sendable (Position) -> Void) async throws {
        do {
            while read < end {
                try Task.checkCancellation()
                let last = try await takeStretch(from: log, until: end, atMost: stretch)
                try await foldWaiting()
                read = last
                try await store(through: last)
                progress(last)
            }
            try await settle()
            position = read
        } catch {
            forget()
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
        var attempts = 0
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
                return
            case .needsRows(let parked): self.parked += parked
            case .stopped(let failed, let parked):
                self.parked += parked
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
        guard !changes.isEmpty || !parked.isEmpty || last - checkpoint >= Self.silentPositions else { return }
        let (parked, failures, previous) = (parked, newFailures, checkpoint)
        (self.parked, newFailures, checkpoint) = ([], [], last)
        commit = Task { [store, generation] in
            let batch = RowBatch(checkpoint: last, updates: try changes.encoded(), parked: parked, failures: failures)
            try await store.commit(batch, to: generation, from: previous)
        }
    }

    /// Waits for the commit that is on its way.
    private func settle() async throws {
        guard let commit else { return }
        self.commit = nil
        try await commit.value
    }

    private func forget() {
        fold.reset()
        commit?.cancel()
        commit = nil
        (parked, newFailures) = ([], [])
        // Whoever goes on opens a track anew.
        (position, read) = (-1, -1)
    }

    // MARK: - Resuming

    /// Folds the parked events of a stream, each row as if they had never waited: in the order of the log, among the events that came since.
    ///
    /// - Returns: Why it still cannot be done; `nil` once it is.
    func resume(_ stream: StreamName, from log: any EventLog) async throws -> StreamFailure? {
        try await settle()
        guard let known = failures[stream] else { return nil }
        let waiting = try await store.parkedEvents(of: stream, in: generation)
        var keysAtPosition: [(position: Position, keys: [String])] = []
        var rewrites: [RowRewrite] = []
        do {
            let probe = projection.makeKeyProbe()
            try await log.scan(at: waiting) { event in keysAtPosition.append((event.position, try probe(event))) }
            var added: [RowKey: [Position]] = [:]
            for (position, keys) in keysAtPosition { for key in keys { added[RowKey(text: key), default: []].append(position) } }
            for (key, positions) in added.sorted(by: { $0.key.text < $1.key.text }) {
                rewrites.append(try await rewrite(key.text, adding: positions, from: log))
            }
        } catch let error as ReadModelError {
            throw error
        } catch let error as EventLogError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            // What stands in the way now, and where: the first event that waits may have been mended, and another not.
            let position = (error as? UnreadableEvent)?.position ?? known.position
            let failure = StreamFailure(
                stream: stream, position: position, type: known.type, error: StreamFailure.text(error), attempts: known.attempts + 1,
                events: waiting.count)
            try await store.commit(RowBatch(checkpoint: checkpoint, failures: [failure]), to: generation, from: checkpoint)
            failures[stream] = failure
            return failure
        }
        let batch = RowBatch(checkpoint: checkpoint, rewrites: rewrites, resumed: [stream])
        try await store.commit(batch, to: generation, from: checkpoint)
        failures[stream] = nil
        vainRetries = 0
        // Rows at hand are no longer what is stored.
        fold.reset()
        return nil
    }

    private func rewrite(_ key: String, adding positions: [Position], from log: any EventLog) async throws -> RowRewrite {
        let touches = try await store.touches(of: key, in: generation, until: .max)
        let old = try await wholeRow(key, touches, log)
        let new = try await wholeRow(key, Array(Set(touches).union(positions)).sorted(), log)
        return RowRewrite(
            key: key, touches: new.touches, body: new.body, snapshots: new.snapshots, oldEntries: old.entries, newEntries: new.entries)
    }

    private func wholeRow(_ key: String, _ touches: [Position], _ log: any EventLog) async throws -> WholeRow {
        var replay = try projection.makeReplay(of: key, from: nil)
        try await log.scan(at: touches) { try replay.take($0) }
        return try replay.wholeRow()
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
