public import HindsightCore
import Crypto

/// How a projection stands.
public struct ProjectionStatus: Sendable, Equatable, Codable {
    public enum Condition: String, Sendable, Codable {
        case current
        case catchingUp = "catching-up"
        case failed
    }

    public let name: String
    public let version: Int
    public let position: Position
    public let head: Position
    /// Positions between `position` and `head`.
    public let lag: Int64
    public let status: Condition
    /// What stopped it, with the position of the event.
    public let error: String?

    public init(name: String, version: Int, position: Position, head: Position, status: Condition, error: String?) {
        self.name = name
        self.version = version
        self.position = position
        self.head = head
        self.lag = head - position
        self.status = status
        self.error = error
    }
}

/// The content hash of a read model: equal after any rebuild from the same log.
public struct ProjectionDigest: Sendable, Equatable, Codable {
    public let name: String
    public let version: Int
    public let position: Position
    /// Lower-case hexadecimal SHA-256 over keys and rows in the byte order of the keys; name, version and position are not part of it.
    public let digest: String
}

/// Brings read models up to date with the log, all over one read of it.
public actor ProjectionRunner {
    private struct Running {
        var fold: any AnyProjectionFold
        var generation: Generation
        /// As stored; events that change no row don't move it alone.
        var checkpoint: Position
        var position: Position
        var error: String?
    }

    private let log: any EventLog
    private let store: any ReadModelStore
    private let folds: [any AnyProjectionFold]
    private var running: [String: Running] = [:]
    private let pageSize = 1_000
    private var isCatchingUp = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    public init(_ projections: [any Projection], log: any EventLog, store: any ReadModelStore) {
        self.log = log
        self.store = store
        folds = projections.map { Self.fold($0) }
    }

    private static func fold(_ projection: some Projection) -> any AnyProjectionFold { ProjectionFold(projection) }

    public var names: [String] { folds.map(\.name).sorted() }

    // MARK: - Catching up

    /// Reads the log to its head.
    ///
    /// - Parameter progress: Called after each page with the position reached and the head.
    public func catchUp(progress: (@Sendable (Position, Position) -> Void)? = nil) async throws {
        // One pass at a time: two would fold the same page over the same rows.
        while isCatchingUp { await withCheckedContinuation { waiters.append($0) } }
        isCatchingUp = true
        defer {
            isCatchingUp = false
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
        try await prepare()
        while true {
            do {
                return try await readToHead(progress)
            } catch ReadModelError.overtaken {
                // Another process stored the same rows first: go on from where it is.
                running = [:]
                try await prepare()
            }
        }
    }

    private func prepare() async throws {
        for fold in folds where running[fold.name] == nil {
            if let generation = try await store.activeGeneration(of: fold.name), generation.version == fold.version {
                let checkpoint = try await store.checkpoint(of: generation)
                running[fold.name] = Running(fold: fold, generation: generation, checkpoint: checkpoint, position: checkpoint)
            } else {
                let generation = try await store.makeGeneration(of: fold.name, version: fold.version)
                try await store.activate(generation)
                running[fold.name] = Running(fold: fold, generation: generation, checkpoint: 0, position: 0)
            }
        }
    }

    private func readToHead(_ progress: (@Sendable (Position, Position) -> Void)?) async throws {
        let head = try await log.head().position
        // A log that was replaced by an older one: what was read is not its history.
        for (name, projection) in running where projection.position > head {
            throw ReadModelError.damaged(reason: "\(name) has read to \(projection.position), the log ends at \(head)")
        }
        while let from = running.values.filter({ $0.error == nil }).map(\.position).min(), from < head {
            try Task.checkCancellation()
            let (page, last) = try await nextPage(after: from, until: head)
            for name in running.keys.sorted() {
                guard var projection = running.removeValue(forKey: name) else { continue }
                do {
                    try await advance(&projection, over: page, to: last)
                } catch ReadModelError.overtaken {
                    throw ReadModelError.overtaken
                } catch let error as UnreadableEvent {
                    projection.fold.reset()
                    projection.error = "\(error)"
                }
                running[name] = projection
            }
            progress?(last, head)
        }
    }

    /// The next events that any projection wants, and how far they cover the log: what nobody wants is passed over without a copy.
    private func nextPage(after from: Position, until head: Position) async throws -> (events: [RecordedEvent], last: Position) {
        struct PageIsFull: Error {}
        let types = Set(running.values.flatMap(\.fold.types))
        var page: [RecordedEvent] = []
        var (last, passed, bytes) = (from, 0, 0)
        do {
            try await log.scan(EventSelection(after: from, until: head, limit: pageSize)) { event in
                (last, passed) = (event.position, passed + 1)
                if types.contains(event.type) {
                    page.append(try event.copy())
                    bytes += (event.data?.count ?? 0) + event.metadata.count
                }
                if page.count == pageSize || passed == pageSize * 10 || bytes >= Limits.pageBytes { throw PageIsFull() }
            }
            last = head
        } catch is PageIsFull {
            // The next page goes on from here.
        }
        return (page, last)
    }

    private func advance(_ projection: inout Running, over page: [RecordedEvent], to last: Position) async throws {
        guard projection.error == nil else { return }
        let types = Set(projection.fold.types)
        for event in page where event.position > projection.position && types.contains(event.type) {
            try await projection.fold.fold(event, over: store, projection.generation)
        }
        guard last > projection.position else { return }
        projection.position = last
        // A checkpoint that passed only events of others needs no commit of its own every time.
        guard projection.fold.hasChanges || last - projection.checkpoint >= Int64(pageSize) else { return }
        let changes = try projection.fold.takeChanges()
        try await store.commit(changes, to: projection.generation, from: projection.checkpoint, checkpoint: last)
        projection.checkpoint = last
    }

    // MARK: - Operating

    public func status() async throws -> [ProjectionStatus] {
        try await prepare()
        let head = try await log.head().position
        return running.values.sorted { $0.fold.name < $1.fold.name }.map { projection in
            ProjectionStatus(
                name: projection.fold.name, version: projection.fold.version, position: projection.position, head: head,
                status: projection.error != nil ? .failed : projection.position < head ? .catchingUp : .current, error: projection.error)
        }
    }

    /// Folds the whole log into a new generation beside the active one, then lets the new one serve.
    public func rebuild(_ name: String, progress: (@Sendable (Position, Position) -> Void)? = nil) async throws {
        try requireKnown(name)
        let shadow = ProjectionRunner(folds: folds.filter { $0.name == name }, log: log, store: store)
        let generation = try await shadow.fill(name, progress: progress)
        try await store.activate(generation)
        running[name] = nil
        try await catchUp()
    }

    private init(folds: [any AnyProjectionFold], log: any EventLog, store: any ReadModelStore) {
        self.log = log
        self.store = store
        self.folds = folds
    }

    private func fill(_ name: String, progress: (@Sendable (Position, Position) -> Void)?) async throws -> Generation {
        let fold = folds[0]
        let generation = try await store.makeGeneration(of: name, version: fold.version)
        running[name] = Running(fold: fold, generation: generation, checkpoint: 0, position: 0)
        try await readToHead(progress)
        if let error = running[name]?.error { throw ReadModelError.unavailable(reason: "rebuild of \(name) stopped: \(error)") }
        return generation
    }

    /// The content hash of the rows as of `position`, or of now.
    public func digest(of name: String, at position: Position? = nil) async throws -> ProjectionDigest {
        try requireKnown(name)
        try await catchUp()
        guard let projection = running[name] else { throw ReadModelError.unknownProjection(name) }
        var hash = SHA256()
        for row in try await store.rows(of: projection.generation, .all(), at: position) {
            for part in [Array(row.key.utf8), row.body ?? []] {
                withUnsafeBytes(of: Int64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
                hash.update(data: part)
            }
        }
        return ProjectionDigest(
            name: name, version: projection.fold.version, position: position ?? projection.position,
            digest: hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
    }

    /// Rows as they are stored, in the byte order of their keys.
    public func rows(of name: String, _ selection: RowSelection = .all(), at position: Position? = nil) async throws -> [StoredRow] {
        try requireKnown(name)
        try await catchUp()
        guard let generation = running[name]?.generation else { return [] }
        return try await store.rows(of: generation, selection, at: position)
    }

    /// One row as it is stored, as of `position`, or of now.
    public func row(_ key: String, of name: String, at position: Position? = nil) async throws -> StoredRow? {
        try requireKnown(name)
        try await catchUp()
        guard let generation = running[name]?.generation else { return nil }
        return try await store.row(key, of: generation, at: position)
    }

    /// How many rows there are now with the entry, as far as the log has been read.
    public func count(of name: String, with entry: IndexEntry) async throws -> Int {
        try requireKnown(name)
        try await prepare()
        guard let generation = running[name]?.generation else { return 0 }
        return try await store.count(of: generation, with: entry)
    }

    /// The declared indexes by which rows can be found.
    public func indexes(of name: String) throws -> [String] {
        try requireKnown(name)
        return folds.first { $0.name == name }?.indexes.sorted() ?? []
    }

    /// Every state of one row, oldest first.
    public func history(of key: String, in name: String) async throws -> [StoredRow] {
        try requireKnown(name)
        try await catchUp()
        guard let generation = running[name]?.generation else { return [] }
        return try await store.history(of: key, in: generation)
    }

    private func requireKnown(_ name: String) throws {
        guard folds.contains(where: { $0.name == name }) else { throw ReadModelError.unknownProjection(name) }
    }
}
