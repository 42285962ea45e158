import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Makes faults happen and writes every request down: it stands around the API, and knows nothing of what a request does.
struct FaultMiddleware: RouterMiddleware {
    typealias Context = RunnerContext
    typealias Next = (Request, Context) async throws -> Response

    /// Nothing can be written any more; the error ends the server's work on this connection.
    private struct ConnectionLost: Error {}

    let faults: Faults
    let authentication: Authentication
    let journal: Journal
    let dialect: Dialect

    func handle(_ request: Request, context: Context, next: Next) async throws -> Response {
        let target = Target(request.method, request.uri.path)
        let line = Line(request, target, authentication.caller(cookies: request.headers[.cookie]), journal)
        guard let fault = faults.take(at: target) else {
            return line.written(answering: try await next(request, context), nil)
        }
        let delay = Duration.milliseconds(fault.milliseconds)
        switch fault.kind {
        case .http500Before, .redirect302Before, .http429Before, .http503Before:
            return line.written(answering: refusal(fault, request), fault.kind)
        case .http500After, .html500After, .empty200After, .broken200After, .lateAnswer:
            let response = try await next(request, context)
            let spoilt = try await spoilt(response, fault.kind, request)
            let answer = line.written(answering: spoilt, fault.kind)
            if fault.kind == .lateAnswer { try await Task.sleep(for: delay) }
            return answer
        case .stuckPending, .stuckRunning, .interpreterDies, .resultsMissing, .mislaidClone, .halfClone, .stopIgnored:
            var context = context
            context.fault = fault.kind
            return line.written(answering: try await next(request, context), fault.kind)
        case .resetBefore, .resetAfter:
            if fault.kind == .resetAfter { _ = try await next(request, context) }
            line.write(status: 0, fault.kind)
            try await reset(context.channel)
        case .lateAction:
            // The body has to be here before the connection is gone.
            var request = request
            _ = try await request.collectBody(upTo: Request.bodyLimit)
            line.write(status: 0, fault.kind)
            try await reset(context.channel)
            try await Task.sleep(for: delay)
            _ = try await next(request, context)
        case .stallBefore, .stallAfter:
            if fault.kind == .stallAfter { _ = try await next(request, context) }
            line.write(status: 0, fault.kind)
            try await context.channel.closeFuture.get()
        }
        throw ConnectionLost()
    }

    private func refusal(_ fault: Faults.Fault, _ request: Request) -> Response {
        func retry(_ status: HTTPResponse.Status) -> Response {
            let seconds = max(1, fault.milliseconds / 1_000)
            return Response(status: status, headers: [.retryAfter: String(seconds), .contentLength: "0"])
        }
        return switch fault.kind {
        case .http429Before: retry(.tooManyRequests)
        case .http503Before: retry(.serviceUnavailable)
        case .redirect302Before: dialect.redirectToLogin(host: request.host)
        default: dialect.internalError(.runtime, path: request.uri.path)
        }
    }

    private func spoilt(_ response: Response, _ kind: Faults.Kind, _ request: Request) async throws -> Response {
        switch kind {
        case .http500After: return dialect.internalError(.runtime, path: request.uri.path)
        case .html500After: return Dialect.errorPage(path: request.uri.path)
        case .empty200After: return Response(status: .ok, headers: [.contentLength: "0"])
        case .broken200After:
            let collector = BodyCollector()
            try await response.body.write(collector)
            let body = collector.body
            let half = body.getSlice(at: body.readerIndex, length: body.readableBytes / 2) ?? ByteBuffer()
            return Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: half))
        default: return response
        }
    }

    /// Closes with a reset instead of an orderly end: what a client sees when a peer's machine goes down.
    private func reset(_ channel: any Channel) async throws {
        if let options = channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.close().get()
    }

    /// A request's line in the journal, written when the deed is over and before its answer leaves; of a fault without an answer
    /// the status is 0. Queries and bodies stay out of it.
    private struct Line {
        private let details: [String: JSON]
        private let target: Target
        private let caller: Caller?
        private let journal: Journal

        init(_ request: Request, _ target: Target, _ caller: Caller?, _ journal: Journal) {
            var details: [String: JSON] = ["method": .string(request.method.rawValue), "path": .string(request.uri.path)]
            if let operation = target.operation { details["operation"] = .string(operation.rawValue) }
            self.details = details
            self.target = target
            self.caller = caller
            self.journal = journal
        }

        func written(answering response: Response, _ fault: Faults.Kind?) -> Response {
            write(status: response.status.code, fault)
            return response
        }

        func write(status: Int, _ fault: Faults.Kind?) {
            var details = details
            details["status"] = .integer(Int64(status))
            if let fault { details["fault"] = .string(fault.rawValue) }
            journal.append(.request, note: target.note, paragraph: target.paragraph, by: caller, details)
        }
    }
}

/// Keeps what a response would have written; used by one task at a time.
private final class BodyCollector: ResponseBodyWriter {
    private(set) var body = ByteBuffer()

    func write(_ buffer: ByteBuffer) { body.writeImmutableBuffer(buffer) }

    consuming func finish(_ trailingHeaders: HTTPFields?) {}
}
