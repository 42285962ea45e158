import HTTPTypes
import Hummingbird

/// Which handler serves which endpoint; every endpoint is served by exactly one.
struct Routes {
    typealias Handler = @Sendable (Call) async throws -> Answer

    private(set) var handlers: [(endpoint: Endpoint, handler: Handler)] = []

    mutating func serve(_ endpoint: Endpoint, _ handler: @escaping Handler) {
        precondition(!handlers.contains { $0.endpoint == endpoint }, "\(endpoint.name) is served twice")
        handlers.append((endpoint, handler))
    }

    /// - Parameter requiresToken: Whether the server has keys; without, it serves loopback only and everybody may do everything.
    func makeResponder(limits: BodyLimits) -> RouterResponder<Exchange> {
        precondition(handlers.count == Endpoint.all.count, "every endpoint is served")
        let router = Router(context: Exchange.self, options: .autoGenerateHeadEndpoints)
        for (endpoint, handler) in handlers {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, exchange in
                exchange.coreContext.endpointPath.value = endpoint.path
                let caller = try endpoint.access.admit(exchange.caller)
                return try await handler(Call(endpoint, request, caller: caller, in: exchange, limits: limits)).response
            }
        }
        return router.buildResponder()
    }
}

extension Endpoint.Access {
    /// - Throws: `unauthenticated` or `forbidden`.
    fileprivate func admit(_ caller: Caller?) throws(Problem) -> Caller {
        switch self {
        case .everyone: return caller ?? .nobody
        case .roles(let roles):
            guard let caller else { throw Problem(.unauthenticated, "send Authorization: Bearer <JWT>", field: "Authorization") }
            guard !roles.isDisjoint(with: caller.roles) else {
                let names = Role.allCases.filter(roles.contains).map(\.rawValue)
                throw Problem(
                    .forbidden, "this call is for the role\(names.count > 1 ? "s" : "") \(names.joined(separator: ", ")) only")
            }
            return caller
        }
    }
}

extension Endpoint {
    /// The methods that a path can be asked with; none for a path that no endpoint has.
    static func methods(at path: Substring) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/", omittingEmptySubsequences: true)
        let methods = all.filter { $0.fits(segments) }.map(\.method)
        return methods.contains(.get) ? methods + [.head] : methods
    }

    private func fits(_ segments: [Substring]) -> Bool {
        let own = path.split(separator: "/")
        return own.count == segments.count && zip(own, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
