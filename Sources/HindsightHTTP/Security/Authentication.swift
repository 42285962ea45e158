import HTTPTypes
import Hummingbird

/// Who makes a request, and whether they may: by their token where the server has keys, anybody here where it has none.
struct Authentication: Sendable {
    /// `nil` for a server without keys.
    private let verifier: TokenVerifier?

    init(_ verifier: TokenVerifier?) { self.verifier = verifier }

    /// Who may make this request.
    ///
    /// - Throws: `unauthenticated` without a good token, `forbidden` without the role. A token is not looked at where nobody needs one.
    func admit(_ request: Request, to access: Endpoint.Access) async throws(Problem) -> Caller {
        guard case .roles(let roles) = access else { return .nobody }
        guard let verifier else {
            try refuseStrangers(request)
            return .local
        }
        let values = request.headers[values: .authorization]
        guard let value = values.first else {
            throw Problem(.unauthenticated, "send Authorization: Bearer <JWT>", field: "Authorization")
        }
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard values.count == 1, parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Problem(.unauthenticated, "Authorization: must be Bearer and one token", field: "Authorization")
        }
        let caller: Caller
        do {
            caller = try await verifier.verify(String(parts[1]))
        } catch {
            throw Problem(.unauthenticated, "Authorization: \(error)", field: "Authorization")
        }
        guard !roles.isDisjoint(with: caller.roles) else {
            let names = Role.allCases.filter(roles.contains).map(\.rawValue)
            throw Problem(.forbidden, "this call is for the role\(names.count > 1 ? "s" : "") \(names.joined(separator: ", ")) only")
        }
        return caller
    }

    /// Without keys whoever sits at this machine may do everything, and so might every page that is open in a browser here: neither one of
    /// another origin, nor one whose name leads to this address, is served.
    private func refuseStrangers(_ request: Request) throws(Problem) {
        if let origin = request.headers[.origin],
            origin == "null" || !Self.isLocal(origin.split(separator: "/").last.map(String.init) ?? "")
        {
            throw Problem(.forbidden, "Origin: without keys, no page of another origin is served", field: "Origin")
        }
        if let host = request.head.authority, !Self.isLocal(host) {
            throw Problem(.forbidden, "Host: without keys, this server is called by its address or as localhost", field: "Host")
        }
    }

    /// Whether the host, with or without a port, is an address or a name without a domain.
    private static func isLocal(_ host: String) -> Bool {
        if host.hasPrefix("[") { return true }
        let name = host.prefix { $0 != ":" }
        return !name.contains(".") || name.allSatisfy { $0.isNumber || $0 == "." } || name.hasSuffix(".localhost")
    }
}
