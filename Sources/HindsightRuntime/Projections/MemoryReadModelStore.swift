public import HindsightCore
import Synchronization

/// Read models in memory: for tests and examples.
public actor MemoryReadModelStore: ReadModelStore {
    private struct Row {
        var body: [UInt8]?
        var touches: [Position] = []
        var snapshots: [RowSnapshot] = []
        var spans: [EntrySpan] = []

        var since: Position { touches.last ?? 0 }

        mutating func close(_ entry: IndexEntry, at position: Position) {
            for index in spans.indices where spans[index].entry == entry && spans[index].until == nil {
                spans[index] = EntrySpan(entry: entry, since: spans[index].since, until: position)
            }
        }

        func holds(_ entry: IndexEntry, at position: Position) -> Bool {
            spans.contains { $0.entry == entry && $0.since <= position && position < $0.until ?? .max }
        }
    }

    private struct Contents {
        let projection: String
        let code: ProjectionCode
        let order: RebuildOrder?
        var status = StoredGeneration.Status.building
        var checkpoint = Checkpoint.start
        var rows: [RowKey: Row] = [:]
        var parked: [StreamName: [Position]] = [:]
        var failures: [StreamName: StreamFailure] = [:]
    }

    private var generations: [Int: Contents] = [:]
    private let claims = Mutex<Set<String>>([])
    private var lastNumber = 0

    public init() {}

    // MARK: - Generations

    public func generations(of projection: String) -> [StoredGeneration] {
        generations.filter { $0.value.projection == projection }.sorted { $0.key < $1.key }.map { number, contents in
            StoredGeneration(
                generation: Generation(projection: projection, number: number, code: contents.code), status: contents.status,
                checkpoint: contents.checkpoint, order: contents.order)
        }
    }

    public func serving(of projection: String) -> Generation? {
        generations(of: projection).first { $0.status == .serving }?.generation
    }

    public func claimBuilding(of projection: String) -> BuildingClaim? {
        guard claims.withLock({ $0.insert(projection).inserted }) else { return nil }
        return BuildingClaim { self.claims.withLock { _ = $0.remove(projection) } }
    }

    public func makeGeneration(of projection: String, code: ProjectionCode, order: RebuildOrder?) -> Generation {
        lastNumber += 1
        generations[lastNumber] = Contents(projection: projection, code: code, order: order)
        return Generation(projection: projection, number: lastNumber, code: code)
    }

    public func serve(_ generation: Generation) throws(ReadModelError) {
        guard let contents = generations[generation.number] else { throw .overtaken }
        guard contents.status != .serving else { return }
        for (number, contents) in generations where contents.projection == generation.projection && number != generation.number {
            switch contents.status {
            case .serving: generations[number]?.status = .retired
            case .retired: generations[number] = nil
            case .building: break
            }
        }
        generations[generation.number]?.status = .serving
    }

    public func drop(_ generation: Generation) {
        if generations[generation.number]?.status != .serving { generations[generation.number] = nil }
    }

    private func contents(of generation: Generation) throws(ReadModelError) -> Contents {
        guard let contents = generations[generation.number] else { throw .overtaken }
        return contents
    }

    // MARK: - Writing

    public func checkpoint(of generation: Generation) throws(ReadModelError) -> Checkpoint { try contents(of: generation).checkpoint }

    public func commit(
        _ batch: RowBatch, to generation: Generation, from previous: Checkpoint
    ) throws(ReadModelError) -> Checkpoint {
        guard var contents = generations.removeValue(forKey: generation.number) else { throw .overtaken }
        defer { generations[generation.number] = contents }
        guard contents.checkpoint == previous else { throw .overtaken }
        for update in batch.updates {
            var row = contents.rows.removeValue(forKey: RowKey(text: update.key)) ?? Row()
            row.body = update.body
            row.touches += update.touches
            row.snapshots += update.snapshots
            for closed in update.closed { row.close(closed.entry, at: closed.until) }
            row.spans += update.passed + update.opened
            contents.rows[RowKey(text: update.key)] = row
        }
        for rewrite in batch.rewrites {
            contents.rows[RowKey(text: rewrite.key)] = Row(
                body: rewrite.body, touches: rewrite.touches, snapshots: rewrite.snapshots, spans: rewrite.entries)
        }
        for parked in batch.parked { contents.parked[parked.stream, default: []].append(parked.position) }
        for failure in batch.failures { contents.failures[failure.stream] = failure }
        for stream in batch.resumed { (contents.parked[stream], contents.failures[stream]) = (nil, nil) }
        contents.checkpoint = Checkpoint(position: batch.checkpoint, revision: previous.revision + (batch.revises ? 1 : 0))
        return contents.checkpoint
    }

    public func current(_ keys: [String], of generation: Generation) throws(ReadModelError) -> [CurrentRow?] {
        let rows = try contents(of: generation).rows
        return keys.map { key in rows[RowKey(text: key)].map { CurrentRow(body: $0.body, touches: $0.touches.count) } }
    }

    // MARK: - Reading

    public func rows(of generation: Generation, _ selection: RowSelection, at position: Position?) throws(ReadModelError) -> RowPage {
        let contents = try contents(of: generation)
        let entry = selection.entry ?? .existence
        let keys = contents.rows.keys.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
        var found: [RowTrail] = []
        for key in keys where selection.after.map({ $0.utf8.lexicographicallyPrecedes(key.text.utf8) }) ?? true {
            guard found.count < selection.limit else { break }
            guard let row = contents.rows[key], row.holds(entry, at: position ?? .max - 1) else { continue }
            if let trail = trail(of: row, key, at: position ?? .max, contents.checkpoint.revision) { found.append(trail) }
        }
        return RowPage(rows: found, checkpoint: contents.checkpoint.position)
    }

    public func row(_ key: String, of generation: Generation, at position: Position?) throws(ReadModelError) -> RowTrail? {
        let contents = try contents(of: generation)
        return contents.rows[RowKey(text: key)].flatMap {
            trail(of: $0, RowKey(text: key), at: position ?? .max, contents.checkpoint.revision)
        }
    }

    private func trail(of row: Row, _ key: RowKey, at position: Position, _ revision: Int64) -> RowTrail? {
        if row.since <= position {
            return RowTrail(key: key.text, base: RowSnapshot(position: row.since, body: row.body), touches: [], revision: revision)
        }
        let base = row.snapshots.last { $0.position <= position }
        let touches = row.touches.filter { $0 <= position && $0 > base?.position ?? 0 }
        return base == nil && touches.isEmpty ? nil : RowTrail(key: key.text, base: base, touches: touches, revision: revision)
    }

    public func count(of generation: Generation, with entry: IndexEntry) throws(ReadModelError) -> Int {
        try contents(of: generation).rows.values.count { $0.holds(entry, at: .max - 1) }
    }

    public func touches(of key: String, in generation: Generation, until position: Position) throws(ReadModelError) -> [Position] {
        try contents(of: generation).rows[RowKey(text: key)]?.touches.filter { $0 <= position } ?? []
    }

    // MARK: - Parked events

    public func failures(of generation: Generation) throws(ReadModelError) -> [StreamFailure] {
        let contents = try contents(of: generation)
        return contents.failures.values.sorted { $0.position < $1.position }.map {
            StreamFailure(
                stream: $0.stream, position: $0.position, type: $0.type, error: $0.error, attempts: $0.attempts,
                events: contents.parked[$0.stream]?.count ?? 0)
        }
    }

    public func parkedEvents(of stream: StreamName, in generation: Generation) throws(ReadModelError) -> [Position] {
        try contents(of: generation).parked[stream] ?? []
    }
}
