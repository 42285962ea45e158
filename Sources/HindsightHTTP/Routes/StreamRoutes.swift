import HindsightApp
import HindsightCore
import Hummingbird

/// The calls that fold one stream, by either of its clocks.
struct StreamRoutes {
    let log: any EventLog

    func add(to routes: inout Routes) {
        routes.serve(.streamState, state)
        routes.serve(.streamDiff, diff)
        routes.serve(.streamWhy, why)
        routes.serve(.streamBelief, believed)
    }

    @Sendable private func state(_ call: Call) async throws -> Answer {
        let query = try call.query("at", "occurred")
        let stream = try call.stream()
        let view = StreamView(occurred: try query.instant("occurred"))
        let bound = try await query.bound(in: log)
        return try Answer.json(try await StreamState(of: stream, at: bound, as: view, in: log)).at(bound)
    }

    @Sendable private func diff(_ call: Call) async throws -> Answer {
        let query = try call.query("from", "to")
        let stream = try call.stream()
        let from = try await log.bound(at: query.requiredMoment("from"), named: "from")
        let to = try await log.bound(at: query.requiredMoment("to"), named: "to")
        return try Answer.json(try await StreamDifference(of: stream, from: from, to: to, in: log)).at(max(from, to))
    }

    @Sendable private func why(_ call: Call) async throws -> Answer {
        let query = try call.query("field", "at", "occurred", "limit")
        let stream = try call.stream()
        guard let field = try query.field() else { throw Problem.field("field", "is missing") }
        let view = StreamView(occurred: try query.instant("occurred"))
        let limit = try query.limit() ?? Query.defaultLimit
        let bound = try await query.bound(in: log)
        return try Answer.json(
            try await StreamExplanation(of: field, of: stream, at: bound, as: view, limit: limit, in: log)
        ).at(bound)
    }

    @Sendable private func believed(_ call: Call) async throws -> Answer {
        let query = try call.query("on", "field", "at")
        let stream = try call.stream()
        guard let on = try query.instant("on") else { throw Problem.field("on", "is missing") }
        let field = try query.field()
        let believedAt = try await log.bound(at: .instant(on), named: "on")
        let at = try query.moment()
        let knownAt = try await log.bound(at: at)
        guard believedAt <= knownAt, at?.isBefore(on) != true else {
            throw Problem.field("at", "lies before on: less was known then, and not more")
        }
        return try Answer.json(
            try await StreamBelief(of: stream, field: field, on: on, believedAt: believedAt, knownAt: knownAt, in: log)
        ).at(knownAt)
    }
}

extension Query {
    /// A field of a stream's state; `nil` if it is not given.
    fileprivate func field() throws(Problem) -> FieldPointer? {
        guard let text = try text("field") else { return nil }
        guard !text.isEmpty else { throw .field("field", "must not be empty") }
        return FieldPointer(text)
    }
}
