import HindsightCore

// A small domain for the runtime's tests: a parcel is announced, sent in several steps by a saga, and delivered.

struct Announced: EventPayload {
    static let type: EventType = "parcels.announced"
    var steps: Int
}

struct Delivered: EventPayload {
    static let type: EventType = "parcels.delivered"
    var at: Timestamp
}

enum ParcelEvent: DomainEvent {
    case announced(Announced)
    case delivered(Delivered)

    static let codec = EventCodec<ParcelEvent>([.kind(ParcelEvent.announced), .kind(ParcelEvent.delivered)])

    var payload: any EventPayload {
        switch self {
        case .announced(let payload): payload
        case .delivered(let payload): payload
        }
    }
}

enum Parcel: Decider {
    enum Command: Sendable { case announce(steps: Int), deliver(at: Timestamp) }
    enum State: Sendable { case unknown, underway, delivered }
    enum Rejection: Error, Equatable { case unknownParcel, alreadyDelivered }

    static let initialState = State.unknown

    static func decide(_ command: Command, given state: State) throws(Rejection) -> [ParcelEvent] {
        switch (command, state) {
        case (.announce(let steps), .unknown): return [.announced(Announced(steps: steps))]
        case (.announce, _): return []
        case (.deliver(let now), .underway): return [.delivered(Delivered(at: now))]
        case (.deliver, .unknown): throw .unknownParcel
        case (.deliver, .delivered): throw .alreadyDelivered
        }
    }

    static func evolve(_ state: inout State, with event: ParcelEvent) {
        switch event {
        case .announced: state = .underway
        case .delivered: state = .delivered
        }
    }
}

/// Carries a parcel through its steps, one effect each; the last one delivers it.
enum Carriage: Saga {
    struct State: Sendable {
        var parcel: String
        var steps = 0
    }

    enum Command: Sendable, Equatable { case deliver(parcel: String, at: Timestamp) }

    static let name = "carriage"
    static let version = 1

    static func initialState(of instance: String) -> State { State(parcel: instance) }

    static func instances(for event: ParcelEvent, in stream: StreamName) -> [String] { stream.id.map { [String($0)] } ?? [] }

    static func evolve(_ state: inout State, with input: SagaInput<ParcelEvent>) {
        if case .event(.announced(let announced), _) = input { state.steps = announced.steps }
    }

    static func react(to input: SagaInput<ParcelEvent>, in state: State) -> [Reaction<Command>] {
        switch input {
        case .event(.announced, _): [carry(1, state)]
        case .event(.delivered, _): [.finish(outcome: "delivered")]
        case .succeeded(let effect, _, let now):
            step(of: effect) < state.steps ? [carry(step(of: effect) + 1, state)] : [.command(.deliver(parcel: state.parcel, at: now))]
        case .rejected(_, let reason, _, let now):
            reason == "later" ? [.schedule(timer: "retry", at: now.advanced(by: .hours(1)))] : [.park(reason: reason)]
        case .indeterminate, .signal, .skippedInput: []
        case .cancelRequested(let reason, _): [.compensate(reason: reason)]
        case .skipped(let effect, _, let now):
            step(of: effect) < state.steps ? [carry(step(of: effect) + 1, state)] : [.command(.deliver(parcel: state.parcel, at: now))]
        case .compensated: [.finish(outcome: "taken back")]
        case .fired: [.finish(outcome: "gave up")]
        }
    }

    private static func step(of effect: EffectReference) -> Int { effect.key.split(separator: "/").last.flatMap { Int($0) } ?? 0 }

    private static func carry(_ step: Int, _ state: State) -> Reaction<Command> {
        .perform(Effect("carry", key: "\(state.parcel)/\(step)", request: ["step": .integer(Int64(step))]))
    }

    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .deliver(let parcel, let now):
            try await decisions.decide(Parcel.self, .deliver(at: now), on: StreamName("parcel-\(parcel)"))
        }
    }

    static func policy(for kind: String) -> EffectPolicy {
        EffectPolicy(maximumAttempts: 3, lookUpWaits: [.seconds(300), .hours(1), .days(1)])
    }
}
