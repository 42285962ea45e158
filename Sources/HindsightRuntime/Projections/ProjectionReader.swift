public import HindsightCore
import Crypto
import Synchronization

/// Asks read models: now, and as of any position.
///
/// A row of the past is folded from the nearest state that was kept and the few events after it; what was folded once is kept at hand for
/// the next one who looks. Nothing here writes, so those who look into the past don't disturb those who follow the log.
public struct ProjectionReader: Sendable {
    let projections: [String: any AnyProjection]
    let log: any EventLog
    let store: any ReadModelStore
    private let cache = PastRows()
    private var pinned: Generation?

    private static let mostOccurrences = 100_000

    init(_ projections: [any AnyProjection], log: any EventLog, store: any ReadModelStore) {
        self.projections = Dictionary(uniqueKeysWithValues: projections.map { ($0.name, $0) })
        self.log = log
        self.store = store
    }

    func projection(_ name: String) throws(ReadModelError) -> any AnyProjection {
        guard let projection = projections[name] else { throw .unknownProjection(name) }
        return projection
    }

    /// The declared indexes by which rows can be found.
    public func indexes(of name: String) throws(ReadModelError) -> [String] { try projection(name).indexes }

    /// The generation that serves; `nil` before the first has been made.
    func serving(_ name: String) async throws(ReadModelError) -> Generation? {
        let code = try projection(name).code
        let serving = try await store.serving(of: name)
        return serving?.code == code ? serving : nil
    }

    // MARK: - Rows

    /// Rows in the byte order of their keys, as of `position`, or of the checkpoint.
    ///
    /// - Throws: `ReadModelError.unknownProjection`; trouble with log or store.
    public func rows(of name: String, _ selection: RowSelection = .all(), at position: Position? = nil) async throws -> [StoredRow] {
        try await asking(name) { projection, generation in
            try await rows(of: generation, projection, selection, at: position)
        } ?? []
    }

    func rows(
        of generation: Generation, _ projection: any AnyProjection, _ selection: RowSelection, at position: Position?
    ) async throws -> [StoredRow] {
        let page = try await store.rows(of: generation, selection, at: position)
        return try await states(of: page.rows, generation, projection)
    }

    /// One row as of `position`, or of the checkpoint; `nil` if there was none.
    public func row(_ key: String, of name: String, at position: Position? = nil) async throws -> StoredRow? {
        try await asking(name) { projection, generation in try await row(key, of: generation, projection, at: position) } ?? nil
    }

    func row(_ key: String, of generation: Generation, _ projection: any AnyProjection, at position: Position?) async throws -> StoredRow? {
        guard let trail = try await store.row(key, of: generation, at: position) else { return nil }
        return try await states(of: [trail], generation, projection).first { $0.body != nil }
    }

    /// How many rows there are now with the entry, as far as the log has been read.
    public func count(of name: String, with entry: IndexEntry) async throws -> Int {
        try await asking(name) { _, generation in try await store.count(of: generation, with: entry) } ?? 0
    }

    /// What a row would be if only what had happened by `instant` counted, as far as it was recorded by `position`.
    ///
    /// Late facts stand where they belong: events are folded in the order in which they happened.
    public func row(_ key: String, of name: String, at position: Position, occurredBy instant: Timestamp) async throws -> StoredRow? {
        try await asking(name) { projection, generation -> StoredRow? in
            let touches = try await store.touches(of: key, in: generation, until: position)
            // They are all at hand while they are put in order.
            guard touches.count <= Self.mostOccurrences else {
                throw ReadModelError.tooManyEvents(touches.count, limit: Self.mostOccurrences)
            }
            var replay = try projection.makeReplay(of: key, from: nil)
            try await log.scan(at: touches) { try replay.take($0) }
            let (body, last) = try replay.state(occurredBy: instant)
            return body.map { StoredRow(key: key, body: $0, from: last) }
        } ?? nil
    }

