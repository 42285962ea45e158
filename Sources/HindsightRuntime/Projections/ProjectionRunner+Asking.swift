public import HindsightCore

// Questions as of a position that the log has reached: they are answered once the read model has come that far, or refused if it cannot.
// The generation that has come that far is the one that is asked, whichever serves by then.

extension ProjectionRunner {
    /// See `ProjectionReader.rows(of:_:at:)`.
    public nonisolated func rows(of name: String, _ selection: RowSelection = .all(), at position: Position) async throws -> [StoredRow] {
        try await asking(name, at: position) { try await $0.rows(of: name, selection, at: position) }
    }

    /// See `ProjectionReader.row(_:of:at:)`.
    public nonisolated func row(_ key: String, of name: String, at position: Position) async throws -> StoredRow? {
        try await asking(name, at: position) { try await $0.row(key, of: name, at: position) }
    }

    /// See `ProjectionReader.row(_:of:at:occurredBy:)`.
    public nonisolated func row(
        _ key: String, of name: String, at position: Position, occurredBy instant: Timestamp
    ) async throws -> StoredRow? {
        try await asking(name, at: position) { try await $0.row(key, of: name, at: position, occurredBy: instant) }
    }

    /// See `ProjectionReader.history(of:in:until:limit:)`.
    public nonisolated func history(
        of key: String, in name: String, until position: Position, limit: Int = 1_000
    ) async throws -> RowHistory {
        try await asking(name, at: position) { try await $0.history(of: key, in: name, until: position, limit: limit) }
    }

    /// See `ProjectionReader.digest(of:at:)`; as of the log's head for `nil`.
    public nonisolated func digest(of name: String, at position: Position? = nil) async throws -> ProjectionDigest {
        let reached: Position
        if let position { reached = position } else { reached = try await head() }
        return try await asking(name, at: reached) { try await $0.digest(of: name, at: reached) }
    }

    private nonisolated func asking<Answer>(
        _ name: String, at position: Position, _ question: (ProjectionReader) async throws -> Answer
    ) async throws -> Answer {
        for _ in 0..<3 {
            do {
                return try await question(reader.of(try await require(name, through: position)))
            } catch ReadModelError.overtaken {
                // It went while it was asked: another serves by now.
                continue
            }
        }
        throw ReadModelError.overtaken
    }
}
