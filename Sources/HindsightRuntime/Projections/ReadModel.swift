public import HindsightCore

/// Typed reads of one projection.
public struct ReadModel<P: Projection>: Sendable {
    public let projection: P
    private let reader: ProjectionReader

    public init(_ projection: P, of reader: ProjectionReader) {
        self.projection = projection
        self.reader = reader
    }

    public func row(_ key: String, at position: Position? = nil) async throws -> P.Row? {
        guard let body = try await reader.row(key, of: projection.name, at: position)?.body else { return nil }
        return try JSON.decode(P.Row.self, from: body)
    }

    public func rows(_ selection: RowSelection = .all(), at position: Position? = nil) async throws -> [(key: String, row: P.Row)] {
        try await reader.rows(of: projection.name, selection, at: position).compactMap { stored in
            try stored.body.map { (stored.key, try JSON.decode(P.Row.self, from: $0)) }
        }
    }
}
