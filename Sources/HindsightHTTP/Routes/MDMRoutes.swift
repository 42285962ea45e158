import CustomerMDM
import HTTPTypes
import HindsightApp
import HindsightCore
import HindsightRuntime
import Hummingbird

/// The calls of source systems and stewards: cards, golden records, separations and reviews.
struct MDMRoutes {
    let live: LiveApplication
    let limits: BodyLimits

    func add(to routes: inout Routes) {
        routes.serve(.putCard, putCard)
        routes.serve(.dropCard, dropCard)
        routes.serve(.card, card)
        routes.serve(.ingestCards, ingestCards)
        routes.serve(.closePastValue, closePastValue)
        routes.serve(.goldenOfCard, goldenOfCard)
        routes.serve(.golden, golden)
        routes.serve(.searchGolden, searchGolden)
        routes.serve(.goldenHistory, goldenHistory)
        routes.serve(.goldenGraph, goldenGraph)
        routes.serve(.whyPair, whyPair)
        routes.serve(.whyGolden, whyGolden)
        routes.serve(.unmerge, unmerge)
        routes.serve(.rollback, rollback)
        routes.serve(.separations, separations)
        routes.serve(.closeSeparation, closeSeparation)
        routes.serve(.reviews, reviews)
        routes.serve(.review, review)
        routes.serve(.confirm) { call in try await answer(call) { try await $0.confirm(review: $1, reason: $2) } }
        routes.serve(.reject) { call in try await answer(call) { try await $0.reject(review: $1, reason: $2) } }
        routes.serve(.acceptChange, acceptChange)
        routes.serve(.refuseChange) { call in try await answer(call) { try await $0.refuseChange(review: $1, reason: $2) } }
        routes.serve(.mergeRun, mergeRun)
        routes.serve(.pastValueRun, pastValueRun)
        routes.serve(.clusters, clusters)
    }

    var hub: CustomerHub { live.hub }

    /// Lets a caller act when it is its turn; done once for an idempotency key.
    func act(
        _ call: Call, body: JSONValue, _ perform: @escaping @Sendable (CustomerHub) async throws -> Void
    ) async throws -> IdempotentAct.Trace {
        let act = try IdempotentAct(call, body: body, log: live.log)
        let (metadata, identities) = (try act.metadata(), act.identities)
        return try await act.perform { try await hub.inTurn(as: metadata, identities: identities, perform) }
    }

    // MARK: - Reading what is asked for

    private func cardID(_ call: Call) throws(Problem) -> CardID {
        let (source, id) = (try call.parameter("source"), try call.parameter("id"))
        do throws(InvalidCard) {
            return try CardID(source: source, id: id)
        } catch {
            throw .field(error.field, error.reason)
        }
    }

    private func cardID(_ text: String, field: String) throws(Problem) -> CardID {
        do throws(InvalidCard) { return try CardID(text) } catch { throw .field(field, "has the form SOURCE:ID") }
    }

    func goldenID(_ call: Call) throws(Problem) -> GoldenID {
        let text = try call.parameter("hid")
        do throws(InvalidCard) { return try GoldenID(text) } catch { throw .field("hid", error.reason) }
    }

    func bound(_ query: Query) async throws -> Position { try await query.bound(in: live.log) }

    // MARK: - Cards

    private static let attributes: JSONValue = [
        "type": "object",
        "additionalProperties": ["type": "string", "maxLength": .integer(Int64(CardStatement.longestValue))],
    ]
    private static let cardBody = BodySchema(
        ["attributes": attributes, "occurredAt": ["type": "string", "format": "date-time"]], required: ["attributes"])
    static let cardLine = BodySchema(
        [
            "source": ["type": "string"], "id": ["type": "string"], "attributes": attributes,
            "occurredAt": ["type": "string", "format": "date-time"],
        ], required: ["source", "id", "attributes"])

    func statement(_ body: JSONValue, of card: CardID, _ matching: Matching) throws -> CardDecider.Statement {
        do throws(InvalidCard) {
            return try CardStatement.make(
                source: card.source, id: card.id,
                attributes: (body["attributes"]?.objectValue ?? [:]).compactMapValues(\.stringValue),
                occurredAt: body["occurredAt"]?.stringValue.flatMap { Timestamp($0) }, matching: matching, profile: hub.profile)
        } catch {
            throw Problem.body("/\(error.field)", error.reason)
        }
    }

    @Sendable private func putCard(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let card = try cardID(call)
        let body = try await call.json(Self.cardBody)
        let statement = try statement(body, of: card, .online)
        let isNew = try await live.log.version(of: try MDMStream.card(card)) == 0
        let taken = ResultBox<CustomerHub.Answer>()
        let trace = try await act(call, body: body) { hub in
            try await hub.recordSettings(hub.metadata)
            await taken.set(try await hub.upsert(statement))
        }
        // What the first call left undone, if its process died, belongs to the answer.
        if trace.isRepeat { try await hub.inTurn(as: hub.metadata) { try await $0.settle() } }
        let status: HTTPResponse.Status = isNew && !trace.isRepeat ? .created : .ok
        guard let first = trace.first else { return try Answer.json(await taken.value, status: status).at(trace.position) }
        let (answer, position) = try await hub.answer(for: card, firstEvent: first, through: trace.position)
        return try Answer.json(answer, status: status).at(position)
    }

