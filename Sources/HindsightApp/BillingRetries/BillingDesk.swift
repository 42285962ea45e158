package import BillingRetries
package import HindsightCore
import HindsightRuntime

/// What the payment team and the services of a shop ask of billing: each wish is decided, and what it leads to is the sagas' business.
package struct BillingDesk: Sendable {
    let log: any EventLog
    private let clock: any WallClock

    package init(log: any EventLog, clock: any WallClock) {
        self.log = log
        self.clock = clock
    }

    /// Who acts, and with which ids.
    package struct Act: Sendable {
        package let metadata: EventMetadata
        package let identities: any IdentitySource

        package init(metadata: EventMetadata, identities: any IdentitySource) {
            self.metadata = metadata
            self.identities = identities
        }
    }

    var now: Timestamp { clock.now() }

    func handler(_ act: Act) -> CommandHandler { CommandHandler(log: log, clock: clock, identities: act.identities) }

    // MARK: - Subscriptions

    /// A subscription as its shop sees it.
    package struct SubscriptionView: Sendable, Equatable, Encodable {
        package enum Status: String, Sendable, Encodable { case active, ended }
        package let subscription: String
        package let status: Status
        package let customer: String
        package let customerType: CustomerType
        package let plan: String
        package let amountMinor: Int64
        package let currency: Currency
        package let period: BillingPeriod
        package let paymentMethod: String
        package let timeZone: String
        /// When the paid period ends, and the next renewal is due.
        package let periodEndsAt: Timestamp
        package let renewals: Int

        init(_ active: Subscription.Active, _ status: Status) {
            let terms = active.terms
            subscription = terms.subscription
            self.status = status
            customer = terms.customer
            customerType = terms.customerType
            plan = terms.plan
            amountMinor = terms.amountMinor
            currency = terms.currency
            period = terms.period
            paymentMethod = active.method
            timeZone = terms.timeZone
            periodEndsAt = active.periodEndsAt
            renewals = active.period
        }
    }

    /// The terms of a subscription as a shop states them.
    package struct Terms: Sendable, Decodable {
        package let customer: String
        package let customerType: CustomerType
        package let plan: String
        package let amountMinor: Int64
        package let currency: Currency
        package let period: BillingPeriod
        package let paymentMethod: String
        package let timeZone: String
        /// One period from now, by the customer's calendar, where it is not given.
        package let periodEndsAt: Timestamp?
    }

    /// Starts a subscription, or takes over the payment method of one that has started; its other terms don't change.
    ///
    /// - Throws: `Subscription.Rejection`, `PaymentMethod.Rejection`.
    package func put(_ id: String, _ terms: Terms, _ act: Act) async throws {
        let stream = try BillingRetries.subscription(id)
        try await handler(act).decide(metadata: act.metadata) { batch in
            let now = batch.now
            let state = try await batch.state(of: Subscription.self, on: stream)
            let known: Subscription.Active
            switch state {
            case .none:
                let method = MethodRegistered(method: terms.paymentMethod, customer: terms.customer, at: now)
                let started = SubscriptionStarted(
                    subscription: id, customer: terms.customer, customerType: terms.customerType, plan: terms.plan,
                    amountMinor: terms.amountMinor, currency: terms.currency, period: terms.period, paymentMethod: terms.paymentMethod,
                    timeZone: terms.timeZone, periodEndsAt: try terms.periodEndsAt ?? Self.end(of: terms.period, from: now, terms.timeZone),
                    at: now)
                // The subscription's own rules are told before the payment method's.
                try await batch.decide(Subscription.self, .start(started), on: stream)
                try await batch.decide(PaymentMethod.self, .register(method), on: BillingRetries.method(method.method))
                return
            case .active(let active), .ended(let active): known = active
            }
            guard terms.matches(known.terms) else { throw Subscription.Rejection.alreadyStarted }
            guard terms.paymentMethod != known.method else { return }
            let method = MethodRegistered(method: terms.paymentMethod, customer: terms.customer, at: now)
            try await batch.decide(PaymentMethod.self, .register(method), on: BillingRetries.method(method.method))
            try await batch.decide(Subscription.self, .changeMethod(to: terms.paymentMethod, at: now), on: stream)
        }
    }

    private static func end(of period: BillingPeriod, from now: Timestamp, _ timeZone: String) throws -> Timestamp {
        guard let zone = CustomerZone(timeZone) else { throw Subscription.Rejection.unknownTimeZone(timeZone) }
        return zone.instant(of: zone.local(now).adding(months: period.months))
    }

    package func cancel(_ id: String, reason: String?, _ act: Act) async throws {
        try await handler(act).handle(
            Subscription.self, .cancel(reason: reason, at: clock.now()), on: BillingRetries.subscription(id), metadata: act.metadata)
    }

    package func subscription(_ id: String, at position: Position) async throws -> SubscriptionView? {
        let state: Subscription.State = try await state(of: Subscription.self, on: BillingRetries.subscription(id), at: position)
        return switch state {
        case .none: nil
        case .active(let active): SubscriptionView(active, .active)
        case .ended(let active): SubscriptionView(active, .ended)
        }
    }

    // MARK: - Methods and invoices

    package func putMethod(_ id: String, customer: String, _ act: Act) async throws {
        try await handler(act).handle(
            PaymentMethod.self, .register(MethodRegistered(method: id, customer: customer, at: clock.now())),
            on: BillingRetries.method(id), metadata: act.metadata)
    }

    package func customer(ofMethod id: String, at position: Position) async throws -> String? {
        try await state(of: PaymentMethod.self, on: BillingRetries.method(id), at: position).customer
    }

    package func recordPaidElsewhere(_ invoice: String, reference: String, _ act: Act) async throws {
        try await handler(act).handle(
            Invoice.self, .recordPaidElsewhere(reference: reference, at: clock.now()), on: BillingRetries.invoice(invoice),
            metadata: act.metadata)
    }

    // MARK: - Policies and experiments

    /// - Throws: `PolicyBook.Rejection`; ``HoldOutNeeded`` for one that asks a model in an experiment without enough of a hold-out.
    package func define(_ policy: RetryPolicy, _ act: Act) async throws {
        try await requireHoldOut(beside: policy, at: log.head().position)
        try await handler(act).handle(
            PolicyBook.self, .define(policy, at: clock.now()), on: BillingRetries.policy(policy.name), metadata: act.metadata)
    }

    func requireHoldOut(beside policy: RetryPolicy, at position: Position) async throws {
        guard policy.model != nil else { return }
        for experiment in try await experiments(at: position) where experiment.arms.contains(where: { $0.policy == policy.name }) {
            do {
                try experiment.requireHoldOut(beside: policy.name)
            } catch {
                throw HoldOutNeeded(experiment: experiment.name, policy: policy.name)
            }
        }
    }

    /// The newest version of each policy, those included that need no event.
    package func policies(at position: Position) async throws -> [RetryPolicy] {
        var newest = Dictionary(uniqueKeysWithValues: RetryPolicy.builtIn.map { ($0.name, $0) })
        try await log.replay(PolicyEvent.codec, EventSelection(EventFilter(categories: [BillingRetries.policies]), until: position)) {
            event, _ in newest[event.policy.name] = event.policy
        }
        return newest.values.sorted { $0.name < $1.name }
    }

    /// - Throws: `ExperimentRegister.Rejection`; ``UnknownArmPolicy``.
    package func define(_ experiment: Experiment, _ act: Act) async throws {
        let stream = try BillingRetries.experiment(experiment.name)
        try await handler(act).decide(metadata: act.metadata) { batch in
            var modelPolicy: String?
            for (index, arm) in experiment.arms.enumerated() {
                let book = try await batch.state(of: PolicyBook.self, on: BillingRetries.policy(arm.policy))
                guard let policy = book.known(as: arm.policy).last else { throw UnknownArmPolicy(arm: index, policy: arm.policy) }
                if policy.model != nil { modelPolicy = policy.name }
            }
            try await batch.decide(
                ExperimentRegister.self, .define(experiment, modelPolicy: modelPolicy, at: batch.now), on: stream)
        }
    }

    package func experiments(at position: Position) async throws -> [Experiment] {
        var current: [String: Experiment] = [:]
        let selection = EventSelection(EventFilter(categories: [BillingRetries.experiments]), until: position)
        try await log.replay(ExperimentEvent.codec, selection) { event, _ in
            switch event {
            case .defined(let defined): current[defined.experiment.name] = defined.experiment
            }
        }
        return current.values.sorted { $0.name < $1.name }
    }

    func state<D: Decider>(of decider: D.Type, on stream: StreamName, at position: Position) async throws -> D.State {
        var state = D.initialState
        try await log.replay(D.Event.codec, EventSelection(EventFilter(stream: stream), until: position)) { event, _ in
            D.evolve(&state, with: event)
        }
        return state
    }
}

extension BillingDesk.Terms {
    /// Whether they are those that a subscription started with, whatever it is paid by now.
    fileprivate func matches(_ started: SubscriptionStarted) -> Bool {
        customer == started.customer && customerType == started.customerType && plan == started.plan && amountMinor == started.amountMinor
            && currency == started.currency && period == started.period && timeZone == started.timeZone
            && (periodEndsAt == nil || periodEndsAt == started.periodEndsAt)
    }
}

/// A policy would ask a model in an experiment that keeps too few customers with the rules.
package struct HoldOutNeeded: Error, Equatable, CustomStringConvertible {
    package let experiment: String
    package let policy: String

    package var description: String {
        "model: \(policy) is an arm of the experiment \(experiment), which holds out fewer than \(Experiment.leastHoldOutPermille) in 1,000 "
            + "customers: raise its holdOutPermille first, so that it can be told whether the model does better than the rules"
    }
}

/// An experiment's arm whose recoveries nobody could decide.
package struct UnknownArmPolicy: Error, Equatable, CustomStringConvertible {
    /// From 0.
    package let arm: Int
    package let policy: String

    package var description: String { "arms[\(arm)].policy: there is no policy \(policy): define it first" }
}
