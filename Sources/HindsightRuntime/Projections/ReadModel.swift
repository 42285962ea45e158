public import HindsightCore

/// Typed reads of one projection.
public struct ReadModel<P: Projection>: Sendable {
    public let projection: P
    private let runner: ProjectionRunner

    /// - Parameter runner: Keeps the projection, maybe among others.
    public init(_ projection: P, of runner: ProjectionRunner) {
        self.projection = projection
        self.runner = runner
    }

    /// The row as of `position`, or of the log's head.
    public func row(_ key: String, at position: Position? = nil) async throws -> P.Row? {
        guard let body = try await runner.row(key, of: projection.name, at: try await reached(position))?.body else { return nil }
        return try JSON.decode(P.Row.self, from: body)
    }

    /// The rows as of `position`, or of the log's head.
    public func rows(_ selection: RowSelection = .all(), at position: Position? = nil) async throws -> [(key: String, row: P.Row)] {
        try await runner.rows(of: projection.name, selection, at: try await reached(position)).compactMap { stored in
            try stored.body.map { (stored.key, try JSON.decode(P.Row.self, from: $0)) }
        }
    }

    private func reached(_ position: Position?) async throws -> Position {
        if let position { return position }
        return try await runner.head()
    }
}
