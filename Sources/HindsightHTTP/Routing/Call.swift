import HTTPTypes
import HindsightCore
import Hummingbird
import NIOCore

/// A request that has found its endpoint and may make it: what a handler works with.
struct Call: Sendable {
    let endpoint: Endpoint
    let request: Request
    let caller: Caller
    let requestID: String
    private let parameters: Parameters
    private let asOf: Exchange.Found<Position>
    private let limits: BodyLimits

    init(_ endpoint: Endpoint, _ request: Request, caller: Caller, in exchange: Exchange, limits: BodyLimits) {
        self.endpoint = endpoint
        self.request = request
        self.caller = caller
        requestID = exchange.requestID
        parameters = exchange.parameters
        asOf = exchange.asOf
        self.limits = limits
    }

    // MARK: - Path and query

    /// A part of the path, percent-decoded once.
    func parameter(_ name: String) throws(Problem) -> String {
        guard let raw = parameters.get(name), let text = PercentEncoding.decode(raw) else {
            throw .field(name, "must be percent-encoded UTF-8")
        }
        return text
    }

    /// The query of a call that knows these parameters.
    ///
    /// - Parameter repeatable: Those that may stand more than once.
    func query(_ names: String..., repeatable: [String] = []) throws(Problem) -> Query { try query(of: names, repeatable: repeatable) }

    func query(of names: [String], repeatable: [String] = []) throws(Problem) -> Query {
        try Query(request.uri.query ?? "", names: names, repeatable: repeatable, asOf: asOf)
    }

    // MARK: - Headers

    /// The value of a header that may stand once.
    func header(_ name: HTTPField.Name) throws(Problem) -> String? {
        let values = request.headers[values: name]
        guard values.count <= 1 else { throw .field(name.rawName, "stands more than once") }
        return values.first
    }

    /// Which of the forms the client wants most; the first of them if it does not say.
    func acceptedForm(among forms: [MediaForm]) throws(Problem) -> MediaForm {
        let accept = request.headers[values: .accept].joined(separator: ",")
        guard !accept.isEmpty else { return forms[0] }
        guard let form = MediaForm.best(of: forms, for: accept) else {
            throw Problem(.notAcceptable, "Accept: this call answers in \(forms.map(\.rawValue).joined(separator: ", "))", field: "Accept")
        }
        return form
    }

    /// In which of the forms the body is.
    func bodyForm(among forms: [MediaForm]) throws(Problem) -> MediaForm {
        if let encoding = try header(.contentEncoding), encoding.lowercased() != "identity" {
            throw Problem(.unsupportedMediaType, "Content-Encoding: bodies are sent as they are", field: "Content-Encoding")
        }
        guard let type = try header(.contentType) else { return forms[0] }
        guard let form = MediaForm.ofBody(type, among: forms) else {
            throw Problem(
                .unsupportedMediaType, "Content-Type: this call reads \(forms.map(\.rawValue).joined(separator: ", "))",
                field: "Content-Type")
        }
        return form
    }

    // MARK: - Body

    /// The whole body.
    func body() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        if let length = request.headers[.contentLength].flatMap({ Int($0) }) {
            guard length <= limits.bytes else { throw tooLarge }
            bytes.reserveCapacity(length)
        }
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= limits.bytes else { throw tooLarge }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    private var tooLarge: Problem { Problem(.tooLarge, "the body: over \(limits.bytes) bytes, the limit of this server") }

    /// The body as a JSON value that the schema admits; an empty one is the empty object where the schema asks for no member.
    func json(_ schema: BodySchema) async throws -> JSONValue {
        _ = try bodyForm(among: [.json])
        return try schema.read(try await body())
    }
}

/// How much of a body the server takes.
struct BodyLimits: Sendable {
    let bytes: Int
}
