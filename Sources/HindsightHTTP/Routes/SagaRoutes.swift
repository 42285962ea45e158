import HindsightApp
import HindsightCore
import HindsightRuntime

/// Long work: how each saga stands, now and at any time.
struct SagaRoutes {
    let live: LiveApplication

    func add(to routes: inout Routes) {
        routes.serve(.sagas, sagas)
        routes.serve(.saga, saga)
    }

    private let name = SagaBoard().name

    /// The statuses that a list may ask for; none is paused until sagas can be paused.
    private enum Status: String, CaseIterable { case running, waiting, paused, parked, finished }

    @Sendable private func sagas(_ call: Call) async throws -> Answer {
        let query = try call.query("status", "saga", "limit", "cursor", "at")
        _ = try query.choice("status", Status.self)
        let listing = try Listing(query, indexes: ["status", "saga"])
        let bound = try await query.bound(in: live.log)
        let rows = try await live.projections.runner.rows(of: name, listing.selection, at: bound)
        let (page, cursor) = listing.page(rows) { $0.key }
        return Answer.list("sagas", try page.map(described), cursor: cursor).at(bound)
    }

    @Sendable private func saga(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let id = try call.parameter("id")
        let bound = try await query.bound(in: live.log)
        guard let row = try await live.projections.runner.row(id, of: name, at: bound) else {
            throw Problem.unknown("there is no saga of this id at this time: /v1/sagas lists them")
        }
        return Answer.bytes(try described(row), .json).at(bound)
    }

    /// The row with the id by which it is asked for.
    private func described(_ stored: StoredRow) throws -> [UInt8] {
        guard case .object(var members) = try JSON.decode(JSONValue.self, from: stored.body ?? []) else { return [] }
        members["id"] = .string(stored.key)
        return try JSON.encode(JSONValue.object(members))
    }
}