    @Sendable private func dropCard(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let card = try cardID(call)
        let metadata = EventMetadata(actor: call.actor, correlationId: try call.correlationID(), traceparent: try call.traceparent())
        try await hub.inTurn(as: metadata) { try await $0.drop(card) }
        return Answer(status: .noContent).at(try await live.log.head().position)
    }

    private func cardRow(_ card: CardID, at position: Position) async throws -> Answer {
        guard let row = try await hub.card(card, at: position) else { throw Problem.unknown("there is no card \(card) at this time") }
        return try Answer.json(row).at(position)
    }

    @Sendable private func card(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        return try await cardRow(try cardID(call), at: try await bound(query))
    }

    private static let pastValue = BodySchema(
        ["attribute": ["type": "string"], "value": ["type": "string", "minLength": 1], "reason": BodySchema.reason],
        required: ["attribute", "value", "reason"])

    @Sendable private func closePastValue(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let card = try cardID(call)
        let body = try await call.json(Self.pastValue)
        let (attribute, value) = (body["attribute"]?.stringValue ?? "", body["value"]?.stringValue ?? "")
        guard hub.profile.index(of: attribute) != nil else { throw Problem.body("/attribute", "is no attribute of the profile") }
        let trace = try await act(call, body: body) {
            try await $0.closePastValue(of: card, attribute: attribute, value: value, reason: body["reason"]?.stringValue ?? "")
        }
        return try await cardRow(card, at: trace.position)
    }

    // MARK: - Golden records

    @Sendable private func goldenOfCard(_ call: Call) async throws -> Answer {
        let query = try call.query("card", "at")
        let card = try cardID(try query.required("card"), field: "card")
        let position = try await bound(query)
        guard let row = try await hub.card(card, at: position) else { throw Problem.unknown("there is no card \(card) at this time") }
        return try await goldenAnswer(row.golden, at: position)
    }

    private func goldenAnswer(_ id: GoldenID, at position: Position) async throws -> Answer {
        guard let record = try await hub.golden(id, at: position) else {
            throw Problem.unknown("there is no golden record \(id) at this time")
        }
        return try Answer.json(record).at(position)
    }

    @Sendable private func golden(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        return try await goldenAnswer(try goldenID(call), at: try await bound(query))
    }

    @Sendable private func whyPair(_ call: Call) async throws -> Answer {
        let query = try call.query("a", "b", "at")
        let one = try cardID(try query.required("a"), field: "a")
        let other = try cardID(try query.required("b"), field: "b")
        let position = try await bound(query)
        // A card that there isn't is said first.
        let explanation = try await hub.why(one, other, at: position)
        guard one != other else { throw Problem.field("b", "is the same card as a") }
        return try Answer.json(explanation).at(position)
    }

    @Sendable private func whyGolden(_ call: Call) async throws -> Answer {
        let query = try call.query("attribute", "at")
        let golden = try goldenID(call)
        let attribute = try query.required("attribute")
        let position = try await bound(query)
        guard let why = try await hub.why(attribute, of: golden, at: position) else {
            throw Problem.field("attribute", "is no attribute of the profile")
        }
        return try Answer.json(why).at(position)
    }

    private static let unmergeBody = BodySchema(
        [
            "groups": [
                "type": "array", "minItems": 1, "maxItems": 100,
                "items": ["type": "array", "minItems": 1, "maxItems": 1_000, "items": ["type": "string"]],
            ],
            "reason": BodySchema.reason, "preview": ["type": "boolean"], "digest": ["type": "string"],
        ], required: ["groups"])

    @Sendable private func unmerge(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let golden = try goldenID(call)
        let body = try await call.json(Self.unmergeBody)
        let groups = try (body["groups"]?.arrayValue ?? []).enumerated().map { group, cards in
            try (cards.arrayValue ?? []).enumerated().map { index, card in
                do throws(InvalidCard) { return try CardID(card.stringValue ?? "") } catch {
                    throw Problem.body("/groups/\(group)/\(index)", "has the form SOURCE:ID")
                }
            }
        }
        return try await plan(call, body, golden) {
            try await $0.previewUnmerge(golden, groups: groups)
        } perform: {
            try await $0.unmerge(golden, groups: groups, reason: $1, digest: $2)
        }
    }

    private static let rollbackBody = BodySchema(
        [
            "to": ["type": "string", "format": "date-time"], "reason": BodySchema.reason, "preview": ["type": "boolean"],
            "digest": ["type": "string"],
        ], required: ["to"])

