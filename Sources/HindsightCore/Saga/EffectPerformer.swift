/// The port through which a saga's effects reach one peer.
public protocol EffectPerformer: Sendable {
    /// Sends the effect. The intent is durable before this is called.
    ///
    /// Anything but a definite answer is `.indeterminate`: a reset, a time-out, a 5xx, a broken body. So is a refused connection: the
    /// look-up then finds nothing, and the effect is sent again.
    func perform(_ intent: EffectIntent) async -> EffectOutcome

    /// Looks up at the peer what became of an effect that was sent, or may have been; never sends it.
    func lookUp(_ intent: EffectIntent) async -> LookUp
}

/// A stored wish, with what the worker needs to carry it out.
public struct EffectIntent: Sendable, Hashable {
    public let saga: String
    public let instance: String
    public let kind: String
    public let key: String
    /// 1, 2, 3…
    public let attempt: Int
    public let request: JSONValue
    public let deadline: Timestamp

    public init(saga: String, instance: String, kind: String, key: String, attempt: Int, request: JSONValue, deadline: Timestamp) {
        self.saga = saga
        self.instance = instance
        self.kind = kind
        self.key = key
        self.attempt = attempt
        self.request = request
        self.deadline = deadline
    }
}

public enum EffectOutcome: Sendable, Hashable {
    case succeeded(JSONValue)
    case rejected(reason: String, result: JSONValue = [:])
    case indeterminate(reason: String)
}

/// What the peer says of an effect after the fact.
public enum LookUp: Sendable, Hashable {
    /// It is settled, and this is its outcome.
    case settled(EffectOutcome)
    /// It was never done, and sending it again is safe.
    case absent
    /// The peer can't tell now.
    case unknown(reason: String)
}
