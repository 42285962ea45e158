import HTTPTypes
import HindsightApp
import HindsightCore
import HindsightRuntime

/// Read models: how they stand, what they hold now and held at any time, why, and folding them anew.
struct ProjectionRoutes {
    let live: LiveApplication

    func add(to routes: inout Routes) {
        routes.serve(.projections, projections)
        routes.serve(.projection, projection)
        routes.serve(.rows, rows)
        routes.serve(.row, row)
        routes.serve(.rowDiff, diff)
        routes.serve(.rowWhy, why)
        routes.serve(.digest, digest)
        routes.serve(.rebuild, operate { try await $0.rebuild($1, actor: $2) })
        routes.serve(.verifyProjection, operate { try await $0.verify($1, actor: $2) })
        routes.serve(.cancelRebuild, operate { try await $0.cancel($1, actor: $2) })
        routes.serve(.rollBackProjection, operate { try await $0.rollBack($1, actor: $2) })
        routes.serve(.resumeProjection, operate { try await $0.resume($1, actor: $2) })
    }

    private var runner: ProjectionRunner { live.projections.runner }

    @Sendable private func projections(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let states = try await live.projections.states()
        return try Answer.json(["projections": states]).at(states.first?.head ?? 0)
    }

    @Sendable private func projection(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let state = try await live.projections.state(of: try call.parameter("name"))
        return try Answer.json(state).at(state.head)
    }

    // MARK: - Rows

    private struct Line: Encodable {
        let key: String
        let row: JSONValue
        let from: Position

        init(_ stored: StoredRow) throws {
            key = stored.key
            row = try JSON.decode(JSONValue.self, from: stored.body ?? [])
            from = stored.from
        }
    }

    @Sendable private func rows(_ call: Call) async throws -> Answer {
        let name = try call.parameter("name")
        let indexes = try runner.reader.indexes(of: name)
        let query = try call.query(of: Listing.parameters + indexes)
        let listing = try Listing(query, indexes: indexes)
        let bound = try await query.bound(in: live.log)
        let rows = try await runner.rows(of: name, listing.selection, at: bound)
        let (page, cursor) = listing.page(rows) { $0.key }
        return Answer.list("rows", try page.map { try JSON.encode(try Line($0)) }, cursor: cursor).at(bound)
    }

    @Sendable private func row(_ call: Call) async throws -> Answer {
        let query = try call.query("at", "occurred")
        let (name, key) = (try call.parameter("name"), try call.parameter("key"))
        let bound = try await query.bound(in: live.log)
        let stored: StoredRow? =
            if let occurred = try query.instant("occurred") {
                try await runner.row(key, of: name, at: bound, occurredBy: occurred)
            } else {
                try await runner.row(key, of: name, at: bound)
            }
        guard let stored else { throw NoSuchRow(name: name) }
        return try Answer.json(try Line(stored)).at(bound)
    }

    private var questions: RowQuestions { RowQuestions(runner, log: live.log) }

    @Sendable private func diff(_ call: Call) async throws -> Answer {
        let query = try call.query("from", "to")
        let (name, key) = (try call.parameter("name"), try call.parameter("key"))
        let from = try await position("from", query)
        let to = try await position("to", query)
        return try Answer.json(try await questions.diff(key, of: name, from: from, to: to)).at(max(from, to))
    }

    private func position(_ name: String, _ query: Query) async throws -> Position {
        do {
            return try await query.requiredMoment(name).position(in: live.log)
        } catch EventLogError.invalid(_, let reason) {
            throw Problem.field(name, reason)
        } catch let error as EventLogError {
            if case .instantNotPast = error { throw Problem.field(name, "\(error)") }
            throw error
        }
    }

    @Sendable private func why(_ call: Call) async throws -> Answer {
        let query = try call.query("field", "at")
        let (name, key) = (try call.parameter("name"), try call.parameter("key"))
        let field = try query.required("field")
        let bound = try await query.bound(in: live.log)
        return try Answer.json(try await questions.why(key, of: name, field: field, at: bound)).at(bound)
    }

    // MARK: - Operating

    @Sendable private func digest(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let name = try call.parameter("name")
        let digest = try await runner.digest(of: name, at: try await query.bound(in: live.log))
        return try Answer.json(digest).at(digest.position)
    }

    /// An operator's act: what becomes of it shows in the resource.
    private func operate(
        _ act: @escaping @Sendable (LiveProjections, _ name: String, _ actor: String) async throws -> Void
    ) -> @Sendable (Call) async throws -> Answer {
        { [live] call in
            _ = try call.query()
            _ = try await call.json(.nothing)
            let name = try call.parameter("name")
            try await act(live.projections, name, call.actor)
            let state = try await live.projections.state(of: name)
            return try Answer.json(state, status: .accepted)
                .with(.location, "/v1/projections/\(PercentEncoding.encode(name))").at(state.head)
        }
    }
}
