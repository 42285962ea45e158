/// The one reason why an open saga will go on.
public enum SagaWakeUp: Sendable, Hashable {
    /// Inputs are in the log whose reactions are not: a worker plans them when it next runs.
    case worker(String)
    case effect(EffectReference, attempt: Int)
    case timer(String, due: Timestamp)
    /// An event of the domain.
    case event(String)
    /// A person: it is parked or paused.
    case person(String)
    /// Nothing will ever bring it on.
    case nothing

    public var word: String {
        switch self {
        case .worker: "worker"
        case .effect: "effect"
        case .timer: "timer"
        case .event: "event"
        case .person: "operator"
        case .nothing: "none"
        }
    }
}

extension SagaInstance {
    /// What brings the saga on; `nil` for one that has ended, or that nothing has made begin.
    public var wakeUp: SagaWakeUp? {
        switch standing.status {
        case .finished: return nil
        case .parked(let reason): return .person("parked: \(reason)")
        case .running: break
        }
        if let pause = standing.pause { return .person("paused: \(pause)") }
        if canAdvance { return .worker("\(unhandled.count) inputs to handle") }
        if let effect = actionableEffects.first { return .effect(effect.reference, attempt: effect.intent.attempt) }
        if let (name, timer) = standing.timers.next { return .timer(name, due: timer.due) }
        if standing.definitionVersion == nil { return nil }
        if let event = S.awaits(in: state) { return .event(event) }
        return .nothing
    }
}
