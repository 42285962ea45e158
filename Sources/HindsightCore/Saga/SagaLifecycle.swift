/// The engine's own events of a saga, in the stream `saga-<name>:<instance>`, apart from the domain's streams.
public enum SagaLifecycle: DomainEvent {
    case started(SagaStarted)
    case advanced(SagaAdvanced)
    case effectIntended(EffectIntended)
    case effectSucceeded(EffectSucceeded)
    case effectRejected(EffectRejected)
    case effectIndeterminate(EffectIndeterminate)
    case timerSet(TimerSet)
    case timerFired(TimerFired)
    case timerCancelled(TimerCancelled)
    case parked(SagaParked)
    case finished(SagaFinished)

    public static let codec = EventCodec<SagaLifecycle>([
        .kind(SagaLifecycle.started), .kind(SagaLifecycle.advanced), .kind(SagaLifecycle.effectIntended),
        .kind(SagaLifecycle.effectSucceeded), .kind(SagaLifecycle.effectRejected), .kind(SagaLifecycle.effectIndeterminate),
        .kind(SagaLifecycle.timerSet), .kind(SagaLifecycle.timerFired), .kind(SagaLifecycle.timerCancelled),
        .kind(SagaLifecycle.parked), .kind(SagaLifecycle.finished),
    ])

    public var payload: any EventPayload {
        switch self {
        case .started(let payload): payload
        case .advanced(let payload): payload
        case .effectIntended(let payload): payload
        case .effectSucceeded(let payload): payload
        case .effectRejected(let payload): payload
        case .effectIndeterminate(let payload): payload
        case .timerSet(let payload): payload
        case .timerFired(let payload): payload
        case .timerCancelled(let payload): payload
        case .parked(let payload): payload
        case .finished(let payload): payload
        }
    }
}

/// An instance began; it keeps the definition version for its life.
public struct SagaStarted: EventPayload {
    public static let type: EventType = "hindsight.saga-started"
    public var saga: String
    public var definitionVersion: Int
    public var instance: String
    /// The id of the event that began it.
    public var cause: String
}

/// Inputs were handled whose reactions left no other event of the engine.
public struct SagaAdvanced: EventPayload {
    public static let type: EventType = "hindsight.saga-advanced"
    public var causes: [String]
}

/// The claim on an effect, durable before anything is sent.
public struct EffectIntended: EventPayload {
    public static let type: EventType = "hindsight.effect-intended"
    public var saga: String
    public var definitionVersion: Int
    public var instance: String
    public var effect: String
    public var key: String
    public var attempt: Int
    /// Of the worker's lease.
    public var epoch: Int64
    /// The id of the input that wanted it.
    public var cause: String
    public var deadline: Timestamp
    public var request: JSONValue
}

public struct EffectSucceeded: EventPayload {
    public static let type: EventType = "hindsight.effect-succeeded"
    public var effect: String
    public var key: String
    public var attempt: Int
    public var epoch: Int64
    /// How it became known: `answer` or `look-up`.
    public var knownBy: String
    public var at: Timestamp
    public var result: JSONValue
}

public struct EffectRejected: EventPayload {
    public static let type: EventType = "hindsight.effect-rejected"
    public var effect: String
    public var key: String
    public var attempt: Int
    public var epoch: Int64
    public var knownBy: String
    public var at: Timestamp
    public var reason: String
    public var result: JSONValue
}

public struct EffectIndeterminate: EventPayload {
    public static let type: EventType = "hindsight.effect-indeterminate"
    public var effect: String
    public var key: String
    public var attempt: Int
    public var epoch: Int64
    public var at: Timestamp
    public var reason: String
}

public struct TimerSet: EventPayload {
    public static let type: EventType = "hindsight.timer-set"
    public var timer: String
    public var due: Timestamp
    /// The id of the input that wanted it.
    public var cause: String
    /// What the timer is for: `reaction`, or `look-up` of an unknown outcome.
    public var wakeUp: String
}

public struct TimerFired: EventPayload {
    public static let type: EventType = "hindsight.timer-fired"
    public var timer: String
    public var due: Timestamp
    public var at: Timestamp
    public var wakeUp: String

    public static func firing(_ timer: String, due: Timestamp, at now: Timestamp, wakeUp: String) -> TimerFired {
        TimerFired(timer: timer, due: due, at: now, wakeUp: wakeUp)
    }
}

public struct TimerCancelled: EventPayload {
    public static let type: EventType = "hindsight.timer-cancelled"
    public var timer: String
    public var cause: String
}

/// The saga waits for a person.
public struct SagaParked: EventPayload {
    public static let type: EventType = "hindsight.saga-parked"
    public var reason: String
    public var cause: String
}

public struct SagaFinished: EventPayload {
    public static let type: EventType = "hindsight.saga-finished"
    public var outcome: String
    public var cause: String
}
