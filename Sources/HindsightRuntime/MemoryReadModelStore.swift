public import HindsightCore

/// Read models in memory: for tests, examples and shadows that are thrown away.
public actor MemoryReadModelStore: ReadModelStore {
    private struct Contents {
        var checkpoint: Position = 0
        /// Every state of every row, oldest first.
        var rows: [String: [StoredRow]] = [:]
        /// The index entries of each state, in step with `rows`.
        var entries: [String: [[IndexEntry]]] = [:]
    }

    private var generations: [Generation: Contents] = [:]
    private var active: [String: Generation] = [:]
    private var lastNumber = 0

    public init() {}

    public func activeGeneration(of projection: String) -> Generation? { active[projection] }

    public func makeGeneration(of projection: String, version: Int) -> Generation {
        lastNumber += 1
        let generation = Generation(projection: projection, number: lastNumber, version: version)
        generations[generation] = Contents()
        return generation
    }

    public func activate(_ generation: Generation) {
        active[generation.projection] = generation
        generations = generations.filter { $0.key == generation || $0.key.projection != generation.projection }
    }

    public func checkpoint(of generation: Generation) -> Position { generations[generation]?.checkpoint ?? 0 }

    public func commit(
        _ changes: [RowChange], to generation: Generation, from previous: Position, checkpoint: Position
    ) throws(ReadModelError) {
        guard var contents = generations.removeValue(forKey: generation) else { throw .unknownProjection(generation.projection) }
        defer { generations[generation] = contents }
        guard contents.checkpoint == previous else { throw .overtaken }
        for change in changes {
            var states = contents.rows.removeValue(forKey: change.key) ?? []
            if let last = states.popLast() {
                states.append(StoredRow(key: last.key, body: last.body, from: last.from, until: change.position))
            }
            states.append(StoredRow(key: change.key, body: change.body, from: change.position, until: nil))
            contents.rows[change.key] = states
            contents.entries[change.key, default: []].append(change.indexEntries)
        }
        contents.checkpoint = checkpoint
    }

    public func row(_ key: String, of generation: Generation, at position: Position?) -> StoredRow? {
        generations[generation]?.rows[key]?.last { $0.from <= position ?? .max }.flatMap { $0.body == nil ? nil : $0 }
    }

    public func rows(of generation: Generation, _ selection: RowSelection, at position: Position?) -> [StoredRow] {
        guard let contents = generations[generation] else { return [] }
        let keys = contents.rows.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var found: [StoredRow] = []
        for key in keys where selection.after.map({ $0.utf8.lexicographicallyPrecedes(key.utf8) }) ?? true {
            guard found.count < selection.limit else { break }
            let states = contents.rows[key] ?? []
            guard let index = states.lastIndex(where: { $0.from <= position ?? .max }), states[index].body != nil else { continue }
            if let entry = selection.entry, contents.entries[key]?[index].contains(entry) != true { continue }
            found.append(states[index])
        }
        return found
    }

    public func count(of generation: Generation, with entry: IndexEntry) -> Int {
        rows(of: generation, RowSelection(entry: entry, limit: .max), at: nil).count
    }

    public func history(of key: String, in generation: Generation) -> [StoredRow] { generations[generation]?.rows[key] ?? [] }
}
