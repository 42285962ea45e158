import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// Lets requests pass that carry the bearer token of the credentials file.
struct Authentication<Context: RequestContext>: RouterMiddleware {
    private struct Credentials: Decodable { let token: String }

    /// Digests compare in constant time, and the token itself isn't kept.
    private let expected: SHA256.Digest

    /// - Parameter credentials: A JSON file `{"token"}`.
    init(credentials: URL) throws {
        let token = try JSONDecoder().decode(Credentials.self, from: Data(contentsOf: credentials)).token
        expected = SHA256.hash(data: Data("Bearer \(token)".utf8))
    }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        guard let given = request.headers[.authorization], SHA256.hash(data: Data(given.utf8)) == expected else {
            throw APIError.unauthorized
        }
        return try await next(request, context)
    }
}
