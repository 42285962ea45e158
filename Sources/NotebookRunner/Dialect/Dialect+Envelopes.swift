import HTTPTypes
import Hummingbird

/// What answers and refusals look like.
extension Dialect {
    func ok(_ body: JSON = .null, message: String? = "") -> Response {
        answer(.ok, name: "OK", message: message, body: body)
    }

    /// What a refusal looks like; whatever the notebook didn't foresee is a 500.
    func answer(to error: any Error, path: String) -> Response {
        switch error as? Refusal {
        case .noteNotFound(let id): answer(.notFound, name: "NOT_FOUND", message: missing("note", id))
        case .paragraphNotFound(let id): answer(.notFound, name: "NOT_FOUND", message: missing("paragraph", id))
        case .forbidden(let message): answer(.forbidden, name: "FORBIDDEN", message: message)
        case .badRequest(let message): answer(.badRequest, name: "BAD_REQUEST", message: message)
        case .precondition(let message): answer(.preconditionFailed, name: "PRECONDITION_FAILED", message: message)
        case .conflict(let message) where announcesConflicts: answer(.conflict, name: "CONFLICT", message: message)
        case .conflict(let message): internalError(.io, message, path: path)
        case .unexpected(let exception, let message): internalError(exception, message, path: path)
        case nil: internalError(.runtime, nil, path: path)
        }
    }

    func internalError(_ exception: Refusal.Exception, _ message: String? = nil, path: String) -> Response {
        switch unmappedError {
        case .page: Self.errorPage(path: path)
        case .exception:
            json(
                .internalServerError,
                [
                    "exception": .string(exception.rawValue), "message": message.map { .string($0) } ?? .null,
                    "stacktrace": .string("java.lang.\(exception.rawValue)\n\tat org.apache.zeppelin.rest.NotebookRestApi"),
                ])
        case .envelope: answer(.internalServerError, name: "error", message: "Internal server error")
        }
    }

    /// Jetty's own page, which a proxy in front of any version may answer with too.
    static func errorPage(path: String) -> Response {
        let safe = path.map { ["<": "&lt;", ">": "&gt;", "&": "&amp;", "\"": "&quot;"][$0] ?? String($0) }.joined()
        let page = """
            <html>
            <head><meta http-equiv="Content-Type" content="text/html;charset=utf-8"/><title>Error 500 Request failed.</title></head>
            <body><h2>HTTP ERROR 500</h2><p>Problem accessing \(safe). Reason:<pre>    Request failed.</pre></p></body>
            </html>

            """
        return Response(status: .internalServerError, headers: [.contentType: "text/html;charset=iso-8859-1"], body: text(page))
    }

    /// What a synchronous run answers.
    func ran(_ paragraph: Paragraph) -> Response {
        let result = paragraph.results.map(results) ?? .null
        switch failedSyncRun {
        case .internalErrorWithResult where paragraph.results?.code == .error:
            return answer(.internalServerError, name: "INTERNAL_SERVER_ERROR", message: nil, body: result)
        case .internalErrorWithResult, .okWithResult:
            return ok(result, message: nil)
        }
    }

    /// A wrong login.
    var wrongLogin: Response { answer(.forbidden, name: "FORBIDDEN", message: "") }

    /// A logout that succeeded.
    var loggedOut: Response {
        let status = HTTPResponse.Status(code: logoutStatus)
        return answer(status, name: status == .unauthorized ? "UNAUTHORIZED" : "FORBIDDEN", message: "")
    }

    /// Where a client lands that follows the redirect of an expired session.
    var loginIsNotAPage: Response { answer(.methodNotAllowed, name: "METHOD_NOT_ALLOWED", message: "") }

    /// A request whose session is missing or has expired; the login's address is absolute, as Shiro writes it.
    func redirectToLogin(host: String) -> Response {
        Response(status: .found, headers: [.location: "http://\(host)/api/login", .contentLength: "0"])
    }

    func rejectedContentType() -> Response {
        Response(status: .unsupportedMediaType, headers: [.contentType: "text/plain"], body: Self.text("Unsupported Content-Type"))
    }

    func rejectedOrigin() -> Response { Response(status: .forbidden, headers: [.contentLength: "0"]) }

    private func missing(_ what: String, _ id: String) -> String { namesWhatIsMissing ? "No such \(what): \(id)" : "\(what) not found" }

    private func answer(_ status: HTTPResponse.Status, name: String, message: String?, body: JSON = .null) -> Response {
        json(status, ["status": .string(name), "message": message.map { .string($0) } ?? .null, "body": body])
    }

    private func json(_ status: HTTPResponse.Status, _ body: JSON) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: Self.text(body.gson))
    }

    private static func text(_ text: String) -> ResponseBody { ResponseBody(byteBuffer: ByteBuffer(string: text)) }
}
