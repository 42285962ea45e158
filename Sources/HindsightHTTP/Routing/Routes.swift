import HTTPTypes
import Hummingbird
import Logging

/// Which handler serves which endpoint; every endpoint is served by exactly one.
struct Routes {
    typealias Handler = @Sendable (Call) async throws -> Answer

    private(set) var handlers: [(endpoint: Endpoint, handler: Handler)] = []

    mutating func serve(_ endpoint: Endpoint, _ handler: @escaping Handler) {
        precondition(!handlers.contains { $0.endpoint == endpoint }, "\(endpoint.name) is served twice")
        handlers.append((endpoint, handler))
    }

    func makeResponder(limits: BodyLimits, authentication: Authentication, log: Logger) -> RouterResponder<Exchange> {
        precondition(Set(handlers.map(\.endpoint)) == Set(Endpoint.all), "what is served is what the table lists")
        let router = Router(context: Exchange.self, options: .autoGenerateHeadEndpoints)
        for (endpoint, handler) in handlers {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, exchange in
                exchange.coreContext.endpointPath.value = endpoint.path
                let caller = try await authentication.admit(request, to: endpoint.access)
                exchange.actor.set(caller.subject)
                let answer = try await handler(Call(endpoint, request, caller: caller, in: exchange, limits: limits))
                return answer.response { error in
                    // The head has gone out, so the client only sees the end of the connection.
                    log.error(
                        "an answer broke off",
                        metadata: ["request": "\(exchange.requestID)", "route": "\(endpoint.path)", "error": "\(error)"])
                }
            }
        }
        return router.buildResponder()
    }
}

extension Endpoint {
    /// The methods that a path can be asked with; none for a path that no endpoint has.
    static func methods(at path: Substring) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/", omittingEmptySubsequences: true)
        let fitting = all.filter { $0.fits(segments) }
        // As the router does: a name goes before a parameter in its place.
        let most = fitting.map(\.names).max()
        let methods = fitting.filter { $0.names == most }.map(\.method)
        return methods.contains(.get) ? methods + [.head] : methods
    }

    /// How many segments of the path are names, not parameters.
    private var names: Int { path.split(separator: "/").count { !$0.hasPrefix("{") } }

    private func fits(_ segments: [Substring]) -> Bool {
        let own = path.split(separator: "/")
        return own.count == segments.count && zip(own, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
