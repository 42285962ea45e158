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
        routes.serve(.rebuild, rebuild)
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
        let indexes = try await runner.indexes(of: name)
        let query = try call.query(of: Listing.parameters + indexes)
        let listing = try Listing(query, indexes: indexes)
        let bound = try await live.log.bound(at: listing.moment)
        let rows = try await runner.rows(of: name, listing.selection, at: listing.moment == nil ? nil : bound)
        let (page, cursor) = listing.page(rows) { $0.key }
        return Answer.list("rows", try page.map { try JSON.encode(try Line($0)) }, cursor: cursor).at(bound)
    }

    @Sendable private func row(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let (name, key) = (try call.parameter("name"), try call.parameter("key"))
        let bound = try await live.log.bound(at: try query.moment())
        guard let stored = try await runner.row(key, of: name, at: bound) else { throw unknown(key, of: name) }
        return try Answer.json(try Line(stored)).at(bound)
    }

    private func unknown(_ key: String, of name: String) -> Problem {
        .unknown("the projection \(name) has no row with this key at this time")
    }

    private struct Difference: Encodable {
        let key: String
        let from: Position
        let to: Position
        let changes: [ValueChange]
    }

    @Sendable private func diff(_ call: Call) async throws -> Answer {
        let query = try call.query("from", "to")
        let (name, key) = (try call.parameter("name"), try call.parameter("key"))
        let from = try await position("from", query)
        let to = try await position("to", query)
        let rows = [try await runner.row(key, of: name, at: from), try await runner.row(key, of: name, at: to)]
        guard rows.contains(where: { $0 != nil }) else { throw unknown(key, of: name) }
        let values = try rows.map { row in try row?.body.map { try JSON.decode(JSONValue.self, from: $0) } ?? [:] }
        let changes = ValueChange.changes(from: values[0], to: values[1])
        return try Answer.json(Difference(key: key, from: from, to: to, changes: changes)).at(max(from, to))
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

    private struct Explanation: Encodable {
        struct Link: Encodable {
            /// Absent where the event took the value away.
            let value: JSONValue?
            let event: JSONValue
        }
        let key: String
        let field: String
        let value: JSONValue?
        let chain: [Link]
    }

    /// The events that set a field of a row, oldest first, each with the value that it left.
    @Sendable private func why(_ call: Call) async throws -> Answer {
        let query = try call.query("field", "at")
        let (name, key) = (try call.parameter("name"), try call.parameter("key"))
        let field = try query.required("field")
        let pointer = field.hasPrefix("/") ? field : "/\(field)"
        let bound = try await live.log.bound(at: try query.moment())
        let states = try await runner.history(of: key, in: name).filter { $0.from <= bound }
        guard !states.isEmpty else { throw unknown(key, of: name) }
        var chain: [Explanation.Link] = []
        var value: JSONValue?
        for state in states {
            let now = try state.body.flatMap { try JSON.decode(JSONValue.self, from: $0).value(at: pointer) }
            guard now != value else { continue }
            value = now
            guard let event = try await live.log.read(EventSelection(after: state.from - 1, limit: 1)).first else { continue }
            chain.append(Explanation.Link(value: now, event: try JSON.decode(JSONValue.self, from: Array(event.jsonLine().utf8))))
        }
        guard !chain.isEmpty else { throw Problem.unknown("the row has had no field \(pointer) by this time") }
        return try Answer.json(Explanation(key: key, field: pointer, value: value, chain: chain)).at(bound)
    }

    // MARK: - Operating

    @Sendable private func digest(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let name = try call.parameter("name")
        let moment = try query.moment()
        let bound = try await live.log.bound(at: moment)
        let digest = try await runner.digest(of: name, at: moment == nil ? nil : bound)
        return try Answer.json(digest).at(digest.position)
    }

    @Sendable private func rebuild(_ call: Call) async throws -> Answer {
        _ = try call.query()
        _ = try await call.json(.nothing)
        let name = try call.parameter("name")
        do {
            try await live.projections.rebuild(name, actor: call.actor, at: live.application.clock.now())
        } catch is LiveProjections.RebuildRuns {
            throw Problem(.inProgress, "the projection \(name) is being rebuilt: its progress stands in the resource")
        }
        let state = try await live.projections.state(of: name)
        return try Answer.json(state, status: .accepted)
            .with(.location, "/v1/projections/\(PercentEncoding.encode(name))").at(state.head)
    }
}

extension JSONValue {
    /// The value at a JSON pointer (RFC 6901); `nil` where there is none.
    fileprivate func value(at pointer: String) -> JSONValue? {
        pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().reduce(JSONValue?.some(self)) { value, token in
            let name = String(token).replacing("~1", with: "/").replacing("~0", with: "~")
            return switch value {
            case .object(let members): members[name]
            case .array(let items): Int(name).flatMap { items.indices.contains($0) ? items[$0] : nil }
            default: nil
            }
        }
    }
}
