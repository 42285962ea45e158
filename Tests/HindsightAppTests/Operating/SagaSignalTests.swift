import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Signals of an operator") struct SagaSignalTests {
    private let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_225_600_000_000))

    @Test("reach a saga that names them; another is refused with those it knows, and recorded nowhere") func signals() async throws {
        let log = MemoryEventLog(clock: clock)
        let event = try Knock.came(Came()).encoded(id: .version7(at: clock.now(), entropy: [UInt8](repeating: 1, count: 10)))
        try await log.append([event], to: StreamName("door-1"))
        let runner = SagaRunner(
            Porter.self, log: log, clock: clock, identities: SeededIdentities(seed: "porter"), performer: NoPeer())
        _ = try await runner.settle()
        let desk = SagaOperator(log: log, clock: clock, sagas: [SagaDescription(DeafPorter.self, earlier: Porter.self)])
        func signal(_ name: String, to id: String = "porter:door-1") async throws {
            try await desk.signal(name, data: [:], to: id, metadata: EventMetadata(actor: "clerk-7"))
        }
        let head = await log.head().position
        let refusal = UnknownSignal(signal: "bogus", saga: "porter", known: ["bell", "light"])
        #expect("\(refusal)" == "porter knows no signal bogus: those that it reacts to are bell, light")
        await #expect(throws: refusal) { try await signal("bogus") }
        await #expect(throws: NoSuchSaga(id: "porter:door-2")) { try await signal("bogus", to: "porter:door-2") }
        #expect(await log.head().position == head)

        try await signal("bell")
        try await runner.catchUp()
        _ = try await runner.settle()
        let stream = try StreamName("saga-porter:door-1")
        let types = try await log.read(EventSelection(EventFilter(stream: stream))).map(\.type.description)
        #expect(types.contains("hindsight.saga-signalled") && types.last == "hindsight.saga-finished", "\(types)")
    }
}

private enum Knock: DomainEvent {
    case came(Came)
    static let codec = EventCodec<Knock>([.kind(Knock.came)])
    var payload: any EventPayload {
        switch self {
        case .came(let payload): payload
        }
    }
}

private struct Came: EventPayload { static let type: EventType = "knock" }

/// Waits at a door until somebody rings.
private enum Porter: Saga {
    typealias Event = Knock
    typealias Command = Never
    struct State: Sendable {}
    static let name = "porter"
    static let version = 1
    static let signals = ["light", "bell"]
    static func initialState(of instance: String) -> State { State() }
    static func instances(for event: Knock, in stream: StreamName) -> [String] { [stream.description] }
    static func evolve(_ state: inout State, with input: SagaInput<Knock>) {}
    static func react(to input: SagaInput<Knock>, in state: State) -> [Reaction<Never>] {
        switch input {
        case .event: [.schedule(timer: "closing", at: Timestamp(microsecondsSince1970: 1_767_312_000_000_000))]
        case .signal("bell", _, _): [.finish(outcome: "opened")]
        default: []
        }
    }
    static func dispatch(_ command: Never, to decisions: DecisionBatch) async throws {}
    static func awaits(in state: State) -> String? { "a ring" }
}

/// A later one that reacts to nothing.
private enum DeafPorter: Saga {
    typealias Event = Knock
    typealias Command = Never
    static let name = Porter.name
    static let version = 2
    static func initialState(of instance: String) -> Porter.State { Porter.State() }
    static func instances(for event: Knock, in stream: StreamName) -> [String] { [stream.description] }
    static func evolve(_ state: inout Porter.State, with input: SagaInput<Knock>) {}
    static func react(to input: SagaInput<Knock>, in state: Porter.State) -> [Reaction<Never>] { [] }
    static func dispatch(_ command: Never, to decisions: DecisionBatch) async throws {}
}

private struct NoPeer: EffectPerformer {
    func perform(_ intent: EffectIntent) async -> EffectOutcome { .rejected(reason: "there is no peer") }
    func lookUp(_ intent: EffectIntent) async -> LookUp { .absent }
}
