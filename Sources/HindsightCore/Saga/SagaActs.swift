// What people and other programs do to a saga. Who it was stands in the event's metadata.

/// A parked saga goes on with what it stood at; what waits for its next try need not wait any longer.
public struct SagaRetried: EventPayload {
    public static let type: EventType = "hindsight.saga-retried"
    public var reason: String
    public var at: Timestamp
}

/// A person found out what became of an effect.
public struct SagaResolved: EventPayload, EffectNaming {
    public enum Outcome: String, Codable, Sendable { case succeeded, rejected }

    public static let type: EventType = "hindsight.saga-resolved"
    public var effect: String
    public var key: String
    public var attempt: Int
    public var outcome: Outcome
    /// What the peer would have answered.
    public var result: JSONValue
    /// Where it can be seen, without personal values: the number of a statement, of a ticket.
    public var proof: String
    public var reason: String
    public var at: Timestamp
}

/// The saga goes on without what it stood at: an effect, or the reactions to an input.
public struct SagaSkipped: EventPayload {
    public static let type: EventType = "hindsight.saga-skipped"
    public var effect: String?
    public var key: String?
    /// The id of the input.
    public var cause: String?
    public var reason: String
    public var at: Timestamp

    var reference: EffectReference? {
        guard let effect, let key else { return nil }
        return EffectReference(kind: effect, key: key)
    }
}

public struct SagaCancelRequested: EventPayload {
    public static let type: EventType = "hindsight.saga-cancel-requested"
    public var reason: String
    public var at: Timestamp
}

/// Nothing is begun any more; what is under way comes to its end, and what comes in waits.
public struct SagaPaused: EventPayload {
    public static let type: EventType = "hindsight.saga-paused"
    public var reason: String
    public var at: Timestamp
}

public struct SagaResumed: EventPayload {
    public static let type: EventType = "hindsight.saga-resumed"
    public var reason: String
    public var at: Timestamp
}

public struct SagaSignalled: EventPayload {
    public static let type: EventType = "hindsight.saga-signalled"
    public var signal: String
    public var data: JSONValue
    public var at: Timestamp
}
