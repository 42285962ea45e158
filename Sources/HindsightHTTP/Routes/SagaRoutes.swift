import HindsightApp
import HindsightCore
import HindsightRuntime
import HTTPTypes

/// Long work: how each saga stands, now and at any time.
struct SagaRoutes {
    let live: LiveApplication

    func add(to routes: inout Routes) {
        routes.serve(.sagas, sagas)
        routes.serve(.saga, saga)
        routes.serve(.verifySaga, verify)
        routes.serve(.whatIfSaga, whatIf)
        routes.serve(.retrySaga, operate(.reasoned) { _ in .retry })
        routes.serve(.skipSaga, operate(.skip) { .skip(try Self.effect($0)) })
        routes.serve(.cancelSaga, operate(.reasoned) { _ in .cancel })
        routes.serve(.pauseSaga, operate(.reasoned) { _ in .pause })
        routes.serve(.resumeSaga, operate(.reasoned) { _ in .resume })
        routes.serve(
            .resolveSaga,
            operate(.resolution) { body in
                .resolve(
                    try Self.effect(body), SagaResolved.Outcome(rawValue: body["outcome"]?.stringValue ?? "") ?? .rejected,
                    result: body["result"] ?? [:], proof: body["proof"]?.stringValue ?? "")
            })
        routes.serve(.signalSaga, signal)
    }

    private let name = SagaBoard().name

    @Sendable private func sagas(_ call: Call) async throws -> Answer {
        let query = try call.query("status", "saga", "limit", "cursor", "at")
        _ = try query.choice("status", SagaRow.Status.self)
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

    // MARK: - Deciding again

    private struct Reviewed: Encodable {
        let reports: [SagaReplayReport]
        let differences: [DecisionDifference]
    }

    @Sendable private func verify(_ call: Call) async throws -> Answer {
        _ = try call.query()
        return try await review(call) { selection, review, found in
            try await review.verify(selection) { await found.add($0.difference) }
        }
    }

    @Sendable private func whatIf(_ call: Call) async throws -> Answer {
        let query = try call.query("definition", "policy")
        let policy = try query.text("policy")
        let version = try query.number("definition", in: 1...1_000_000).map { Int($0) }
        return try await review(call) { selection, review, found in
            guard let saga = selection.saga else { return [] }
            return try await review.compare(saga, instance: selection.instance, with: version, policy: policy) {
                await found.add($0.difference)
            }
        }
    }

    private func review(
        _ call: Call, _ body: (SagaReview.Selection, SagaReview, Differences) async throws -> [SagaReplayReport]
    ) async throws -> Answer {
        let id = try call.parameter("id")
        let bound = try await live.log.head().position
        guard try await live.projections.runner.row(id, of: name, at: bound) != nil else { throw NoSuchSaga(id: id) }
        let found = Differences()
        let reports = try await body(try SagaReview.Selection(id), SagaReview(log: live.log), found)
        let whole = Reviewed(reports: reports.filter { $0.instances + $0.erased > 0 }, differences: await found.all)
        return try Answer.json(whole).at(reports.map(\.through).min() ?? bound)
    }

    private actor Differences {
        private(set) var all: [DecisionDifference] = []
        func add(_ difference: DecisionDifference) { all.append(difference) }
    }

    // MARK: - Operating

    private static func effect(_ body: JSONValue) throws(Problem) -> EffectReference? {
        switch (body["effect"]?.stringValue, body["key"]?.stringValue) {
        case (let kind?, let key?): return EffectReference(kind: kind, key: key)
        case (nil, nil): return nil
        case (nil, _?): throw .body("/effect", "is missing: a key belongs to an effect")
        case (_?, nil): throw .body("/key", "is missing: an effect is named together with its key")
        }
    }

    /// An operator's act: what becomes of it shows in the resource.
    private func operate(
        _ schema: BodySchema, _ act: @escaping @Sendable (_ body: JSONValue) throws -> SagaOperator.Act
    ) -> @Sendable (Call) async throws -> Answer {
        { call in
            let body = try await call.json(schema)
            let wanted = try act(body)
            return try await perform(call, body) { desk, id, metadata in
                try await desk.perform(wanted, on: id, reason: body["reason"]?.stringValue ?? "", metadata: metadata)
            }
        }
    }

    @Sendable private func signal(_ call: Call) async throws -> Answer {
        let body = try await call.json(.signal)
        return try await perform(call, body) { desk, id, metadata in
            try await desk.signal(body["signal"]?.stringValue ?? "", data: body["data"] ?? [:], to: id, metadata: metadata)
        }
    }

    private func perform(
        _ call: Call, _ body: JSONValue, _ act: (SagaOperator, _ id: String, EventMetadata) async throws -> Void
    ) async throws -> Answer {
        _ = try call.query()
        let id = try call.parameter("id")
        let trace = try IdempotentAct(call, body: body, log: live.log)
        let done = try await trace.perform {
            let desk = SagaOperator(log: live.log, clock: live.application.clock, identities: trace.identities)
            try await act(desk, id, try trace.metadata())
        }
        guard let row = try await live.projections.runner.row(id, of: name, at: done.position) else {
            throw Problem.unknown("there is no saga of this id: /v1/sagas lists them")
        }
        return Answer.bytes(try described(row), .json, status: .accepted)
            .with(.location, "/v1/sagas/\(PercentEncoding.encode(id))").at(done.position)
    }

    /// The row with the id by which it is asked for.
    private func described(_ stored: StoredRow) throws -> [UInt8] {
        guard case .object(var members) = try JSON.decode(JSONValue.self, from: stored.body ?? []) else { return [] }
        members["id"] = .string(stored.key)
        return try JSON.encode(JSONValue.object(members))
    }
}

extension BodySchema {
    private static let name: JSONValue = ["type": "string", "minLength": 1, "maxLength": 255]

    fileprivate static let reasoned = BodySchema(["reason": reason], required: ["reason"])
    fileprivate static let skip = BodySchema(["effect": name, "key": name, "reason": reason], required: ["reason"])
    fileprivate static let signal = BodySchema(["signal": name, "data": [:]], required: ["signal"])
    fileprivate static let resolution = BodySchema(
        [
            "effect": name, "key": name, "outcome": ["enum": ["succeeded", "rejected"]], "result": [:],
            "proof": ["type": "string", "minLength": 1, "maxLength": 1_000], "reason": reason,
        ], required: ["outcome", "proof", "reason"])
}
