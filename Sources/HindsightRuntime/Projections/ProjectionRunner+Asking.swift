public import HindsightCore

// Questions as of a position that the log has reached: they are answered once the read model has come that far, or refused if it cannot.

extension ProjectionRunner {
    /// See `ProjectionReader.rows(of:_:at:)`.
    public nonisolated func rows(of name: String, _ selection: RowSelection = .all(), at position: Position) async throws -> [StoredRow] {
        try await require(name, through: position)
        return try await reader.rows(of: name, selection, at: position)
    }

    /// See `ProjectionReader.row(_:of:at:)`.
    public nonisolated func row(_ key: String, of name: String, at position: Position) async throws -> StoredRow? {
        try await require(name, through: position)
        return try await reader.row(key, of: name, at: position)
    }

    /// See `ProjectionReader.row(_:of:at:occurredBy:)`.
    public nonisolated func row(
        _ key: String, of name: String, at position: Position, occurredBy instant: Timestamp
    ) async throws -> StoredRow? {
        try await require(name, through: position)
        return try await reader.row(key, of: name, at: position, occurredBy: instant)
    }

    /// See `ProjectionReader.history(of:in:until:limit:)`.
    public nonisolated func history(
        of key: String, in name: String, until position: Position, limit: Int = 1_000
    ) async throws -> RowHistory {
        try await require(name, through: position)
        return try await reader.history(of: key, in: name, until: position, limit: limit)
    }

    /// See `ProjectionReader.digest(of:at:)`; as of the log's head for `nil`.
    public nonisolated func digest(of name: String, at position: Position? = nil) async throws -> ProjectionDigest {
        let reached: Position
        if let position { reached = position } else { reached = try await head() }
        try await require(name, through: reached)
        return try await reader.digest(of: name, at: reached)
    }
}
