import HindsightCore
import HindsightRuntime
import Synchronization

// A second small domain for the runtime's tests: a journey of several bookings, each of which can be taken back.

struct Wished: EventPayload {
    static let type: EventType = "journeys.wished"
    var bookings: [String]
}

struct Settled: EventPayload {
    static let type: EventType = "journeys.settled"
    var how: String
}

enum JourneyEvent: DomainEvent {
    case wished(Wished)
    case settled(Settled)

    static let codec = EventCodec<JourneyEvent>([.kind(JourneyEvent.wished), .kind(JourneyEvent.settled)])

    var payload: any EventPayload {
        switch self {
        case .wished(let payload): payload
        case .settled(let payload): payload
        }
    }
}

enum Journey: Decider {
    enum Command: Sendable, Equatable { case wish([String]), settle(String) }
    enum State: Sendable { case unknown, wished, settled }
    enum Rejection: Error, Equatable { case settledAlready }

    static let initialState = State.unknown

    static func decide(_ command: Command, given state: State) throws(Rejection) -> [JourneyEvent] {
        switch (command, state) {
        case (.wish(let bookings), .unknown): return [.wished(Wished(bookings: bookings))]
        case (.wish, _): return []
        case (.settle(let how), .wished): return [.settled(Settled(how: how))]
        case (.settle, _): throw .settledAlready
        }
    }

    static func evolve(_ state: inout State, with event: JourneyEvent) {
        switch event {
        case .wished: state = .wished
        case .settled: state = .settled
        }
    }
}

/// Books one thing after the other; takes everything back when one is refused, or when asked to.
enum Booking: Saga {
    struct State: Sendable {
        var journey: String
        var bookings: [String] = []
        var booked = 0
    }

    typealias Command = Journey.Command

    static let name = "booking"
    static let version = 1
    static let signals = ["hurry"]

    static func initialState(of instance: String) -> State { State(journey: instance) }
    static func instances(for event: JourneyEvent, in stream: StreamName) -> [String] { stream.id.map { [String($0)] } ?? [] }

    static func evolve(_ state: inout State, with input: SagaInput<JourneyEvent>) {
        switch input {
        case .event(.wished(let wished), _): state.bookings = wished.bookings
        case .succeeded, .skipped: state.booked += 1
        case .event, .rejected, .indeterminate, .fired, .signal, .cancelRequested, .skippedInput, .compensated: break
        }
    }

    static func react(to input: SagaInput<JourneyEvent>, in state: State) -> [Reaction<Command>] {
        switch input {
        case .event(.wished, _), .succeeded, .skipped: next(state)
        case .rejected(let effect, let reason, _, _): [.compensate(reason: "\(effect.key): \(reason)")]
        case .cancelRequested(let reason, _): [.compensate(reason: reason)]
        case .compensated: [.command(.settle("taken back")), .finish(outcome: "taken back")]
        case .signal("hurry", _, let now): [.schedule(timer: "hurry", at: now)]
        case .fired: [.cancelTimer("hurry")]
        case .event, .indeterminate, .signal, .skippedInput: []
        }
    }

    private static func next(_ state: State) -> [Reaction<Command>] {
        guard state.booked < state.bookings.count else { return [.command(.settle("booked")), .finish(outcome: "booked")] }
        let booking = state.bookings[state.booked]
        return [.perform(Effect("book", key: "\(state.journey)/\(booking)", undoneBy: Compensation("unbook")))]
    }

    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        // The stream's name is the instance's: only one journey is under way in these tests.
        try await decisions.decide(Journey.self, command, on: StreamName("journey-j1"))
    }

    static func policy(for kind: String) -> EffectPolicy {
        EffectPolicy(
            maximumAttempts: 3, timeLimit: .seconds(60), totalTimeLimit: .hours(2), lookUpWaits: [.seconds(60), .seconds(600)])
    }
}

/// A travel agency in memory: answers as scripted, and remembers what it did and when.
final class Agency: EffectPerformer {
    private struct State {
        var script: [String: [EffectOutcome]]
        var acts: [String] = []
        var sendings: [(key: String, at: Timestamp)] = []
        var known: Set<String> = []
    }

    private let state: Mutex<State>
    private let clock: any WallClock
    let traits: Peer

    /// - Parameter script: Outcomes by key, first come first served; everything else succeeds.
    init(_ script: [String: [EffectOutcome]] = [:], clock: any WallClock, traits: Peer = Peer(name: "agency")) {
        state = Mutex(State(script: script))
        self.clock = clock
        self.traits = traits
    }

    var acts: [String] { state.withLock(\.acts) }
    var sendings: [String] { state.withLock { $0.sendings.map(\.key) } }
    var instants: [Timestamp] { state.withLock { $0.sendings.map(\.at) } }

    func peer(of kind: String) -> Peer { traits }

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        state.withLock { state in
            state.sendings.append((intent.key, clock.now()))
            var outcomes = state.script[intent.key] ?? []
            let outcome = outcomes.isEmpty ? .succeeded(["key": .string(intent.key)]) : outcomes.removeFirst()
            state.script[intent.key] = outcomes
            switch outcome {
            case .succeeded, .indeterminate(reason: "acted"):
                let honours = traits.keys != .ignored
                if !honours || state.known.insert(intent.key).inserted { state.acts.append("\(intent.kind) \(intent.key)") }
                state.known.insert(intent.key)
            case .rejected, .refused, .notDone, .indeterminate: break
            }
            return outcome
        }
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp {
        state.withLock { $0.known.contains(intent.key) } ? .settled(.succeeded(["key": .string(intent.key)])) : .absent
    }
}
