import Foundation
import HTTPTypes
import Hummingbird

/// A refusal of the peer's own: `{"error":{"type","message","field"?}}`.
enum APIError: Error {
    case invalid(field: String, String)
    case unauthorized(field: String)
    case notFound
    case notQueryable
    case keyReused

    private struct Body: Encodable {
        struct Content: Encodable {
            let type, message: String
            var field: String?
        }
        let error: Content
    }

    /// The refusal as any other answer.
    var answer: Answer {
        switch self {
        case .invalid(let field, let message): make(400, "invalid_request", message, field)
        case .unauthorized(let field): make(401, "unauthorized", "This header has to prove who asks.", field)
        case .notFound: make(404, "not_found", "This key was never acted on.")
        case .notQueryable: make(405, "not_queryable", "This peer does not say what became of a key.")
        case .keyReused: make(422, "key_reused", "This key came with another body before.", "Idempotency-Key")
        }
    }

    private func make(_ status: Int, _ type: String, _ message: String, _ field: String? = nil) -> Answer {
        Answer(status: status, json: Body(error: .init(type: type, message: message, field: field)))
    }
}

extension APIError: HTTPResponseError {
    var status: HTTPResponse.Status { HTTPResponse.Status(code: answer.status) }

    func response(from request: Request, context: some RequestContext) throws -> Response { answer.response }
}