    func row(
        _ key: String, of generation: Generation, _ projection: any AnyProjection, at position: Position, occurredBy instant: Timestamp
    ) async throws -> StoredRow? {
        let touches = try await store.touches(of: key, in: generation, until: position)
        var replay = try projection.makeReplay(of: key, from: nil)
        try await log.scan(at: touches) { try replay.take($0) }
        let (body, last) = try replay.state(occurredBy: instant)
        return body.map { StoredRow(key: key, body: $0, from: last) }
    }

    /// The states of one row up to `position`, oldest first: one for each event that concerned it.
    ///
    /// - Parameter limit: Only the newest ones, and the one before them.
    public func history(
        of key: String, in name: String, until position: Position = .max, limit: Int = 1_000
    ) async throws -> RowHistory {
        let history = try await asking(name) { projection, generation in
            try await self.history(of: key, in: generation, projection, until: position, limit: limit)
        }
        return history ?? RowHistory(states: [], before: nil, isComplete: true)
    }

    func history(
        of key: String, in generation: Generation, _ projection: any AnyProjection, until position: Position, limit: Int
    ) async throws -> RowHistory {
        let touches = try await store.touches(of: key, in: generation, until: position)
        let wanted = Array(touches.suffix(limit))
        var before: StoredRow?
        if let first = wanted.first, wanted.count < touches.count,
            let trail = try await store.row(key, of: generation, at: first - 1)
        {
            before = try await states(of: [trail], generation, projection).first
        }
        var replay = try projection.makeReplay(of: key, from: before?.body)
        try await log.scan(at: wanted) { try replay.take($0) }
        let states = try replay.states().map { StoredRow(key: key, body: $0.body, from: $0.position) }
        return RowHistory(states: states, before: before, isComplete: wanted.count == touches.count)
    }

    /// The content hash of the rows as of `position`.
    public func digest(of name: String, at position: Position) async throws -> ProjectionDigest {
        let digest = try await asking(name) { projection, generation in
            try await self.digest(of: generation, projection, at: position)
        }
        guard let digest else {
            throw ReadModelError.behind(projection: name, position: 0, wanted: position, reason: "it was never folded")
        }
        return digest
    }

    func digest(of generation: Generation, _ projection: any AnyProjection, at position: Position) async throws -> ProjectionDigest {
        var hash = RowHash()
        try await forEachRow(of: generation, projection, at: position) { hash.add($0) }
        return ProjectionDigest(name: projection.name, version: projection.code.version, position: position, digest: hash.finish())
    }

    func forEachRow(
        of generation: Generation, _ projection: any AnyProjection, at position: Position, _ body: (StoredRow) throws -> Void
    ) async throws {
        var selection = RowSelection(limit: 1_000)
        while true {
            try Task.checkCancellation()
            // Whoever walks through everything would leave nothing at hand for those who look at something.
            let page = try await store.rows(of: generation, selection, at: position)
            for row in try await states(of: page.rows, generation, projection, keeps: false) { try body(row) }
            guard page.rows.count == selection.limit, let last = page.rows.last else { return }
            selection.after = last.key
        }
    }

    // MARK: - Folding

    /// The same reader, for questions to exactly this generation: the one that somebody knows to have come far enough.
    func of(_ generation: Generation) -> ProjectionReader {
        var reader = self
        reader.pinned = generation
        return reader
    }

    /// Asks the generation that serves, and the next one if it went meanwhile.
    private func asking<Answer>(
        _ name: String, _ question: (any AnyProjection, Generation) async throws -> Answer
    ) async throws -> Answer? {
        let projection = try projection(name)
        if let pinned { return try await question(projection, pinned) }
        for _ in 0..<3 {
            guard let generation = try await serving(name) else { return nil }
            do {
                return try await question(projection, generation)
            } catch ReadModelError.overtaken {
                continue
            }
        }
        throw ReadModelError.overtaken
    }

