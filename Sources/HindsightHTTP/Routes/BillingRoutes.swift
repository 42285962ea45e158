import BillingRetries
import HTTPTypes
import HindsightApp
import HindsightCore
import HindsightRuntime

/// The calls of shops and of the payment team.
struct BillingRoutes {
    let live: LiveApplication
    let limits: BodyLimits

    func add(to routes: inout Routes) {
        routes.serve(.putSubscription, putSubscription)
        routes.serve(.subscription, subscription)
        routes.serve(.cancelSubscription, cancel)
        routes.serve(.putMethod, putMethod)
        routes.serve(.invoices, invoices)
        routes.serve(.invoice, invoice)
        routes.serve(.paidElsewhere, paidElsewhere)
        routes.serve(.signals, recordSignals)
        routes.serve(.predict, predict)
        routes.serve(.webhook, takeWebhook)
        routes.serve(.models, models)
        routes.serve(.actOnModels, actOnModels)
        routes.serve(.policies, policies)
        routes.serve(.putPolicy, putPolicy)
        routes.serve(.policyVersions, policyVersions)
        routes.serve(.rollBackPolicy, rollBackPolicy)
        routes.serve(.experiments, experiments)
        routes.serve(.putExperiment, putExperiment)
        routes.serve(.billingMetrics, metrics)
        routes.serve(.billingAlerts, alerts)
    }

    var desk: BillingDesk { live.billing }

    /// An id of the shop's, in the path.
    private func identifier(_ call: Call, _ name: String = "id") throws(Problem) -> String {
        let id = try call.parameter(name)
        guard Identifier.isWellFormed(id) else {
            throw .field(name, "is 1 to \(Identifier.maximumBytes) bytes without spaces or control characters")
        }
        return id
    }

