package import HindsightCore

/// Carries an invoice through its attempts until it is paid, or the window ends and the plan falls to the free tier.
///
/// A charge that went through can't be taken back here: its compensation is a refund, which a person decides (`invoice-overpaid`).
package enum PaymentSaga: Saga {
    package typealias Event = InvoiceEvent

    package struct State: Sendable {
        package let invoice: String
        /// The attempt that is out, or was the last one.
        package fileprivate(set) var charge: ChargeRequested?
        fileprivate var subscription: String?
        /// The question that is out, or was the last one.
        fileprivate var prediction: PredictionRequested?
    }

    package enum Command: Sendable, Equatable {
        case beginAttempt(invoice: String, at: Timestamp)
        case recordApproval(invoice: String, ChargeAnswer, attempt: Int, at: Timestamp)
        case recordDecline(invoice: String, ChargeAnswer, attempt: Int, at: Timestamp)
        case recordNoCharge(invoice: String, attempt: Int, because: String, at: Timestamp)
        case recordUnknown(invoice: String, attempt: Int, because: String, at: Timestamp)
        case reconsider(invoice: String, attempt: Int, at: Timestamp)
        case recordPrediction(invoice: String, number: Int, Result<PredictionAnswers, PredictionFailure>, at: Timestamp)
        case settle(invoice: String, at: Timestamp)
        case endWindow(invoice: String, at: Timestamp)
        case downgrade(subscription: String, invoice: String, at: Timestamp)
    }

    package static let name = "collect"
    package static let version = 1
    package static let chargeEffect = "charge"
    package static let predictEffect = "predict"
    private static let chargeTimer = "charge"
    private static let windowTimer = "window-end"

    package static func initialState(of instance: String) -> State { State(invoice: instance) }

    package static func instances(for event: InvoiceEvent, in stream: StreamName) -> [String] {
        stream.id.map { [String($0)] } ?? []
    }

    package static func evolve(_ state: inout State, with input: SagaInput<InvoiceEvent>) {
        switch input {
        case .event(.opened(let opened), _): state.subscription = opened.subscription
        case .event(.chargeRequested(let charge), _): state.charge = charge
        case .event(.predictionRequested(let request), _): state.prediction = request
        case .event, .succeeded, .rejected, .indeterminate, .fired, .signal, .cancelRequested, .skipped, .skippedInput, .compensated: break
        }
    }

    package static func react(to input: SagaInput<InvoiceEvent>, in state: State) -> [Reaction<Command>] {
        switch input {
        case .event(let event, _): return react(to: event)
        case .succeeded(let effect, let result, let now) where effect.kind == predictEffect:
            return conclude(state, PredictionAnswers.reading(result), at: now)
        case .rejected(let effect, let reason, let result, let now) where effect.kind == predictEffect:
            return conclude(state, .failure(PredictionFailure(result, otherwise: reason)), at: now)
        case .skipped(let effect, let reason, let now) where effect.kind == predictEffect:
            return conclude(state, .failure(PredictionFailure(.failed, reason)), at: now)
        // Nobody was charged by a question: it is asked again.
        case .indeterminate(let effect, _, _) where effect.kind == predictEffect: return []
        case .succeeded(_, let result, let now):
            guard let answer = ChargeAnswer(result), let charge = state.charge else { return [.park(reason: unreadable)] }
            return [.command(.recordApproval(invoice: state.invoice, answer, attempt: charge.attempt, at: now))]
        case .rejected(_, let reason, let result, let now):
            guard let charge = state.charge else { return [.park(reason: reason)] }
            if let stated = result[nothingCharged]?.stringValue {
                return [.command(.recordNoCharge(invoice: state.invoice, attempt: charge.attempt, because: stated, at: now))]
            }
            // Without a verdict of the issuer it was the request that was refused: waiting would not help.
            guard let answer = ChargeAnswer(result) else { return [.park(reason: reason)] }
            return [.command(.recordDecline(invoice: state.invoice, answer, attempt: charge.attempt, at: now))]
        case .indeterminate(_, let reason, let now):
            guard let charge = state.charge else { return [.park(reason: unreadable)] }
            return [.command(.recordUnknown(invoice: state.invoice, attempt: charge.attempt, because: reason, at: now))]
        case .fired(windowTimer, _, let now): return [.command(.endWindow(invoice: state.invoice, at: now))]
        case .fired(_, _, let now): return [.command(.beginAttempt(invoice: state.invoice, at: now))]
        case .skipped(let charge, _, _):
            return [.park(reason: "\(charge) can't be left in the dark: resolve it with what the gateway shows")]
        case .signal, .cancelRequested, .skippedInput, .compensated: return []
        }
    }

    private static func conclude(
        _ state: State, _ result: Result<PredictionAnswers, PredictionFailure>, at now: Timestamp
    ) -> [Reaction<Command>] {
        guard let request = state.prediction else { return [] }
        return [.command(.recordPrediction(invoice: state.invoice, number: request.number, result, at: now))]
    }

    /// With why, in a result that a person gives: the gateway knows of no such charge.
    private static let nothingCharged = "nothingCharged"

    package static func result(
        of effect: EffectIntent, resolvedAs outcome: SagaResolved.Outcome, given: JSONValue, reason: String
    ) throws -> JSONValue {
        if effect.kind == predictEffect {
            guard outcome == .rejected else {
                throw UnusableResult(
                    effect: effect.kind, outcome: outcome, reason: "only a model can rank: reject it, and the rules decide")
            }
            return PredictionFailure(.failed, reason).json
        }
        if outcome == .rejected, given == [:] { return [nothingCharged: .string(reason)] }
        let status: ChargeAnswer.Status = outcome == .succeeded ? .approved : .declined
        let example = ChargeAnswer(charge: "ch_277295c13a84a232703bacc7", status: status, network: .visa).json
        try UnusableResult.check(given, as: JSONValue.self, like: example, of: effect.kind, outcome)
        guard let answer = ChargeAnswer(given), (answer.status == .approved) == (outcome == .succeeded) else {
            let statuses = outcome == .succeeded ? "approved" : "declined or action-required"
            throw UnusableResult(
                effect: effect.kind, outcome: outcome,
                reason: "status is \(statuses), network is the card's, such as visa, charge is a text")
        }
        return given
    }

    private static let unreadable = "the gateway's answer lacks the charge, its status or its network"

    private static func react(to event: InvoiceEvent) -> [Reaction<Command>] {
        switch event {
        case .opened(let opened):
            if opened.dueAt > opened.at { return [.schedule(timer: chargeTimer, at: opened.dueAt)] }
            return [.command(.beginAttempt(invoice: opened.invoice, at: opened.at))]
        case .chargeRequested(let charge): return [.perform(charge.effect)]
        case .predictionRequested(let request): return [.perform(request.effect)]
        case .firstChargeTimed(let timed): return [.schedule(timer: chargeTimer, at: timed.window.from)]
        case .recoveryStarted(let recovery): return [.schedule(timer: windowTimer, at: recovery.windowEndsAt)]
        case .retryScheduled(let retry): return [.schedule(timer: chargeTimer, at: retry.window.from)]
        case .chargeWithdrawn(let withdrawn):
            return [
                .withdraw(
                    EffectReference(kind: chargeEffect, key: withdrawn.key), reason: "it is right no longer: \(withdrawn.because.words)")
            ]
        case .paidElsewhere(let payment): return [.command(.settle(invoice: payment.invoice, at: payment.at))]
        case .overpaid(let overpaid):
            return [.park(reason: "paid elsewhere (\(overpaid.reference)) and by \(overpaid.charge): one has to be given back")]
        case .paid: return [.finish(outcome: "paid")]
        case .uncollectible(let uncollectible):
            return [
                .command(
                    .downgrade(subscription: uncollectible.subscription, invoice: uncollectible.invoice, at: uncollectible.at)),
                .finish(outcome: "uncollectible"),
            ]
        case .chargeApproved, .chargeDeclined, .chargeUnknown, .predictionMade, .predictionFailed, .retryWithheld, .guardRefused,
            .payerNotified, .methodChanged:
            return []
        }
    }

    package static func policy(for kind: String) -> EffectPolicy {
        if kind == predictEffect {
            return EffectPolicy(
                maximumAttempts: 2, timeLimit: .seconds(5), totalTimeLimit: .seconds(30), lookUpWaits: [.zero], whenExhausted: .reject)
        }
        // A gateway may be away for a day; charges that it never saw go out when it is back, without a person.
        return EffectPolicy(
            maximumAttempts: 10, timeLimit: .seconds(60), patience: .days(3),
            lookUpWaits: [.seconds(300), .hours(1)] + Array(repeating: .days(1), count: 5))
    }

    /// A gateway may be away for days: what was cleared before is cleared again.
    package static func reconsideration(of effect: EffectReference, in state: State, at now: Timestamp) -> Command? {
        guard effect.kind == chargeEffect, let charge = state.charge, charge.key == effect.key else { return nil }
        return .reconsider(invoice: state.invoice, attempt: charge.attempt, at: now)
    }

    package static func refusesSkipping(_ kind: String) -> String? {
        kind == chargeEffect ? "a charge can't be left in the dark: resolve it with what the gateway shows" : nil
    }

    package static var refusesCancellation: String? {
        "an open invoice can't be let go: cancel the subscription, or record that it was paid elsewhere"
    }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .beginAttempt(let id, let now):
            let stream = try BillingRetries.invoice(id)
            guard let invoice = try await decisions.state(of: Invoice.self, on: stream).open else { return }
            let card = try await decisions.card(invoice.method)
            let assignment = try await decisions.assignment(for: invoice)
            let events = try await decisions.decide(
                Invoice.self,
                .beginAttempt(
                    at: now, card: card, assignment: assignment, basis: decisions.forecastBasis(for: invoice, under: assignment)),
                on: stream)
            try await recordTries(in: events, to: decisions)
        case .recordApproval(let id, let answer, let attempt, let now):
            try await decisions.decide(
                Invoice.self, .recordApproval(answer, attempt: attempt, at: now), on: BillingRetries.invoice(id))
        case .recordDecline(let id, let answer, let attempt, let now):
            try await recordDecline(of: id, attempt: attempt, to: decisions) {
                .recordDecline(answer, attempt: attempt, card: $0, assignment: $1, basis: $2, at: now)
            }
        case .recordNoCharge(let id, let attempt, let because, let now):
            try await recordDecline(of: id, attempt: attempt, to: decisions) {
                .recordNoCharge(because: because, attempt: attempt, card: $0, assignment: $1, basis: $2, at: now)
            }
        case .recordUnknown(let id, let attempt, let because, let now):
            try await decisions.decide(
                Invoice.self, .recordUnknown(attempt: attempt, because: because, at: now), on: BillingRetries.invoice(id))
        case .reconsider(let id, let attempt, let now):
            let stream = try BillingRetries.invoice(id)
            guard let invoice = try await decisions.state(of: Invoice.self, on: stream).open else { return }
            let assignment = try await decisions.assignment(for: invoice)
            let events = try await decisions.decide(
                Invoice.self,
                .reconsider(
                    attempt: attempt, card: decisions.card(invoice.method), assignment: assignment,
                    basis: decisions.forecastBasis(for: invoice, under: assignment), at: now),
                on: stream)
            try await recordTries(in: events, to: decisions)
        case .recordPrediction(let id, let number, let result, let now):
            let stream = try BillingRetries.invoice(id)
            guard let invoice = try await decisions.state(of: Invoice.self, on: stream).open else { return }
            let events = try await decisions.decide(
                Invoice.self,
                .recordPrediction(
                    number: number, result, card: decisions.card(invoice.method), assignment: decisions.assignment(for: invoice), at: now),
                on: stream)
            try await recordTries(in: events, to: decisions)
        case .settle(let id, let now):
            try await decisions.decide(Invoice.self, .settle(at: now), on: BillingRetries.invoice(id))
        case .endWindow(let id, let now):
            try await decisions.decide(Invoice.self, .endWindow(at: now), on: BillingRetries.invoice(id))
        case .downgrade(let subscription, let invoice, let now):
            try await decisions.decide(
                Subscription.self, .downgrade(invoice: invoice, at: now), on: BillingRetries.subscription(subscription))
        }
    }

    /// The networks count what is about to be sent.
    private static func recordTries(in events: [InvoiceEvent], to decisions: DecisionBatch) async throws {
        for case .chargeRequested(let charge) in events {
            try await decisions.decide(PaymentMethod.self, .recordTry(charge), on: BillingRetries.method(charge.method))
        }
    }

    private static func recordDecline(
        of id: String, attempt: Int, to decisions: DecisionBatch,
        by command: (CardRecord, Assignment, ForecastBasis) -> Invoice.Command
    ) async throws {
        let stream = try BillingRetries.invoice(id)
        guard let invoice = try await decisions.state(of: Invoice.self, on: stream).open,
            case .charging(let charge, _) = invoice.phase
        else { throw Invoice.Rejection.notUnderWay(attempt: attempt) }
        let assignment = try await decisions.assignment(for: invoice)
        let basis = try await decisions.forecastBasis(for: invoice, under: assignment)
        let events = try await decisions.decide(
            Invoice.self, command(decisions.card(invoice.method), assignment, basis), on: stream)
        for case .chargeDeclined(let declined) in events {
            guard let block = declined.block else { continue }
            try await decisions.decide(
                PaymentMethod.self, .block(method: charge.method, invoice: id, block, at: declined.at),
                on: BillingRetries.method(charge.method))
        }
    }
}

