public import HindsightCore

/// What a verification came to.
public struct VerificationReport: Sendable, Equatable, Encodable {
    public let name: String
    public let version: Int
    public let position: Position
    public let rows: Int
    /// How many rows differ.
    public let differing: Int
    /// The first of them.
    public let differences: [RowDifference]

    public var isEqual: Bool { differing == 0 }
}

/// A row that is not as the log has it.
public struct RowDifference: Sendable, Equatable, Encodable {
    public let key: String
    /// As it is served; absent if it is missing there.
    public let served: JSONValue?
    /// As the log has it; absent if there should be none.
    public let rebuilt: JSONValue?
}

/// Compares two generations row by row, both in the byte order of their keys.
struct RowComparison {
    private let reader: ProjectionReader
    private let projection: any AnyProjection
    private let position: Position

    init(_ reader: ProjectionReader, _ projection: any AnyProjection, at position: Position) {
        self.reader = reader
        self.projection = projection
        self.position = position
    }

    func compare(_ served: Generation, with rebuilt: Generation, mostDifferences: Int) async throws -> VerificationReport {
        var (left, right) = (Rows(self, served), Rows(self, rebuilt))
        var (rows, differing, differences) = (0, 0, [RowDifference]())
        func tell(_ served: StoredRow?, _ rebuilt: StoredRow?) throws {
            differing += 1
            guard differences.count < mostDifferences else { return }
            func value(_ row: StoredRow?) throws -> JSONValue? { try row?.body.map { try JSON.decode(JSONValue.self, from: $0) } }
            differences.append(
                RowDifference(key: served?.key ?? rebuilt?.key ?? "", served: try value(served), rebuilt: try value(rebuilt)))
        }
        while true {
            let (served, rebuilt) = (try await left.first(), try await right.first())
            guard served != nil || rebuilt != nil else { break }
            if let served, let rebuilt, served.key.hasSameBytes(as: rebuilt.key) {
                if served.body != rebuilt.body { try tell(served, rebuilt) }
                rows += 1
                left.pop()
                right.pop()
            } else if let served, rebuilt.map({ served.key.utf8.lexicographicallyPrecedes($0.key.utf8) }) ?? true {
                try tell(served, nil)
                left.pop()
            } else {
                try tell(nil, rebuilt)
                rows += 1
                right.pop()
            }
        }
        return VerificationReport(
            name: projection.name, version: projection.code.version, position: position, rows: rows, differing: differing,
            differences: differences)
    }

    /// The rows of one generation, page by page.
    private struct Rows {
        private let comparison: RowComparison
        private let generation: Generation
        private var page: ArraySlice<StoredRow> = []
        private var after: String?
        private var isAtEnd = false
        private static let pageSize = 1_000

        init(_ comparison: RowComparison, _ generation: Generation) {
            self.comparison = comparison
            self.generation = generation
        }

        mutating func first() async throws -> StoredRow? {
            if page.isEmpty, !isAtEnd {
                try Task.checkCancellation()
                let rows = try await comparison.reader.rows(
                    of: generation, comparison.projection, RowSelection(after: after, limit: Self.pageSize), at: comparison.position)
                isAtEnd = rows.count < Self.pageSize
                after = rows.last?.key
                page = rows[...]
            }
            return page.first
        }

        mutating func pop() { page = page.dropFirst() }
    }
}
