import BillingRetries
package import HindsightCore
package import HindsightRuntime
package import PaymentsAdapter

/// Subscriptions that renew and are collected, on a clock that stands still while work is done and then goes on to the next due instant.
///
/// Everything it knows is in the log: run again after any interruption, it goes on; finished, it does nothing.
package struct BillingSimulation: Sendable {
    private let plan: SimulationPlan
    private let log: any EventLog
    private let readModels: any ReadModelStore
    private let clock: ManualClock
    private let gateway: GatewayAddress
    private let right: WorkRight
    private let predictions: any EffectPerformer

    /// Where the gateway listens, and what it asks for.
    package struct GatewayAddress: Sendable {
        package let url: String
        package let credentials: GatewayCredentials?

        package init(url: String, credentials: GatewayCredentials? = nil) {
            self.url = url
            self.credentials = credentials
        }
    }

    /// Where the simulation is.
    package struct Progress: Sendable {
        package let now: Timestamp
        package let start: Timestamp
        package let end: Timestamp
        /// Of the log.
        package let position: Position

        /// Whole days lived through, and in all.
        package var days: (done: Int, all: Int) {
            (Int(now.daysSince1970 - start.daysSince1970), Int(end.daysSince1970 - start.daysSince1970))
        }
    }

    /// - Parameters:
    ///   - clock: The one that `log` was opened with. It is moved on; where it stands before doesn't matter.
    ///   - predictor: Without one, policies that ask a model follow the rules.
    ///   - right: What of the sagas' work is this process's.
    package init(
        _ plan: SimulationPlan = SimulationPlan(), log: any EventLog, readModels: any ReadModelStore, clock: ManualClock,
        gateway: GatewayAddress, predictor: Predictor? = nil, right: WorkRight = .alone
    ) {
        self.plan = plan
        self.log = log
        self.readModels = readModels
        self.clock = clock
        self.gateway = gateway
        self.right = right
        predictions = predictor.map { PredictionPerformer(predictor: $0) as any EffectPerformer } ?? NoEffects()
    }

    /// Lives through the plan's days, or until an instant before or after their end, and brings the read models up to date.
    ///
    /// - Parameter progress: Called once for each simulated day.
    /// - Returns: The report as of the end.
    /// - Throws: `SimulationError`; `GatewayError`; `EventLogError`; `ReadModelError`; `CancellationError`.
    @discardableResult
    package func run(
        until: Timestamp? = nil, progress: (@Sendable (Progress) -> Void)? = nil
    ) async throws -> BillingReport {
        try plan.check()
        if let recordedAt = try await log.head().recordedAt { clock.advance(to: recordedAt) }
        let plan = try await begin()
        try await subscribe(plan)
        let end = until ?? plan.end
        try await SimulatedGateway.withConnection(to: gateway.url, credentials: gateway.credentials) { gateway in
            try await live(plan, until: end, gateway: gateway, progress: progress)
        }
        return try await BillingReport.current(log: log, readModels: readModels)
    }

    /// The plan as the log has it, which is this one from then on.
    private func begin() async throws -> SimulationPlan {
        let stream = try SimulationPlan.stream()
        if let recorded = try await log.read(EventSelection(EventFilter(stream: stream), limit: 1)).first,
            case .began(let began) = try SimulationEvent.codec.decode(recorded)
        {
            guard began.plan.seed == plan.seed, began.plan.subscriptions == plan.subscriptions else {
                throw SimulationError.otherPlan(inLog: began.plan, given: plan)
            }
            return began.plan
        }
        // A log may hold other stories that are later already: then the simulation begins on the next day.
        clock.advance(to: plan.start)
        let dayMicroseconds: Int64 = 86_400_000_000
        let midnight = Timestamp(
            microsecondsSince1970: (clock.now().microsecondsSince1970 + dayMicroseconds - 1) / dayMicroseconds * dayMicroseconds)
        clock.advance(to: midnight)
        let plan = plan.starting(at: midnight)
        try await handler(for: plan).decide { batch in
            try await batch.append([SimulationEvent.began(SimulationBegan(plan: plan))], to: stream)
            for policy in Self.policies {
                try await batch.decide(PolicyBook.self, .define(policy, at: midnight), on: BillingRetries.policy(policy.name))
            }
            let experiment = Experiment(
                name: Experiment.collection, salt: "collection-\(plan.seed)",
                arms: Self.policies.map { Experiment.Arm(policy: $0.name, permille: 1_000 / Self.policies.count) })
            try await batch.decide(
                ExperimentRegister.self, .define(experiment, at: midnight), on: BillingRetries.experiment(experiment.name))
        }
        return plan
    }

    /// Starts those subscriptions that the log doesn't have yet.
    private func subscribe(_ plan: SimulationPlan) async throws {
        let population = SimulatedPopulation(plan: plan)
        let handler = handler(for: plan)
        for first in stride(from: 0, to: plan.subscriptions, by: 100) {
            let chunk = try (first..<min(first + 100, plan.subscriptions)).map(population.subscription)
            // A chunk is one append: if its first is there, all are.
            guard let id = chunk.first?.subscription, try await log.version(of: BillingRetries.subscription(id)) == 0 else { continue }
            try await handler.decide { batch in
                for started in chunk {
                    let method = MethodRegistered(method: started.paymentMethod, customer: started.customer, at: started.at)
                    try await batch.decide(PaymentMethod.self, .register(method), on: BillingRetries.method(method.method))
                    try await batch.decide(Subscription.self, .start(started), on: BillingRetries.subscription(started.subscription))
                }
            }
        }
    }

    private func live(
        _ plan: SimulationPlan, until end: Timestamp, gateway: SimulatedGateway, progress: (@Sendable (Progress) -> Void)?
    ) async throws {
        let identities = Self.identities(of: plan)
        let sagas: [any SagaRunning] = [
            SagaRunner(
                RenewalSaga.self, log: log, clock: clock, identities: identities, performer: NoEffects(), right: right, actor: Self.actor),
            SagaRunner(
                FirstRenewalSaga.self, log: log, clock: clock, identities: identities, performer: NoEffects(), right: right,
                actor: Self.actor, startsNew: false),
            SagaRunner(
                PaymentSaga.self, log: log, clock: clock, identities: identities,
                performer: BillingPerformer(gateway: gateway, predictions: predictions), right: right,
                actor: Self.actor),
            SagaRunner(
                SimulatedPayers.self, log: log, clock: clock, identities: identities, performer: NoEffects(), right: right,
                actor: "simulation"),
        ]
        let days = DayCounter()
        try await VirtualTime(clock: clock, sagas: sagas).run(until: end) { now in
            guard let progress, days.isNew(now.daysSince1970) else { return }
            progress(Progress(now: now, start: plan.start, end: end, position: try await log.head().position))
        }
        progress?(Progress(now: end, start: plan.start, end: end, position: try await log.head().position))
    }

    private static let actor = "billing"
    /// What the customers are divided among.
    private static let policies = [RetryPolicy.fixedFourDays, .reasonRules]

    private static func identities(of plan: SimulationPlan) -> SeededIdentities { SeededIdentities(seed: "billing-\(plan.seed)") }

    private func handler(for plan: SimulationPlan) -> CommandHandler {
        CommandHandler(log: log, clock: clock, identities: Self.identities(of: plan))
    }
}
