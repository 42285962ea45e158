/// Long work in the outside world, as two pure functions: events to state, and events to reactions.
///
/// No clock, chance or I/O: time, ids and the answers of others arrive in events. The engine stores each reaction before anything is
/// sent, so that a saga can be stopped at any moment and goes on where the log says it was.
public protocol Saga: Sendable {
    /// The events of all domains that this saga follows.
    associatedtype Event: DomainEvent
    associatedtype State: Sendable
    /// Wishes to deciders.
    associatedtype Command: Sendable

    static var name: String { get }
    /// Of this definition; an instance keeps the one that it began with.
    static var version: Int { get }

    static func initialState(of instance: String) -> State

    /// The instances that the event concerns, from the event alone.
    static func instances(for event: Event, in stream: StreamName) -> [String]

    static func evolve(_ state: inout State, with input: SagaInput<Event>)

    /// What follows from the input; `state` has seen it already.
    static func react(to input: SagaInput<Event>, in state: State) -> [Reaction<Command>]

    /// Brings a command to the decider it is meant for. A rejection that is thrown parks the saga with its reason.
    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws

    /// How effects of this kind are bounded and repeated.
    static func policy(for kind: String) -> EffectPolicy
}

extension Saga {
    public static func policy(for kind: String) -> EffectPolicy { EffectPolicy() }

    /// The stream of the engine's own events of an instance.
    static func stream(of instance: String) throws(EventLogError) -> StreamName {
        try StreamName("saga-\(name):\(instance)")
    }
}

/// What a saga learns.
public enum SagaInput<Event: Sendable>: Sendable {
    case event(Event, stream: StreamName)
    case succeeded(EffectReference, result: JSONValue, at: Timestamp)
    /// A definite no of the peer: nothing was done.
    case rejected(EffectReference, reason: String, result: JSONValue, at: Timestamp)
    /// Nobody knows yet whether it was done; the engine looks it up, and `succeeded` or `rejected` follows.
    case indeterminate(EffectReference, reason: String, at: Timestamp)
    /// `at` is the clock when the timer fired, at or after `due`.
    case fired(timer: String, due: Timestamp, at: Timestamp)
}

/// What a saga wants.
public enum Reaction<Command: Sendable>: Sendable {
    case command(Command)
    case perform(Effect)
    /// Sets, or sets anew, the timer of this name.
    case schedule(timer: String, at: Timestamp)
    case cancelTimer(String)
    case finish(outcome: String)
    /// Waits for a person.
    case park(reason: String)
}

extension Reaction: Equatable where Command: Equatable {}

/// A wish to act on the outside world, once.
public struct Effect: Sendable, Hashable {
    /// Which of the saga's effects it is: `charge`, `clone-note`.
    public let kind: String
    /// From the business (job and step; invoice and attempt number), never from time, token or process: the idempotency key at the peer.
    public let key: String
    /// What the performer needs; no secrets, no personal values.
    public let request: JSONValue

    public init(_ kind: String, key: String, request: JSONValue = [:]) {
        self.kind = kind
        self.key = key
        self.request = request
    }

    public var reference: EffectReference { EffectReference(kind: kind, key: key) }
}

public struct EffectReference: Sendable, Hashable {
    public let kind: String
    public let key: String

    public init(kind: String, key: String) {
        self.kind = kind
        self.key = key
    }
}

/// The bounds of an effect.
public struct EffectPolicy: Sendable, Hashable {
    /// How often the effect is sent at most; a crash counts.
    public var maximumAttempts: Int
    /// The time limit of one attempt.
    public var timeLimit: Duration
    /// Waits before each look-up of an unknown outcome; after the last one the saga is parked.
    public var lookUpWaits: [Duration]

    public init(
        maximumAttempts: Int = 10, timeLimit: Duration = .seconds(60),
        lookUpWaits: [Duration] = [.seconds(1), .seconds(5), .seconds(30), .seconds(300), .seconds(3_600)]
    ) {
        self.maximumAttempts = maximumAttempts
        self.timeLimit = timeLimit
        self.lookUpWaits = lookUpWaits
    }
}
