import HTTPTypes
import HindsightApp
import HindsightCore
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// What every request passes first and every answer last: the clock, the log line, and errors in the client's words.
struct Front: HTTPResponder {
    typealias Context = Exchange

    private let inner: RouterResponder<Exchange>
    private let measures: RequestMeasures
    private let log: Logger

    init(_ inner: RouterResponder<Exchange>, measures: RequestMeasures, log: Logger) {
        self.inner = inner
        self.measures = measures
        self.log = log
    }

    func respond(to request: Request, context: Exchange) async throws -> Response {
        let began = ContinuousClock.now
        measures.begin()
        let exchange = context
        var response: Response
        var failure: (any Error)?
        do {
            response = try await inner.respond(to: request, context: exchange)
            // The router answers errors of its own library itself.
            if response.status == .notFound, response.headers[.contentType] == nil { throw HTTPError(.notFound) }
        } catch  where error is CancellationError || error is HTTPParserError {
            // There is nobody to answer, or the library says that this is no HTTP.
            measures.end(request, exchange, status: nil, after: ContinuousClock.now - began)
            throw error
        } catch {
            let problem = self.problem(error, request)
            if problem.kind.status.kind == .serverError { failure = error }
            response = problem.answer.response
            if problem.kind.status == .notFound, let asOf = exchange.asOf.value { response.headers[.position] = String(asOf) }
            // What is left of a body that nobody wants is not waited for.
            if problem.kind == .tooLarge { response.headers[.connection] = "close" }
        }
        response.headers[.requestID] = exchange.requestID
        measures.end(request, exchange, status: response.status, after: ContinuousClock.now - began)
        write(request, exchange, response.status, ContinuousClock.now - began, failure)
        return response
    }

    private func problem(_ error: any Error, _ request: Request) -> Problem {
        if let problem = Problem(error) { return problem }
        if error is CancellationError {
            var problem = Problem(.unavailable, "the server is stopping: ask again")
            problem.retryAfter = 1
            return problem
        }
        guard let error = error as? HTTPError, error.status == .notFound else {
            return Problem(.internalError, "the server failed: its log has the reason under this request's id")
        }
        let methods = Endpoint.methods(at: Substring(request.uri.path))
        guard !methods.isEmpty else { return Problem(.notFound, "no call of the API has this path: /openapi.yaml lists them") }
        var problem = Problem(
            .methodNotAllowed, "this path can be asked with \(methods.map(\.rawValue).joined(separator: ", "))")
        problem.allowed = methods
        return problem
    }

    /// One line for each request; never its query, its body or its token.
    private func write(
        _ request: Request, _ exchange: Exchange, _ status: HTTPResponse.Status, _ duration: Duration, _ failure: (any Error)?
    ) {
        let level: Logger.Level = failure != nil ? .error : status.code >= 400 ? .info : .debug
        guard level >= log.logLevel else { return }
        var metadata: Logger.Metadata = [
            "request": "\(exchange.requestID)", "method": "\(request.method.rawValue)", "route": "\(exchange.endpointPath ?? "none")",
            "status": "\(status.code)", "milliseconds": "\(duration / .milliseconds(1))",
        ]
        if let subject = exchange.actor.value { metadata["actor"] = "\(subject)" }
        if let correlation = request.headers[.correlationID] { metadata["correlation"] = "\(correlation.prefix(255))" }
        if let traceparent = request.headers[.traceparent] { metadata["traceparent"] = "\(traceparent.prefix(55))" }
        if let failure { metadata["error"] = "\(failure)" }
        log.log(level: level, "request", metadata: metadata)
    }
}

extension Problem {
    var answer: Answer {
        do {
            var answer = Answer.bytes(try JSON.encode(json), .problem, status: kind.status)
            if let retryAfter { answer.headers[.retryAfter] = String(retryAfter) }
            if kind == .unauthenticated { answer.headers[.wwwAuthenticate] = "Bearer" }
            if !allowed.isEmpty { answer.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ") }
            return answer
        } catch {
            preconditionFailure("a problem holds texts and whole numbers only: \(error)")
        }
    }
}