extension DecisionBatch {
    /// What the card's own stream knows of it.
    func card(_ method: String) async throws -> CardRecord {
        let state = try await state(of: PaymentMethod.self, on: BillingRetries.method(method))
        return CardRecord(tries: state.tries, block: state.block)
    }

    /// The policy that the invoice was given, or is to be given now.
    func assignment(for invoice: OpenInvoice) async throws -> Assignment {
        guard let terms = invoice.recovery?.terms else { return try await assignment(of: invoice.opened) }
        return Assignment(policy: try await policy(terms.policy, version: terms.policyVersion))
    }

    /// Only what the policy may ask a model is read.
    func forecastBasis(for invoice: OpenInvoice, under assignment: Assignment) async throws -> ForecastBasis {
        assignment.policy.model == nil ? .none : try await forecastBasis(of: invoice.opened)
    }
}

extension ChargeRequested {
    /// The request as the gateway gets it: the same bytes whenever it is sent again.
    package var effect: Effect {
        Effect(
            PaymentSaga.chargeEffect, key: key,
            request: [
                "invoice": .string(invoice), "attempt": .integer(Int64(attempt)), "customer": .string(customer),
                "paymentMethod": .string(method), "amountMinor": .integer(amountMinor), "currency": .string(currency.code),
                "at": .string(at.description),
            ])
    }
}
