import BillingRetries
import HindsightCore

/// The customers' part of the simulation: two of three answer a notice, some days later, with another card.
///
/// A saga like any other, so that an interrupted simulation goes on where its payers were. Who answers, and when, follows from the
/// invoice's id; with the seed all ids differ.
enum SimulatedPayers: Saga {
    typealias Event = InvoiceEvent

    struct State: Sendable {
        fileprivate var notice: PayerNotified?
    }

    struct Command: Sendable, Equatable {
        let subscription: String
        let customer: String
        let method: String
        let at: Timestamp
    }

    static let name = "simulated-payers"
    static let version = 1

    static func initialState(of instance: String) -> State { State() }

    static func instances(for event: InvoiceEvent, in stream: StreamName) -> [String] {
        switch event {
        case .payerNotified, .paid, .uncollectible: stream.id.map { [String($0)] } ?? []
        case .predictionRequested, .predictionMade, .predictionFailed, .firstChargeTimed, .opened, .chargeRequested, .chargeApproved,
            .chargeDeclined, .chargeUnknown, .chargeWithdrawn, .recoveryStarted, .retryScheduled, .retryWithheld,
            .guardRefused, .methodChanged, .paidElsewhere, .overpaid:
            []
        }
    }

    static func evolve(_ state: inout State, with input: SagaInput<InvoiceEvent>) {
        if case .event(.payerNotified(let notice), _) = input { state.notice = notice }
    }

    static func react(to input: SagaInput<InvoiceEvent>, in state: State) -> [Reaction<Command>] {
        switch input {
        case .event(.payerNotified(let notice), _):
            guard Digest64.of("answers \(notice.method)") % 3 < 2 else { return [] }
            let hours = 20 + Int(Digest64.of("answers after \(notice.method)") % 240)
            return [.schedule(timer: "answer", at: notice.at.advanced(by: .hours(hours)).roundedUpToHour)]
        case .fired(_, _, let now):
            guard let notice = state.notice else { return [] }
            return [
                .command(
                    Command(
                        subscription: notice.subscription, customer: notice.customer, method: method(after: notice.method), at: now))
            ]
        case .event(.paid, _), .event(.uncollectible, _): return state.notice == nil ? [] : [.finish(outcome: "settled")]
        case .cancelRequested: return [.finish(outcome: "cancelled")]
        case .event, .succeeded, .rejected, .indeterminate, .signal, .skipped, .skippedInput, .compensated: return []
        }
    }

    /// The customer's next card; the gateway draws its fate from the name.
    private static func method(after method: String) -> String {
        let digits = String(Digest64.of("next \(method)"), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Whoever has answered a notice waits for what becomes of the invoice.
    static func awaits(in state: State) -> String? { "the end of the invoice" }

    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        try await decisions.decide(
            PaymentMethod.self, .register(MethodRegistered(method: command.method, customer: command.customer, at: command.at)),
            on: BillingRetries.method(command.method))
        try await decisions.decide(
            Subscription.self, .changeMethod(to: command.method, at: command.at), on: BillingRetries.subscription(command.subscription))
    }
}