    @Sendable private func rollback(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let golden = try goldenID(call)
        let body = try await call.json(Self.rollbackBody)
        guard let to = body["to"]?.stringValue.flatMap({ Timestamp($0) }) else {
            throw Problem.body("/to", "must be an instant like 2026-01-31T12:00:00Z")
        }
        do {
            return try await plan(call, body, golden) {
                try await $0.previewRollback(golden, to: to)
            } perform: {
                try await $0.rollback(golden, to: to, reason: $1, digest: $2)
            }
        } catch EventLogError.instantNotPast(let instant, _) {
            throw Problem.body("/to", "\(instant) is not past")
        }
    }

    /// Shows a plan, or carries it out; the event that asks for it holds it, so a repeated request is answered from there.
    private func plan(
        _ call: Call, _ body: JSONValue, _ golden: GoldenID, preview: @Sendable (CustomerHub) async throws -> UnmergePlan,
        perform: @escaping @Sendable (CustomerHub, _ reason: String, _ digest: String?) async throws -> UnmergePlan
    ) async throws -> Answer {
        if body["preview"] == true {
            let plan = try await preview(hub)
            let appends = try await hub.appends(of: plan, reason: body["reason"]?.stringValue)
            return try Answer.json(UnmergePreview(plan, appends: appends)).at(try await live.log.head().position)
        }
        guard let reason = body["reason"]?.stringValue else { throw Problem.body("/reason", "is missing") }
        let done = ResultBox<UnmergePlan>()
        let trace = try await act(call, body: body) { await done.set(try await perform($0, reason, body["digest"]?.stringValue)) }
        var plan = await done.value
        if plan == nil, let first = trace.first, case .golden(.unmergeRequested(let requested)) = try CustomerEvent.codec.decode(first) {
            plan = requested.plan
        }
        guard let plan else { throw Problem.unknown("the plan is not in the log") }
        return try Answer.json(plan).at(trace.position)
    }

    // MARK: - Separations

    @Sendable private func separations(_ call: Call) async throws -> Answer {
        let query = try call.query("card", "limit", "cursor", "at")
        return try await live.list("separations", of: Separations().name, query, indexes: [Separations.card])
    }

    static let reasonBody = BodySchema(["reason": BodySchema.reason], required: ["reason"])

    @Sendable private func closeSeparation(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let id = try call.parameter("id")
        let body = try await call.json(Self.reasonBody)
        try await requireRow(id, of: Separations().name, "separation")
        let trace = try await act(call, body: body) { try await $0.closeSeparation(id, reason: body["reason"]?.stringValue ?? "") }
        return try await rowAnswer(id, of: Separations().name, at: trace.position)
    }

    private func requireRow(_ key: String, of projection: String, _ what: String) async throws {
        guard try await live.projections.runner.row(key, of: projection, at: try await live.log.bound(at: nil)) != nil else {
            throw Problem.unknown("there is no such \(what)")
        }
    }

    private func rowAnswer(_ key: String, of projection: String, at position: Position) async throws -> Answer {
        guard let body = try await live.projections.runner.row(key, of: projection, at: position)?.body else {
            throw Problem.unknown("there is no such thing at this time")
        }
        return Answer.bytes(body, .json).at(position)
    }

    // MARK: - Runs

    @Sendable private func mergeRun(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(.nothing)
        let result = ResultBox<CustomerHub.RunResult>()
        let trace = try await act(call, body: body) { await result.set(try await $0.mergeRun()) }
        if let done = await result.value { return try Answer.json(done).at(trace.position) }
        guard let first = trace.first, case .run(.started(let run)) = try CustomerEvent.codec.decode(first) else {
            throw Problem.unknown("the run is not in the log")
        }
        // What an earlier request began and did not finish is finished first.
        let again = try await hub.inTurn(as: EventMetadata(actor: call.actor)) { try await $0.result(of: run) }
        return try Answer.json(again).at(trace.position)
    }

    @Sendable private func pastValueRun(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(.nothing)
        let result = ResultBox<Int>()
        let trace = try await act(call, body: body) { await result.set(try await $0.initialisePastValues()) }
        var appended = await result.value
        if appended == nil { appended = try await IdempotentAct(call, body: body, log: live.log).eventCount() }
        return try Answer.json(["appended": appended]).at(trace.position)
    }

    private struct Membership: Encodable {
        let card: CardID
        let golden: GoldenID
    }

    /// The golden record of every card, page by page.
    @Sendable private func clusters(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        _ = try call.acceptedForm(among: [.ndjson])
        let bound = try await bound(query)
        let name = CustomerCards(profile: hub.profile).name
        let runner = live.projections.runner
        return Answer.stream(.ndjson) { writer in
            var after: String?
            while true {
                let page = try await runner.rows(of: name, RowSelection(after: after, limit: 1_000), at: bound)
                guard let last = page.last else { return }
                var lines: [UInt8] = []
                for row in page {
                    let card = try JSON.decode(CustomerCards.Row.self, from: row.body ?? [])
                    lines += try JSON.encode(Membership(card: card.card, golden: card.golden)) + [UInt8(ascii: "\n")]
                }
                try await writer.write(lines)
                after = last.key
            }
        }.at(bound)
    }
}
