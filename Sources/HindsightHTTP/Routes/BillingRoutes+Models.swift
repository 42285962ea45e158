import BillingRetries
import HindsightApp
import HindsightCore

extension BillingRoutes {
    @Sendable func models(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        return try await modelsAnswer(at: try await query.bound(in: live.log))
    }

    private func modelsAnswer(at position: Position) async throws -> Answer {
        try Answer.json(["models": try await desk.modelViews(at: position)]).at(position)
    }

    /// What a person can do to the models.
    private enum ModelAct: String, CaseIterable {
        case promote
        case rollBack = "roll-back"
        case train
        case scheduleTraining = "schedule-training"
        case evaluate
    }

    private static let modelAct = BodySchema(
        [
            "action": ["enum": .array(ModelAct.allCases.map { .string($0.rawValue) })],
            "role": ["enum": .array(ModelRole.allCases.map { .string($0.rawValue) })],
            "model": ["type": "string", "pattern": "^[0-9a-f]{64}$", "x-rule": "the digest of a model, 64 hexadecimal digits"],
            "reason": BodySchema.reason, "policy": identifier,
            "everyDays": ["type": "integer", "minimum": 0, "maximum": 365],
            "shadowDays": ["type": "integer", "minimum": 0, "maximum": 365],
        ], required: ["action"])

    @Sendable func actOnModels(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(Self.modelAct)
        func needed<Value>(_ name: String, _ read: (String) -> Value?) throws(Problem) -> Value {
            guard let value = body[name]?.stringValue.flatMap(read) else { throw .body("/\(name)", "is missing") }
            return value
        }
        let trace: IdempotentAct.Trace
        switch try needed("action", ModelAct.init) {
        case .promote:
            let (model, role) = (try needed("model") { ModelDigest($0) }, try needed("role", ModelRole.init))
            let reason = try needed("reason") { $0 }
            trace = try await act(call, body) { act in
                // What was never trained is told before what lost its file.
                let known = try await desk.models(at: try await live.log.head().position).trained
                guard known.contains(where: { $0.digest == model }) else { throw ModelRegister.Rejection.unknownModel(model) }
                try await desk.promote(model, to: role, reason: reason, from: live.shelf, act)
            }
        case .rollBack:
            guard body["model"] == nil else { throw Problem.body("/model", "means nothing here: a role is rolled back, whoever has it") }
            let (role, reason) = (try needed("role", ModelRole.init), try needed("reason") { $0 })
            trace = try await act(call, body) { try await desk.rollBackModel(role, reason: reason, $0) }
        case .train: trace = try await act(call, body) { try await desk.requestTraining($0) }
        case .scheduleTraining:
            guard let everyDays = body["everyDays"]?.integerValue else { throw Problem.body("/everyDays", "is missing") }
            let shadowDays = body["shadowDays"]?.integerValue ?? 14
            trace = try await act(call, body) {
                try await desk.scheduleRetraining(everyDays: Int(everyDays), shadowDays: Int(shadowDays), $0)
            }
        case .evaluate:
            // It records nothing, so a key has nothing to remember.
            _ = try call.idempotencyKey()
            let policy = try needed("policy") { $0 }
            let position = try await live.log.head().position
            let evaluation = try await desk.evaluate(
                policy, model: body["model"]?.stringValue.flatMap { ModelDigest($0) }, by: Predictor(live.shelf), at: position)
            return try Answer.json(evaluation).at(position)
        }
        return try await modelsAnswer(at: trace.position)
    }
}
