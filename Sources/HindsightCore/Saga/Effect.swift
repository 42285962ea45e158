/// A wish to act on the outside world, once.
public struct Effect: Sendable, Hashable {
    /// Which of the saga's effects it is: `charge`, `clone-note`.
    public let kind: String
    /// From the business (job and step; invoice and attempt number), never from time, token or process: the idempotency key at the peer.
    public let key: String
    /// What the performer needs; no secrets, no personal values.
    public let request: JSONValue
    /// How to undo it, once it has succeeded.
    public let compensation: Compensation?

    public init(_ kind: String, key: String, request: JSONValue = [:], undoneBy compensation: Compensation? = nil) {
        self.kind = kind
        self.key = key
        self.request = request
        self.compensation = compensation
    }

    public var reference: EffectReference { EffectReference(kind: kind, key: key) }
}

/// The effect that takes another one back.
///
/// It is named beside the step that needs it and stored with its intent, so that what was applied can be undone whatever the program
/// has become since. Its key is `undo:` and the key of what it undoes; its request holds `request`, `key` and the `result` of that.
public struct Compensation: Codable, Sendable, Hashable {
    public let kind: String
    public let request: JSONValue

    public init(_ kind: String, request: JSONValue = [:]) {
        self.kind = kind
        self.request = request
    }

    func effect(undoing applied: EffectReference, result: JSONValue) -> Effect {
        Effect(kind, key: "undo:\(applied.key)", request: ["request": request, "key": .string(applied.key), "result": result])
    }
}

public struct EffectReference: Codable, Sendable, Hashable, CustomStringConvertible {
    public let kind: String
    public let key: String

    public init(kind: String, key: String) {
        self.kind = kind
        self.key = key
    }

    public var description: String { "\(kind):\(key)" }
}

/// The bounds of an effect, and how it is tried again.
public struct EffectPolicy: Sendable, Hashable {
    public enum Exhaustion: Sendable, Hashable {
        /// A person has to look at it.
        case park
        /// It counts as the peer's no, which the saga knows what to do about.
        case reject
    }

    /// How often the effect is sent at most; a crash counts. See ``patience``.
    public var maximumAttempts: Int
    /// The time limit of one attempt.
    public var timeLimit: Duration
    /// For how long an effect that surely was not done is tried again, from the first intent or a person's `retry` on: a peer that is away may
    /// be so for hours, and attempts that it never saw harm nobody. It ends after so long and ``maximumAttempts``, whichever is later; towards
    /// the limit of those that the peer may have seen they do not count. `nil`: they do.
    public var patience: Duration?
    /// From the first intent on: past it, nothing is sent any more.
    public var totalTimeLimit: Duration?
    /// Waits between attempts after which it is certain that nothing was done.
    public var backOff: BackOff
    /// Waits before each look-up of an unknown outcome; after the last one the saga is parked.
    public var lookUpWaits: [Duration]
    /// What becomes of an effect that was tried as often, or for as long, as it may be and surely was not done.
    public var whenExhausted: Exhaustion

    public init(
        maximumAttempts: Int = 10, timeLimit: Duration = .seconds(60), patience: Duration? = nil, totalTimeLimit: Duration? = nil,
        backOff: BackOff = BackOff(),
        lookUpWaits: [Duration] = [.seconds(1), .seconds(5), .seconds(30), .seconds(300), .seconds(3_600)],
        whenExhausted: Exhaustion = .park
    ) {
        self.maximumAttempts = maximumAttempts
        self.timeLimit = timeLimit
        self.patience = patience
        self.totalTimeLimit = totalTimeLimit
        self.backOff = backOff
        self.lookUpWaits = lookUpWaits
        self.whenExhausted = whenExhausted
    }
}

/// Waits that grow: `first`, then `factor` times as long each time, up to `longest`.
public struct BackOff: Sendable, Hashable {
    public var first: Duration
    public var factor: Double
    public var longest: Duration
    /// How much of a wait is left to chance, from 0 to 1: many that failed together don't come back together.
    public var jitter: Double

    public init(first: Duration = .seconds(1), factor: Double = 2, longest: Duration = .seconds(300), jitter: Double = 0.5) {
        self.first = first
        self.factor = factor
        self.longest = longest
        self.jitter = jitter
    }

    /// The wait after an attempt.
    ///
    /// The chance in it follows from the effect and the attempt alone, so that a replay comes to the same instant.
    /// - Parameter attempt: 1, 2, 3…
    public func wait(after attempt: Int, of effect: EffectReference) -> Duration {
        var wait = Double(first.microseconds)
        let most = Double(longest.microseconds)
        for _ in 1..<max(attempt, 1) where wait < most { wait *= factor }
        wait = min(wait, most)
        return .microseconds(Int64(wait * (1 - jitter * Self.chance(effect, attempt))))
    }

    /// A number from 0 to 1 (FNV-1a over the bytes, finished by the mixer of SplitMix64).
    private static func chance(_ effect: EffectReference, _ attempt: Int) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(effect)#\(attempt)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        return Double(hash >> 11) / Double(1 << 53)
    }
}
