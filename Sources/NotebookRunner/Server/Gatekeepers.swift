import HTTPTypes
import Hummingbird

/// Turns every error of a route into the dialect's answer, so that nothing of the server's own shows.
struct RefusalMiddleware: RouterMiddleware {
    let dialect: Dialect

    func handle(
        _ request: Request, context: RunnerContext, next: (Request, RunnerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return Response(status: .notFound, headers: [.contentLength: "0"])
        } catch {
            if !(error is Refusal) { Halt.report("\(request.method.rawValue) was answered with 500: \(type(of: error))") }
            return dialect.answer(to: error, path: request.uri.path)
        }
    }
}

/// Refuses foreign origins and bodies that are neither JSON nor a form, where the dialect does.
struct FilterMiddleware: RouterMiddleware {
    private static let types: Set<String> = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]

    let dialect: Dialect

    func handle(
        _ request: Request, context: RunnerContext, next: (Request, RunnerContext) async throws -> Response
    ) async throws -> Response {
        guard dialect.filtersRequests else { return try await next(request, context) }
        if let origin = request.headers[.origin], origin != "http://" + (request.head.authority ?? "") { return dialect.rejectedOrigin() }
        let hasBody = request.headers[.contentLength].map { $0 != "0" } ?? (request.headers[.transferEncoding] != nil)
        if hasBody, [.post, .put, .delete, .patch].contains(request.method) {
            let type = request.headers[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
            guard let type, Self.types.contains(type) else { return dialect.rejectedContentType() }
        }
        return try await next(request, context)
    }
}

/// Lets a request pass only with a session, and tells the routes whose it is.
struct SessionMiddleware: RouterMiddleware {
    let authentication: Authentication
    let dialect: Dialect

    func handle(
        _ request: Request, context: RunnerContext, next: (Request, RunnerContext) async throws -> Response
    ) async throws -> Response {
        guard let caller = authentication.caller(cookies: request.headers[.cookie]) else {
            return dialect.redirectToLogin(host: request.host)
        }
        var context = context
        context.caller = caller
        return try await next(request, context)
    }
}

extension Request {
    var host: String { head.authority ?? "127.0.0.1" }
}
