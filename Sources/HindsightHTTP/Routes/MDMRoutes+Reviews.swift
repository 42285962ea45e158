import CustomerMDM
import HindsightApp
import HindsightCore
import HindsightRuntime

/// Cases that wait for a steward, and the answers to them.
extension MDMRoutes {
    private enum ReviewStatus: String, CaseIterable {
        case open, confirmed, rejected, superseded, accepted, refused, withdrawn, any
    }

    private enum Kind: String, CaseIterable {
        case weakMatch = "weak-match"
        case suspiciousChange = "suspicious-change"
        case blockedGroup = "blocked-group"
    }

    /// A case with how it ended, if it has.
    private struct DecidedReview: Encodable {
        let row: MatchReviews.Row
        let decision: ReviewDecision?

        private enum CodingKeys: CodingKey { case decision }

        /// The row's own members, with one beside them.
        func encode(to encoder: any Encoder) throws {
            try row.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(decision, forKey: .decision)
        }
    }

    @Sendable func reviews(_ call: Call) async throws -> Answer {
        let query = try call.query("kind", "status", "limit", "cursor", "at")
        let kind = try query.choice("kind", Kind.self)
        let status = try query.choice("status", ReviewStatus.self) ?? .open
        let listing = try Listing(query)
        let isPast = query.names.contains("at")
        let bound = try await query.bound(in: live.log)
        // Found by status, and by kind where any status will do; the other of the two is looked at row by row.
        let entry: IndexEntry? =
            if status != .any { IndexEntry(index: MatchReviews.status, value: status.rawValue) } else if let kind {
                IndexEntry(index: MatchReviews.kind, value: kind.rawValue)
            } else { nil }
        var rows: [MatchReviews.Row] = []
        var after = listing.after
        while rows.count <= listing.limit {
            let page = try await live.projections.runner.rows(
                of: MatchReviews().name, RowSelection(entry: entry, after: after, limit: 500), at: bound)
            for row in page {
                guard let body = row.body else { continue }
                let review = try JSON.decode(MatchReviews.Row.self, from: body)
                if kind == nil || review.kind.rawValue == kind?.rawValue { rows.append(review) }
            }
            guard page.count == 500, let last = page.last else { break }
            after = last.key
        }
        let (page, cursor) = listing.page(rows) { $0.review }
        var shown: [[UInt8]] = []
        for row in page { shown.append(try JSON.encode(try await hub.shown(row, to: call.actor, at: isPast ? bound : nil))) }
        return Answer.list("reviews", shown, cursor: cursor).at(bound)
    }

    @Sendable func review(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let isPast = query.names.contains("at")
        return try await reviewAnswer(try call.parameter("id"), call, at: try await bound(query), isPast: isPast)
    }

    private func reviewAnswer(_ id: String, _ call: Call, at position: Position, isPast: Bool = false) async throws -> Answer {
        guard let body = try await live.projections.runner.row(id, of: MatchReviews().name, at: position)?.body else {
            throw Problem.unknown("there is no review \(id) at this time")
        }
        let row = try JSON.decode(MatchReviews.Row.self, from: body)
        let shown = try await hub.shown(row, to: call.actor, at: isPast ? position : nil)
        let decision = row.status == .open ? nil : try await hub.decision(on: row, at: position)
        return try Answer.json(DecidedReview(row: shown, decision: decision)).at(position)
    }

    /// A steward's word on a review.
    func answer(
        _ call: Call, _ word: @escaping @Sendable (CustomerHub, _ review: String, _ reason: String) async throws -> Void
    ) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(Self.reasonBody)
        return try await answer(call, body, word)
    }

    private static let acceptBody = BodySchema(
        ["reason": BodySchema.reason, "overrules": ["type": "boolean"]], required: ["reason"])

    @Sendable func acceptChange(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(Self.acceptBody)
        let overrules = body["overrules"]?.boolValue ?? false
        return try await answer(call, body) { try await $0.acceptChange(review: $1, reason: $2, overrules: overrules) }
    }

    private func answer(
        _ call: Call, _ body: JSONValue, _ word: @escaping @Sendable (CustomerHub, _ review: String, _ reason: String) async throws -> Void
    ) async throws -> Answer {
        let id = try call.parameter("id")
        let trace = try await act(call, body: body) { try await word($0, id, body["reason"]?.stringValue ?? "") }
        return try await reviewAnswer(id, call, at: trace.position)
    }
}
