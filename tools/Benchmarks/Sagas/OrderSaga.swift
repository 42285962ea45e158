import HindsightCore

/// The workflow that is measured: five steps that do nothing, one after the other, each with its intent and its outcome in the log.
enum OrderSaga: Saga {
    struct State: Sendable {
        let order: String
        var wakesAt: Timestamp?
    }

    typealias Command = Never

    static let name = "order"
    static let version = 1
    private static let steps = 5

    static func initialState(of instance: String) -> State { State(order: instance) }
    static func instances(for event: OrderEvent, in stream: StreamName) -> [String] { stream.id.map { [String($0)] } ?? [] }
    static func evolve(_ state: inout State, with input: SagaInput<OrderEvent>) {}

    static func react(to input: SagaInput<OrderEvent>, in state: State) -> [Reaction<Never>] {
        switch input {
        case .event(.placed(let order), _):
            if let wakesAt = order.wakesAt { return [.schedule(timer: "wake", at: wakesAt)] }
            return [perform(1, of: state.order)]
        case .succeeded(let effect, _, _):
            let done = effect.key.utf8.last.map { Int($0) - 48 } ?? steps
            return [done < steps ? perform(done + 1, of: state.order) : .finish(outcome: "done")]
        case .fired: return [.finish(outcome: "woken")]
        case .rejected, .indeterminate, .signal, .cancelRequested, .skipped, .skippedInput, .compensated: return []
        }
    }

    private static func perform(_ step: Int, of order: String) -> Reaction<Never> { .perform(Effect("step", key: "\(order)/\(step)")) }

    static func dispatch(_ command: Never, to decisions: DecisionBatch) async throws {}
}

struct OrderPlaced: EventPayload {
    static let type: EventType = "bench.order-placed"
    var wakesAt: Timestamp?
}

enum OrderEvent: DomainEvent {
    case placed(OrderPlaced)
    static let codec = EventCodec<OrderEvent>([.kind(OrderEvent.placed)])
    var payload: any EventPayload {
        switch self {
        case .placed(let payload): payload
        }
    }
}

/// Does nothing, at once.
struct NoWork: EffectPerformer {
    func perform(_ intent: EffectIntent) async -> EffectOutcome { .succeeded([:]) }
    func lookUp(_ intent: EffectIntent) async -> LookUp { .settled(.succeeded([:])) }
}
