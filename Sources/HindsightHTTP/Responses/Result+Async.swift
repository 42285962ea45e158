extension Result where Failure == any Error {
    /// What becomes of the work, to be looked at later.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
