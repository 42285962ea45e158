/// The engine's own events of a saga, in the stream `saga-<name>:<instance>`, apart from the domain's streams.
public enum SagaLifecycle: DomainEvent {
    case started(SagaStarted)
    case advanced(SagaAdvanced)
    case effectIntended(EffectIntended)
    case effectTakenUp(EffectTakenUp)
    case effectSucceeded(EffectSucceeded)
    case effectRejected(EffectRejected)
    case effectPostponed(EffectPostponed)
    case effectIndeterminate(EffectIndeterminate)
    case timerSet(TimerSet)
    case timerFired(TimerFired)
    case timerCancelled(TimerCancelled)
    case compensationStarted(SagaCompensationStarted)
    case compensated(SagaCompensated)
    case parked(SagaParked)
    case finished(SagaFinished)
    // What people and other programs do to a saga.
    case retried(SagaRetried)
    case resolved(SagaResolved)
    case skipped(SagaSkipped)
    case cancelRequested(SagaCancelRequested)
    case paused(SagaPaused)
    case resumed(SagaResumed)
    case signalled(SagaSignalled)

    public static let codec = EventCodec<SagaLifecycle>([
        .kind(SagaLifecycle.started), .kind(SagaLifecycle.advanced), .kind(SagaLifecycle.effectIntended),
        .kind(SagaLifecycle.effectTakenUp), .kind(SagaLifecycle.effectSucceeded), .kind(SagaLifecycle.effectRejected),
        .kind(SagaLifecycle.effectPostponed), .kind(SagaLifecycle.effectIndeterminate), .kind(SagaLifecycle.timerSet),
        .kind(SagaLifecycle.timerFired), .kind(SagaLifecycle.timerCancelled), .kind(SagaLifecycle.compensationStarted),
        .kind(SagaLifecycle.compensated), .kind(SagaLifecycle.parked), .kind(SagaLifecycle.finished), .kind(SagaLifecycle.retried),
        .kind(SagaLifecycle.resolved), .kind(SagaLifecycle.skipped), .kind(SagaLifecycle.cancelRequested), .kind(SagaLifecycle.paused),
        .kind(SagaLifecycle.resumed), .kind(SagaLifecycle.signalled),
    ])

    public var payload: any EventPayload {
        switch self {
        case .started(let payload): payload
        case .advanced(let payload): payload
        case .effectIntended(let payload): payload
        case .effectTakenUp(let payload): payload
        case .effectSucceeded(let payload): payload
        case .effectRejected(let payload): payload
        case .effectPostponed(let payload): payload
        case .effectIndeterminate(let payload): payload
        case .timerSet(let payload): payload
        case .timerFired(let payload): payload
        case .timerCancelled(let payload): payload
        case .compensationStarted(let payload): payload
        case .compensated(let payload): payload
        case .parked(let payload): payload
        case .finished(let payload): payload
        case .retried(let payload): payload
        case .resolved(let payload): payload
        case .skipped(let payload): payload
        case .cancelRequested(let payload): payload
        case .paused(let payload): payload
        case .resumed(let payload): payload
        case .signalled(let payload): payload
        }
    }
}

extension SagaLifecycle {
    /// The effect that the event says something about to the saga: its outcome, or that there is none yet, or never will be.
    var settled: EffectReference? {
        switch self {
        case .effectSucceeded(let outcome): outcome.reference
        case .effectRejected(let outcome): outcome.reference
        case .effectIndeterminate(let outcome): outcome.reference
        case .resolved(let resolved): resolved.reference
        case .skipped(let skipped): skipped.reference
        case .started, .advanced, .effectIntended, .effectTakenUp, .effectPostponed, .timerSet, .timerFired, .timerCancelled,
            .compensationStarted, .compensated, .parked, .finished, .retried, .cancelRequested, .paused, .resumed, .signalled:
            nil
        }
    }
}

/// What names an effect.
protocol EffectNaming {
    /// The kind.
    var effect: String { get }
    var key: String { get }
}

extension EffectNaming {
    var reference: EffectReference { EffectReference(kind: effect, key: key) }
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
public struct EffectIntended: EventPayload, EffectNaming {
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
    /// How it can be undone once it has succeeded.
    public var compensation: Compensation?
    /// Of a compensation: the effect that it undoes.
    public var undoes: EffectReference?
    /// Whether an attempt before this one may have been done, too: the peer knows the key, and does nothing twice under it.
    public var inDoubt: Bool?
}

/// A worker looks into an effect that another one, or it itself before a crash, had intended: durable before it asks the peer.
///
/// So that one which kills whoever touches it is counted, and parked in the end.
public struct EffectTakenUp: EventPayload, EffectNaming {
    public static let type: EventType = "hindsight.effect-taken-up"
    public var effect: String
    public var key: String
    public var attempt: Int
    public var epoch: Int64
    public var at: Timestamp
}

public struct EffectSucceeded: EventPayload, EffectNaming {
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

public struct EffectRejected: EventPayload, EffectNaming {
    public static let type: EventType = "hindsight.effect-rejected"
    public var effect: String
    public var key: String
    public var attempt: Int
    public var epoch: Int64
    /// `answer`, `look-up`; `limits`: it was tried as often or as long as it may be; `compensation`: what came before is being undone;
    /// `withdrawal`: the saga has let go of it.
    public var knownBy: String
    public var at: Timestamp
    public var reason: String
    public var result: JSONValue
    /// Of a withdrawal: the id of the input that led to it.
    public var cause: String?

    static let compensation = "compensation"
    static let withdrawal = "withdrawal"

    /// Whether it was decided here, and not told by the world outside.
    var isDecided: Bool { knownBy == Self.compensation || knownBy == Self.withdrawal }
}

/// An attempt came to nothing, surely; a timer brings the next one.
public struct EffectPostponed: EventPayload, EffectNaming {
    public static let type: EventType = "hindsight.effect-postponed"
    public var effect: String
    public var key: String
    public var attempt: Int
    public var epoch: Int64
    public var at: Timestamp
    public var reason: String
}

public struct EffectIndeterminate: EventPayload, EffectNaming {
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
    /// What the timer is for: `reaction`; `look-up` of an unknown outcome; `retry` of an attempt that came to nothing.
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

/// What was applied is being undone, the last first.
public struct SagaCompensationStarted: EventPayload {
    public static let type: EventType = "hindsight.compensation-started"
    public var reason: String
    public var cause: String
}

/// Everything that was applied and can be undone has been.
public struct SagaCompensated: EventPayload {
    public static let type: EventType = "hindsight.saga-compensated"
    public var at: Timestamp
}

/// The saga waits for a person.
public struct SagaParked: EventPayload {
    public static let type: EventType = "hindsight.saga-parked"
    public var reason: String
    /// The id of the input that can't be reacted to, or the effect that doesn't come to an end.
    public var cause: String
}

public struct SagaFinished: EventPayload {
    public static let type: EventType = "hindsight.saga-finished"
    public var outcome: String
    public var cause: String
}
