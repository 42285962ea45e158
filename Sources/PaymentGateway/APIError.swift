import Foundation
import HTTPTypes
import Hummingbird

/// A refusal in the shape that payment providers use: `{"error":{"type","message","field"?}}`.
enum APIError: Error {
    case invalid(field: String, String)
    case unauthorized
    case notFound
    case keyUnderWay
    case keyReused
    case tooMany(retryAfterSeconds: Int)
    case failure
    case unavailable(retryAfterSeconds: Int)
}

extension APIError: HTTPResponseError {
    private struct Body: Encodable {
        struct Content: Encodable {
            let type: String
            let message: String
            let field: String?
        }
        let error: Content
    }

    var status: HTTPResponse.Status {
        switch self {
        case .invalid: .badRequest
        case .unauthorized: .unauthorized
        case .notFound: .notFound
        case .keyUnderWay: .conflict
        case .keyReused: .unprocessableContent
        case .tooMany: .tooManyRequests
        case .failure: .internalServerError
        case .unavailable: .serviceUnavailable
        }
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let content: Body.Content =
            switch self {
            case .invalid(let field, let message): .init(type: "invalid_request", message: message, field: field)
            case .unauthorized:
                .init(type: "unauthorized", message: "A valid bearer token is required.", field: "Authorization")
            case .notFound: .init(type: "not_found", message: "No charge was ever made under this key or identifier.", field: nil)
            case .keyUnderWay:
                .init(type: "key_under_way", message: "The first request with this key is still under way.", field: "Idempotency-Key")
            case .keyReused:
                .init(type: "key_reused", message: "This key came with other bytes before.", field: "Idempotency-Key")
            case .tooMany: .init(type: "too_many_requests", message: "Nothing was done: come again later.", field: nil)
            case .failure: .init(type: "failure", message: "Something went wrong here.", field: nil)
            case .unavailable: .init(type: "unavailable", message: "Nothing was done: come again later.", field: nil)
            }
        var headers = HTTPFields()
        switch self {
        case .tooMany(let seconds), .unavailable(let seconds): headers[.retryAfter] = String(seconds)
        case .invalid, .unauthorized, .notFound, .keyUnderWay, .keyReused, .failure: break
        }
        return try .json(Body(error: content), status: status, headers: headers)
    }
}

extension Response {
    /// A JSON body with its members in alphabetical order: equal values give equal bytes.
    static func json(_ value: some Encodable, status: HTTPResponse.Status, headers: HTTPFields = [:]) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = try encoder.encode(value)
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.contentLength] = String(bytes.count)
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
