import BillingRetries
import HindsightCore

/// Something that is broken on purpose, to see that the simulation finds it out.
package enum BillingFlaw: String, CaseIterable, Sendable {
    /// The gateway acts again on a key that it says it knows.
    case gatewayForgetsKeys = "gateway-forgets-keys"
    /// The adapter says that keys live for ever, so that a charge is sent again after its key's life.
    case keyLifeOverstated = "key-life-overstated"
    /// Each sending has a key of its own.
    case keyPerSending = "key-per-sending"
    /// Charges are asked for without what is known of the card.
    case blindGuard = "blind-guard"
    /// An unknown outcome is taken for a decline.
    case unknownIsDecline = "unknown-is-decline"
    /// What was held back goes out whatever has become of it.
    case stubborn
}

/// Collects as the real saga does, but for what is broken on purpose.
protocol FlawedCollecting: Saga where Event == InvoiceEvent, State == PaymentSaga.State, Command == PaymentSaga.Command {}

extension FlawedCollecting {
    static var name: String { PaymentSaga.name }
    static var version: Int { PaymentSaga.version }
    static func initialState(of instance: String) -> State { PaymentSaga.initialState(of: instance) }
    static func instances(for event: Event, in stream: StreamName) -> [String] { PaymentSaga.instances(for: event, in: stream) }
    static func evolve(_ state: inout State, with input: SagaInput<Event>) { PaymentSaga.evolve(&state, with: input) }
    static func react(to input: SagaInput<Event>, in state: State) -> [Reaction<Command>] { PaymentSaga.react(to: input, in: state) }
    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        try await PaymentSaga.dispatch(command, to: decisions)
    }
    static func policy(for kind: String) -> EffectPolicy { PaymentSaga.policy(for: kind) }
    static func reconsideration(of effect: EffectReference, in state: State, at now: Timestamp) -> Command? {
        PaymentSaga.reconsideration(of: effect, in: state, at: now)
    }
    static func result(
        of effect: EffectIntent, resolvedAs outcome: SagaResolved.Outcome, given: JSONValue, reason: String
    ) throws -> JSONValue { try PaymentSaga.result(of: effect, resolvedAs: outcome, given: given, reason: reason) }
}

/// Collects without what the card's own stream knows.
enum BlindCollecting: FlawedCollecting {
    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .beginAttempt(let id, _), .recordDecline(let id, _, _, _), .recordNoCharge(let id, _, _, _),
            .recordPrediction(let id, _, _, _), .reconsider(let id, _, _):
            if let invoice = try await decisions.state(of: Invoice.self, on: BillingRetries.invoice(id)).open {
                decisions.suppose(PaymentMethod.initialState, of: PaymentMethod.self, on: try BillingRetries.method(invoice.method))
            }
        case .recordApproval, .recordUnknown, .settle, .endWindow, .downgrade: break
        }
        try await PaymentSaga.dispatch(command, to: decisions)
    }
}

/// Collects without asking whether what was held back is still right.
enum StubbornCollecting: FlawedCollecting {
    static func reconsideration(of effect: EffectReference, in state: State, at now: Timestamp) -> Command? { nil }
}

/// Collects as if no answer were a no.
enum HastyCollecting: FlawedCollecting {
    static func react(to input: SagaInput<Event>, in state: State) -> [Reaction<Command>] {
        guard case .indeterminate(let effect, _, let now) = input, effect.kind == PaymentSaga.chargeEffect, let charge = state.charge else {
            return PaymentSaga.react(to: input, in: state)
        }
        let answer = ChargeAnswer(charge: "none", status: .declined, network: .visa, code: "91")
        return [.command(.recordDecline(invoice: state.invoice, answer, attempt: charge.attempt, at: now))]
    }
}
