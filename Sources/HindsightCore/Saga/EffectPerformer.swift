/// The port through which a saga's effects reach the outside world.
public protocol EffectPerformer: Sendable {
    /// What can be relied on at the peer that effects of this kind go to.
    func peer(of kind: String) -> Peer

    /// Sends the effect. The intent is durable before this is called.
    ///
    /// Anything but a definite answer is `.indeterminate`: a reset, a time-out, a 5xx, a broken body. A peer that says "not now", and a
    /// connection that was refused, are `.notDone`. When the task is cancelled, the time limit is over: return at once, with
    /// `.indeterminate`.
    func perform(_ intent: EffectIntent) async -> EffectOutcome

    /// Looks up at the peer what became of an effect that was sent, or may have been; never sends it.
    ///
    /// Not called for a peer that cannot be queried.
    func lookUp(_ intent: EffectIntent) async -> LookUp
}

extension EffectPerformer {
    public func peer(of kind: String) -> Peer { Peer(name: "peer") }
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
    /// Attempts before this one that surely were not done: the peer never saw them, or could not take them.
    public let postponements: Int
    /// When this attempt was claimed; `nil` where nobody tells.
    public let intendedAt: Timestamp?

    public init(
        saga: String, instance: String, kind: String, key: String, attempt: Int, request: JSONValue, deadline: Timestamp,
        postponements: Int = 0, intendedAt: Timestamp? = nil
    ) {
        self.postponements = postponements
        self.intendedAt = intendedAt
        self.saga = saga
        self.instance = instance
        self.kind = kind
        self.key = key
        self.attempt = attempt
        self.request = request
        self.deadline = deadline
    }

    public var reference: EffectReference { EffectReference(kind: kind, key: key) }
}

public enum EffectOutcome: Sendable, Hashable {
    case succeeded(JSONValue)
    case rejected(reason: String, result: JSONValue = [:])
    /// The peer refuses the request itself: nothing was done, and waiting does not help. A person has to look at it, who retries it or says
    /// what became of it.
    case refused(reason: String)
    /// Nothing was done, and the same request may succeed later: no sooner than after `retryAfter`, if the peer named that.
    case notDone(reason: String, retryAfter: Duration? = nil)
    case indeterminate(reason: String)
}

/// What the peer says of an effect after the fact.
public enum LookUp: Sendable, Hashable {
    /// It is settled, and this is its outcome.
    case settled(EffectOutcome)
    /// It is not known there: it was never done, or has not arrived yet.
    case absent
    /// The peer can't tell now.
    case unknown(reason: String)
}

/// What the engine may rely on at a peer: how an unknown outcome is found out follows from it.
public struct Peer: Sendable, Hashable {
    /// What the peer does with a key that it has seen before.
    public enum Keys: Sendable, Hashable {
        /// It acts again.
        case ignored
        /// It answers as it did, and does not act again; `nil`: for ever.
        case honoured(for: Duration?)
    }

    /// In metrics, and the name under which limits are shared.
    public var name: String
    public var keys: Keys
    /// Whether a repeated key is answered with a stored failure, too: then no repetition gets past it.
    public var replaysFailures: Bool
    public var isQueryable: Bool
    /// How long after its intent a request may still take effect: until then, a look-up that finds nothing proves nothing, unless keys
    /// are honoured.
    public var settling: Duration
    public var limits: PeerLimits

    public init(
        name: String, keys: Keys = .ignored, replaysFailures: Bool = false, isQueryable: Bool = true, settling: Duration = .zero,
        limits: PeerLimits = PeerLimits()
    ) {
        self.name = name
        self.keys = keys
        self.replaysFailures = replaysFailures
        self.isQueryable = isQueryable
        self.settling = settling
        self.limits = limits
    }

    /// Whether a key is honoured for a time, and no longer.
    var forgetsKeys: Bool { if case .honoured(.some) = keys { true } else { false } }

    /// Whether a request that was first meant at `since` may be sent again under its key, and surely acts once.
    func honoursKey(since: Timestamp, at now: Timestamp) -> Bool {
        switch keys {
        case .ignored: false
        case .honoured(nil): true
        case .honoured(let life?): now < since.advanced(by: life)
        }
    }
}

/// How much a peer bears. Workers that share the sagas share these, too.
public struct PeerLimits: Sendable, Hashable {
    public var perSecond: Double?
    /// How many may go at once after a pause.
    public var burst: Int
    public var concurrency: Int?

    public init(perSecond: Double? = nil, burst: Int = 1, concurrency: Int? = nil) {
        self.perSecond = perSecond
        self.burst = burst
        self.concurrency = concurrency
    }
}
