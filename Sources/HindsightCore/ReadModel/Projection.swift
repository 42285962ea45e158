/// Events to keyed rows, purely: storing is not its business.
///
/// Because the keys follow from the event alone, checkpoints, rebuilds, digests, rows of the past, `diff` and `why` are written once, for
/// all projections. A change event therefore carries old and new where a key depends on both.
public protocol Projection: Sendable {
    associatedtype Event: DomainEvent
    associatedtype Row: Codable & Sendable & Equatable

    var name: String { get }
    /// The version of this code: rows of another version are rebuilt.
    var version: Int { get }
    /// The fields that lists are asked by.
    var indexes: [RowIndex<Row>] { get }

    /// The keys of the rows that the event touches; none of them is empty.
    ///
    /// - Throws: What keeps it from telling: the events of that stream are parked, see `ProjectionRunner`.
    func keys(for event: Recorded<Event>) throws -> [String]

    /// Folds the event into the row of `key`; `nil` is a row that does not exist.
    ///
    /// - Throws: What keeps it from folding: the events of that stream are parked, see `ProjectionRunner`.
    func apply(_ event: Recorded<Event>, key: String, to row: inout Row?) throws
}

extension Projection {
    public var indexes: [RowIndex<Row>] { [] }
}

/// A declared index: rows are found by any of the values.
public struct RowIndex<Row>: Sendable {
    public let name: String
    public let values: @Sendable (Row) -> [String]

    public init(_ name: String, values: @escaping @Sendable (Row) -> [String]) {
        self.name = name
        self.values = values
    }
}
