import HindsightCore

/// A projection whose types are known only here: what the runner needs to treat all of them alike.
protocol AnyProjectionFold: Sendable {
    var name: String { get }
    var version: Int { get }
    var types: [EventType] { get }
    /// The names of the declared indexes.
    var indexes: [String] { get }
    var hasChanges: Bool { get }

    mutating func fold(_ recorded: RecordedEvent, over store: any ReadModelStore, _ generation: Generation) async throws

    /// The changes since the last call, in order. The rows stay at hand.
    mutating func takeChanges() throws -> [RowChange]

    /// Forgets the rows at hand: they are read from the store again.
    mutating func reset()
}

/// Folds events into the rows of one projection, and keeps the rows that it touched lately at hand.
struct ProjectionFold<P: Projection>: AnyProjectionFold {
    private struct Change: Sendable {
        let key: String
        let row: P.Row?
        let position: Position
    }

    private let projection: P
    private var rows: [String: P.Row?] = [:]
    private var changes: [Change] = []
    /// Rows kept between batches; more are dropped, oldest knowledge and all, and read again when they are needed.
    private let capacity = 20_000

    init(_ projection: P) { self.projection = projection }

    var name: String { projection.name }
    var version: Int { projection.version }
    var types: [EventType] { P.Event.codec.types }
    var indexes: [String] { projection.indexes.map(\.name) }
    var hasChanges: Bool { !changes.isEmpty }

    mutating func fold(_ recorded: RecordedEvent, over store: any ReadModelStore, _ generation: Generation) async throws {
        guard let decoded = try P.Event.codec.decode(recorded) else { return }
        let event = Recorded(decoded, from: recorded)
        for key in projection.keys(for: event) {
            var row: P.Row?
            if let known = rows[key] {
                row = known
            } else if let body = try await store.row(key, of: generation, at: nil)?.body {
                row = try JSON.decode(P.Row.self, from: body)
            }
            let before = row
            projection.apply(event, key: key, to: &row)
            rows[key] = .some(row)
            if row != before { changes.append(Change(key: key, row: row, position: recorded.position)) }
        }
    }

    mutating func takeChanges() throws -> [RowChange] {
        defer {
            changes = []
            if rows.count > capacity { rows = [:] }
        }
        return try changes.map { change in
            let entries = projection.indexes.flatMap { index in
                (change.row.map(index.values) ?? []).map { IndexEntry(index: index.name, value: $0) }
            }
            return RowChange(
                key: change.key, body: try change.row.map { try JSON.encode($0) }, indexEntries: entries, position: change.position)
        }
    }

    mutating func reset() {
        rows = [:]
        changes = []
    }
}