    /// The states that trails lead to; many share one reading of the log.
    private func states(
        of trails: [RowTrail], _ generation: Generation, _ projection: any AnyProjection, keeps: Bool = true
    ) async throws -> [StoredRow] {
        var found: [StoredRow?] = []
        found.reserveCapacity(trails.count)
        var open: [Int] = []
        for (index, trail) in trails.enumerated() {
            if trail.touches.isEmpty {
                found.append(StoredRow(key: trail.key, body: trail.base?.body, from: trail.lastTouch))
            } else if let known = cache.row(of: trail, in: generation) {
                found.append(known)
            } else {
                found.append(nil)
                open.append(index)
            }
        }
        guard !open.isEmpty else { return found.compactMap(\.self) }
        var takers: [Position: [Int]] = [:]
        var replays: [Int: any AnyRowReplay] = [:]
        for index in open {
            replays[index] = try projection.makeReplay(of: trails[index].key, from: trails[index].base?.body)
            for position in trails[index].touches { takers[position, default: []].append(index) }
        }
        try await log.scan(at: takers.keys.sorted()) { event in
            for index in takers[event.position] ?? [] { try replays[index]?.take(event) }
        }
        for index in open {
            let row = StoredRow(key: trails[index].key, body: try replays[index]?.state(), from: trails[index].lastTouch)
            if keeps { cache.keep(row, of: trails[index], in: generation) }
            found[index] = row
        }
        return found.compactMap(\.self)
    }
}

/// The states of a row.
public struct RowHistory: Sendable {
    /// One for each event that concerned the row, oldest first.
    public let states: [StoredRow]
    /// The state before the first of them; `nil` if there was none.
    public let before: StoredRow?
    /// Whether they reach back to the beginning.
    public let isComplete: Bool
}

/// The content hash of a read model: equal after any rebuild from the same log.
public struct ProjectionDigest: Sendable, Equatable, Codable {
    public let name: String
    public let version: Int
    public let position: Position
    /// Lower-case hexadecimal SHA-256 over keys and rows in the byte order of the keys; name, version and position are not part of it.
    public let digest: String
}

struct RowHash {
    private var hash = SHA256()

    mutating func add(_ row: StoredRow) {
        for part in [Array(row.key.utf8), row.body ?? []] {
            withUnsafeBytes(of: Int64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
    }

    consuming func finish() -> String { Array(hash.finalize()).hexadecimal }
}

/// Rows of the past that were folded lately. A state depends on nothing but the last event that concerned the row, so it serves for every
/// instant until the next one.
private final class PastRows: Sendable {
    private struct Place: Hashable {
        let generation: Int
        let revision: Int64
        let key: RowKey
        let position: Position

        init(_ trail: RowTrail, _ generation: Generation) {
            self.generation = generation.number
            revision = trail.revision
            key = RowKey(text: trail.key)
            position = trail.lastTouch
        }
    }

    private struct Contents {
        /// Those of the older half go first.
        var young: [Place: StoredRow] = [:]
        var old: [Place: StoredRow] = [:]
        var youngBytes = 0
    }

    private let contents = Mutex(Contents())
    /// Of bodies, in each half.
    private static let bytes = 8 << 20

    func row(of trail: RowTrail, in generation: Generation) -> StoredRow? {
        let place = Place(trail, generation)
        return contents.withLock { contents in
            if let row = contents.young[place] { return row }
            guard let row = contents.old[place] else { return nil }
            Self.keep(row, at: place, in: &contents)
            return row
        }
    }

    func keep(_ row: StoredRow, of trail: RowTrail, in generation: Generation) {
        contents.withLock { Self.keep(row, at: Place(trail, generation), in: &$0) }
    }

    private static func keep(_ row: StoredRow, at place: Place, in contents: inout Contents) {
        if contents.youngBytes >= bytes {
            contents.old = contents.young
            contents.young = [:]
            contents.youngBytes = 0
        }
        contents.young[place] = row
        contents.youngBytes += (row.body?.count ?? 0) + row.key.utf8.count + 100
    }
}