    static let identifier: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": .integer(Int64(Identifier.maximumBytes)), "pattern": "^[^\\s\\x00-\\x1f\\x7f]+$",
        "x-rule": "an id without spaces or control characters",
    ]

    func act(_ call: Call, _ body: JSONValue, _ perform: (BillingDesk.Act) async throws -> Void) async throws -> IdempotentAct.Trace {
        let act = try IdempotentAct(call, body: body, log: live.log)
        return try await act.perform {
            try await perform(BillingDesk.Act(metadata: try act.metadata(), identities: act.identities))
        }
    }

    // MARK: - Subscriptions

    private static let terms = BodySchema(
        [
            "customer": identifier, "customerType": ["enum": ["individual", "team"]], "plan": identifier,
            "amountMinor": ["type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991],
            "currency": ["type": "string", "pattern": "^[A-Z]{3}$"], "period": ["enum": ["monthly", "yearly"]],
            "paymentMethod": identifier, "timeZone": ["type": "string", "minLength": 1, "maxLength": 64],
            "periodEndsAt": ["type": "string", "format": "date-time"],
        ],
        required: ["customer", "customerType", "plan", "amountMinor", "currency", "period", "paymentMethod", "timeZone"])

    @Sendable private func putSubscription(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let id = try identifier(call)
        let body = try await call.json(Self.terms)
        let terms = try JSON.decode(BillingDesk.Terms.self, from: JSON.encode(body))
        let isNew = try await live.log.version(of: try BillingRetries.subscription(id)) == 0
        let trace = try await act(call, body) { try await desk.put(id, terms, $0) }
        return try await subscriptionAnswer(id, at: trace.position, status: isNew && !trace.isRepeat ? .created : .ok)
    }

    @Sendable private func subscription(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        return try await subscriptionAnswer(try identifier(call), at: try await query.bound(in: live.log))
    }

    private func subscriptionAnswer(_ id: String, at position: Position, status: HTTPResponse.Status = .ok) async throws -> Answer {
        guard let view = try await desk.subscription(id, at: position) else {
            throw Problem.unknown("there is no such subscription at this time")
        }
        return try Answer.json(view, status: status).at(position)
    }

    private static let cancellation = BodySchema(["reason": BodySchema.reason])

    @Sendable private func cancel(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let id = try identifier(call)
        let body = try await call.json(Self.cancellation)
        let trace = try await act(call, body) { try await desk.cancel(id, reason: body["reason"]?.stringValue, $0) }
        return try await subscriptionAnswer(id, at: trace.position)
    }

    // MARK: - Methods and invoices

    private struct MethodView: Encodable {
        let method: String
        let customer: String
    }

    private static let method = BodySchema(["customer": identifier], required: ["customer"])

    @Sendable private func putMethod(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let id = try identifier(call)
        let body = try await call.json(Self.method)
        let isNew = try await live.log.version(of: try BillingRetries.method(id)) == 0
        let trace = try await act(call, body) { try await desk.putMethod(id, customer: body["customer"]?.stringValue ?? "", $0) }
        guard let customer = try await desk.customer(ofMethod: id, at: trace.position) else {
            throw Problem.unknown("there is no such payment method")
        }
        return try Answer.json(MethodView(method: id, customer: customer), status: isNew && !trace.isRepeat ? .created : .ok)
            .at(trace.position)
    }

    @Sendable private func invoices(_ call: Call) async throws -> Answer {
        let query = try call.query("status", "subscription", "customer", "policy", "limit", "cursor", "at")
        return try await live.list("invoices", of: InvoiceBoard().name, query, indexes: ["status", "subscription", "customer", "policy"])
    }

    @Sendable private func invoice(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        return try await invoiceAnswer(try identifier(call), at: try await query.bound(in: live.log))
    }

    private func invoiceAnswer(_ id: String, at position: Position) async throws -> Answer {
        guard let body = try await live.projections.runner.row(id, of: InvoiceBoard().name, at: position)?.body else {
            throw Problem.unknown("there is no such invoice at this time")
        }
        return Answer.bytes(body, .json).at(position)
    }

    private static let payment = BodySchema(["reference": identifier], required: ["reference"])

    @Sendable private func paidElsewhere(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let id = try identifier(call)
        let body = try await call.json(Self.payment)
        let trace = try await act(call, body) {
            try await desk.recordPaidElsewhere(id, reference: body["reference"]?.stringValue ?? "", $0)
        }
        return try await invoiceAnswer(id, at: trace.position)
    }

    // MARK: - Policies and experiments

    @Sendable private func policies(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let bound = try await query.bound(in: live.log)
        return try Answer.json(["policies": try await desk.policies(at: bound)]).at(bound)
    }

    /// Reading a policy checks the rest. Model and lot choose windows by the policy's model terms, so neither is a policy's own chooser.
    private static let policy = BodySchema(document: [
        "type": "object", "required": ["version"],
        "properties": [
            "chooser": ["enum": ["plan", "fixed-interval", "rules"]],
            "maximumRetries": ["type": "integer", "minimum": 0, "maximum": 1_000],
        ],
    ])

    @Sendable private func putPolicy(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let name = try identifier(call, "name")
        let body = try await call.json(Self.policy)
        guard body["name"] == nil else { throw Problem.body("/name", "stands in the path") }
        var members = body.objectValue ?? [:]
        members["name"] = .string(name)
        let policy = try JSON.decode(RetryPolicy.self, from: JSON.encode(JSONValue.object(members)))
        // Nothing of it may be lost on the way.
        let understood = try JSON.decode(JSONValue.self, from: JSON.encode(policy))
        if let lost = ValueChange.changes(from: understood, to: .object(members)).first {
            throw Problem.body(lost.pointer, "is unknown, or means nothing here")
        }
        let isNew = try await !desk.policies(at: try await live.log.head().position).contains(policy)
        let trace = try await act(call, body) { try await desk.define(policy, $0) }
        return try Answer.json(policy, status: isNew && !trace.isRepeat ? .created : .ok).at(trace.position)
    }

    private struct PolicyVersions: Encodable {
        let policy: String
        let versions: [PolicyVersion]
    }

    @Sendable private func policyVersions(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let name = try identifier(call, "name")
        let bound = try await query.bound(in: live.log)
        let versions = try await desk.versions(of: name, at: bound)
        guard !versions.isEmpty else { throw Problem.unknown("there is no policy \(name) at this time") }
        return try Answer.json(PolicyVersions(policy: name, versions: versions)).at(bound)
    }

    @Sendable private func rollBackPolicy(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let name = try identifier(call, "name")
        let (asked, body) = try await RollbackBody.read(call, live.log)
        if asked.isPreview {
            _ = try call.idempotencyKey()
            let position = try await live.log.head().position
            return try Answer.json(try await desk.previewRollback(of: name, to: asked.to, reason: asked.reason)).at(position)
        }
        let reason = try asked.givenReason
        let done = ResultBox<PolicyRollback>()
        let trace = try await act(call, body) {
            await done.set(try await desk.rollBack(name, to: asked.to, reason: reason, digest: asked.digest, $0))
        }
        var rollback = await done.value
        if rollback == nil, let first = trace.first {
            rollback = try await desk.rollback(of: name, to: asked.to, recordedAt: first.position)
        }
        return try Answer.json(rollback).at(trace.position)
    }

    @Sendable private func experiments(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let bound = try await query.bound(in: live.log)
        return try Answer.json(["experiments": try await desk.experiments(at: bound)]).at(bound)
    }

    private static let experiment = BodySchema(
        [
            "salt": ["type": "string", "minLength": 1, "maxLength": 200],
            "arms": [
                "type": "array", "minItems": 1, "maxItems": 100,
                "items": [
                    "type": "object", "additionalProperties": false, "required": ["policy", "permille"],
                    "properties": ["policy": identifier, "permille": ["type": "integer", "minimum": 0, "maximum": 1_000]],
                ],
            ],
            "segment": [
                "type": "object", "additionalProperties": false,
                "properties": [
                    "countries": list(of: ["type": "string", "pattern": "^[A-Z]{2}$", "x-rule": "two capitals of ISO 3166-1"]),
                    "plans": list(of: identifier), "fundings": list(of: ["enum": ["debit", "credit", "prepaid"]]),
                    "customerTypes": list(of: ["enum": ["individual", "team"]]),
                ],
            ],
            "otherwise": identifier, "holdOutPermille": ["type": "integer", "minimum": 0, "maximum": 1_000],
        ], required: ["salt", "arms"])

    private static func list(of items: JSONValue) -> JSONValue { ["type": "array", "minItems": 1, "maxItems": 1_000, "items": items] }

    @Sendable private func putExperiment(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let name = try identifier(call, "name")
        let body = try await call.json(Self.experiment)
        var members = body.objectValue ?? [:]
        members["name"] = .string(name)
        if members["holdOutPermille"] == nil { members["holdOutPermille"] = .integer(Int64(Experiment.usualHoldOutPermille)) }
        let experiment = try JSON.decode(Experiment.self, from: JSON.encode(JSONValue.object(members)))
        let isNew = try await live.log.version(of: try BillingRetries.experiment(name)) == 0
        let trace = try await act(call, body) { try await desk.define(experiment, $0) }
        return try Answer.json(experiment, status: isNew && !trace.isRepeat ? .created : .ok).at(trace.position)
    }

    // MARK: - Figures

    @Sendable private func metrics(_ call: Call) async throws -> Answer {
        let query = try call.query("from", "to", "at")
        let (from, to) = (try day(query, "from"), try day(query, "to"))
        if let from, let to, to < from { throw Problem.field("to", "must not lie before from") }
        // What was shown once is shown again, byte for byte, when it is asked for by its position.
        let moment = try await moment(query, clock: nil)
        let report = try await BillingReport.asOf(
            moment.position, instant: moment.instant, days: BusinessDays(from: from, to: to), of: live.projections.runner)
        return try Answer.json(report).at(report.position)
    }

    @Sendable private func alerts(_ call: Call) async throws -> Answer {
        let moment = try await moment(try call.query("at"), clock: live.application.clock)
        let alerts = try await BillingAlerts.asOf(moment, by: live.configuration.alertRules, of: live.projections.runner)
        return try Answer.json(alerts).at(alerts.position)
    }

    private func moment(_ query: Query, clock: (any WallClock)?) async throws -> BillingMoment {
        let bound = try await query.bound(in: live.log)
        return try await BillingMoment(try query.moment(), at: bound, log: live.log, clock: clock)
    }

    private func day(_ query: Query, _ name: String) throws(Problem) -> BusinessDay? {
        guard let text = try query.text(name) else { return nil }
        guard let day = BusinessDay(text) else { throw .field(name, "must be a day like 2026-01-31") }
        return day
    }
}
