/// Keeps the rows of projections: disposable, one set per node, rebuilt from the log at any moment.
///
/// Every row keeps the interval of positions in which it held, so the past is read by the same calls. Rows and checkpoint are stored in
/// one transaction.
public protocol ReadModelStore: Sendable {
    /// The generation that serves reads; `nil` before the first is activated.
    func activeGeneration(of projection: String) async throws(ReadModelError) -> Generation?

    /// Starts an empty generation beside the active one.
    func makeGeneration(of projection: String, version: Int) async throws(ReadModelError) -> Generation

    /// Lets the generation serve reads from now on, and drops all others of its projection, in one transaction.
    func activate(_ generation: Generation) async throws(ReadModelError)

    /// How far the generation has read the log.
    func checkpoint(of generation: Generation) async throws(ReadModelError) -> Position

    /// Stores the changes, in order, and the checkpoint, together.
    ///
    /// - Parameter previous: The checkpoint that the changes were folded from.
    /// - Throws: `.overtaken` if another process has moved the checkpoint since.
    func commit(
        _ changes: [RowChange], to generation: Generation, from previous: Position, checkpoint: Position
    ) async throws(ReadModelError)

    /// The row of `key` as of `position`; as of now for `nil`.
    func row(_ key: String, of generation: Generation, at position: Position?) async throws(ReadModelError) -> StoredRow?

    /// Rows in the byte order of their keys, as of `position`; as of now for `nil`.
    func rows(of generation: Generation, _ selection: RowSelection, at position: Position?) async throws(ReadModelError) -> [StoredRow]

    /// How many rows there are now with the entry in a declared index, without reading them.
    func count(of generation: Generation, with entry: IndexEntry) async throws(ReadModelError) -> Int

    /// Every state the row has had, oldest first.
    func history(of key: String, in generation: Generation) async throws(ReadModelError) -> [StoredRow]
}

/// One set of rows of a projection.
public struct Generation: Sendable, Hashable {
    public let projection: String
    public let number: Int
    /// Of the projection's code that filled it.
    public let version: Int

    public init(projection: String, number: Int, version: Int) {
        self.projection = projection
        self.number = number
        self.version = version
    }
}

/// A row as the event at `position` left it.
public struct RowChange: Sendable, Hashable {
    public let key: String
    /// JSON with sorted keys; `nil` deletes the row.
    public let body: [UInt8]?
    /// Index name and value, for each value of each declared index.
    public let indexEntries: [IndexEntry]
    public let position: Position

    public init(key: String, body: [UInt8]?, indexEntries: [IndexEntry], position: Position) {
        self.key = key
        self.body = body
        self.indexEntries = indexEntries
        self.position = position
    }
}

public struct IndexEntry: Sendable, Hashable {
    public let index: String
    public let value: String

    public init(index: String, value: String) {
        self.index = index
        self.value = value
    }
}

public struct StoredRow: Sendable, Hashable {
    public let key: String
    /// `nil` in a history: the row did not exist in this interval.
    public let body: [UInt8]?
    /// The position of the event that led to this state.
    public let from: Position
    /// The position of the event that ended it; `nil` while it holds.
    public let until: Position?

    public init(key: String, body: [UInt8]?, from: Position, until: Position?) {
        self.key = key
        self.body = body
        self.from = from
        self.until = until
    }
}

/// Which rows a list wants.
public struct RowSelection: Sendable, Hashable {
    /// Rows with this value in a declared index; all rows for `nil`.
    public var entry: IndexEntry?
    /// Exclusive: the last key of the page before.
    public var after: String?
    public var limit: Int

    public init(entry: IndexEntry? = nil, after: String? = nil, limit: Int = 100) {
        self.entry = entry
        self.after = after
        self.limit = limit
    }

    public static func all(limit: Int = .max) -> RowSelection { RowSelection(limit: limit) }
    public static func with(_ index: String, _ value: String, limit: Int = .max) -> RowSelection {
        RowSelection(entry: IndexEntry(index: index, value: value), limit: limit)
    }
}

/// Why read models could not be used. They are disposable: when in doubt, delete the folder and rebuild.
public enum ReadModelError: Error, Sendable, Equatable, CustomStringConvertible {
    case unavailable(reason: String)
    case damaged(reason: String)
    case unknownProjection(String)
    /// Another process has brought this generation further: read the checkpoint again.
    case overtaken

    public var description: String {
        switch self {
        case .unavailable(let reason): "read models: \(reason)"
        case .damaged(let reason): "the read models are damaged (\(reason)): delete the read-models folder, it is rebuilt from the log"
        case .overtaken: "another process is bringing the read models up to date: try again"
        case .unknownProjection(let name): "there is no projection \(name): `hindsight projections list` names them"
        }
    }
}

/// Typed reads of one projection.
public struct ReadModel<P: Projection>: Sendable {
    public let projection: P
    private let store: any ReadModelStore

    public init(_ projection: P, in store: any ReadModelStore) {
        self.projection = projection
        self.store = store
    }

    public func row(_ key: String, at position: Position? = nil) async throws -> P.Row? {
        guard let generation = try await store.activeGeneration(of: projection.name),
            let body = try await store.row(key, of: generation, at: position)?.body
        else { return nil }
        return try JSON.decode(P.Row.self, from: body)
    }

    public func rows(_ selection: RowSelection = .all(), at position: Position? = nil) async throws -> [(key: String, row: P.Row)] {
        guard let generation = try await store.activeGeneration(of: projection.name) else { return [] }
        return try await store.rows(of: generation, selection, at: position).compactMap { stored in
            try stored.body.map { (stored.key, try JSON.decode(P.Row.self, from: $0)) }
        }
    }
}
