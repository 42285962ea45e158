import HTTPTypes
import Hummingbird

/// How Zeppelin 0.12.1 says things: all members, envelopes and statuses in which versions of its contract differ stand in this file.
///
/// Source: the public source of apache/zeppelin at tag v0.12.1 (read 2026-11). A further version is another value of this type.
struct Dialect: Sendable {
    static let version = "0.12.1"

    // MARK: Envelopes

    func ok(_ body: JSON = .null, message: String? = "") -> Response {
        answer(.ok, name: "OK", message: message, body: body)
    }

    /// What a refusal looks like; whatever the notebook didn't foresee is a 500 without details.
    func answer(to error: any Error) -> Response {
        switch error as? Refusal {
        case .noteNotFound(let id): answer(.notFound, name: "NOT_FOUND", message: "No such note: \(id)")
        case .pathNotFound(let path): answer(.notFound, name: "NOT_FOUND", message: "No such note: \(path)")
        case .paragraphNotFound(let id): answer(.notFound, name: "NOT_FOUND", message: "No such paragraph: \(id)")
        case .forbidden(let message): answer(.forbidden, name: "FORBIDDEN", message: message)
        case .badRequest(let message): answer(.badRequest, name: "BAD_REQUEST", message: message)
        case .conflict(let message): answer(.conflict, name: "CONFLICT", message: message)
        case .unexpected, nil: internalError
        }
    }

    var internalError: Response { answer(.internalServerError, name: "error", message: "Internal server error") }

    /// A wrong login, and a successful logout.
    var forbidden: Response { answer(.forbidden, name: "FORBIDDEN", message: "") }

    /// Where a client lands that follows the redirect of an expired session.
    var loginIsNotAPage: Response { answer(.methodNotAllowed, name: "METHOD_NOT_ALLOWED", message: "") }

    /// A request whose session is missing or has expired; the login's address is absolute, as Shiro writes it.
    func redirectToLogin(host: String) -> Response {
        Response(status: .found, headers: [.location: "http://\(host)/api/login", .contentLength: "0"])
    }

    func rejectedContentType() -> Response {
        Response(status: .unsupportedMediaType, headers: [.contentType: "text/plain"], body: text("Unsupported Content-Type"))
    }

    func rejectedOrigin() -> Response { Response(status: .forbidden, headers: [.contentLength: "0"]) }

    private func answer(_ status: HTTPResponse.Status, name: String, message: String?, body: JSON = .null) -> Response {
        let envelope: JSON = ["status": .string(name), "message": message.map { .string($0) } ?? .null, "body": body]
        return Response(status: status, headers: [.contentType: "application/json"], body: text(envelope.gson))
    }

    private func text(_ text: String) -> ResponseBody { ResponseBody(byteBuffer: ByteBuffer(string: text)) }

    // MARK: Requests

    /// The member that names the place of a new note or clone. Other members, `name` among them, are ignored.
    func place(in body: JSON?) -> String? {
        guard let path = body?["notePath"]?.string, path.contains(where: { !$0.isWhitespace }) else { return nil }
        return path
    }

    /// All four lists, or `nil` where one is missing.
    func permissions(in body: JSON?) -> Permissions? {
        func list(_ name: String) -> Set<String>? { body?[name]?.array.map { Set($0.compactMap(\.string)) } }
        guard let owners = list("owners"), let readers = list("readers"), let runners = list("runners"), let writers = list("writers")
        else {
            return nil
        }
        return Permissions(owners: owners, readers: readers, runners: runners, writers: writers)
    }
}
