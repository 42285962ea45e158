import HTTPTypes
import Hummingbird

/// Who makes a request: by its token where the server has keys, anybody where it has none.
struct Authentication: Sendable {
    /// `nil` for a server without keys.
    private let verifier: TokenVerifier?

    init(_ verifier: TokenVerifier?) { self.verifier = verifier }

    /// - Returns: `nil` for a request without a token.
    /// - Throws: `unauthenticated` for a token that is not good, whatever is asked for.
    func caller(of request: Request) async throws(Problem) -> Caller? {
        guard let verifier else { return .local }
        let values = request.headers[values: .authorization]
        guard let value = values.first else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard values.count == 1, parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Problem(.unauthenticated, "Authorization: must be Bearer and one token", field: "Authorization")
        }
        do {
            return try await verifier.verify(String(parts[1]))
        } catch {
            throw Problem(.unauthenticated, "Authorization: \(error)", field: "Authorization")
        }
    }
}
