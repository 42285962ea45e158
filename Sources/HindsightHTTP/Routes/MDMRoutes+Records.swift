import CustomerMDM
import HindsightApp
import HindsightCore

/// What stewards ask about golden records as a whole.
extension MDMRoutes {
    private static let searchBody = BodySchema(
        [
            "query": ["type": "string", "minLength": 1, "maxLength": 200, "pattern": "\\S"],
            "limit": ["type": "integer", "minimum": 1, "maximum": 100],
        ], required: ["query"])

    /// A POST, so that what is searched for stands in no address: it is a name or a number of a person.
    @Sendable func searchGolden(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(Self.searchBody)
        let found = try await hub.search(body["query"]?.stringValue ?? "", limit: body["limit"]?.integerValue.map(Int.init) ?? 20)
        return try Answer.json(found).at(try await live.log.head().position)
    }

    @Sendable func goldenHistory(_ call: Call) async throws -> Answer {
        let query = try call.query("after", "limit", "at")
        let golden = try goldenID(call)
        let after = try query.number("after", in: 0...Int64.max) ?? 0
        let limit = try query.limit() ?? Query.defaultLimit
        let position = try await bound(query)
        return try Answer.json(try await hub.history(of: golden, after: after, limit: limit, at: position)).at(position)
    }

    @Sendable func goldenGraph(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let golden = try goldenID(call)
        let position = try await bound(query)
        guard let graph = try await hub.graph(of: golden, at: position) else {
            throw Problem.unknown("there is no golden record \(golden) at this time")
        }
        return try Answer.json(graph).at(position)
    }
}
