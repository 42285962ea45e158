import HindsightCore

/// A peer in memory that acts once per key, loses answers as scripted, and remembers what it did.
actor ScriptedPeer: EffectPerformer {
    enum Behaviour: Sendable {
        case answer
        case reject(String)
        /// Acts, and the answer is lost.
        case actAndDrop
        /// Doesn't act, and no answer comes.
        case drop
    }

    private var script: [String: [Behaviour]]
    private var isReachable: Bool
    /// Keys in the order they were acted on.
    private(set) var acts: [String] = []
    private(set) var sendings: [String] = []

    init(_ script: [String: [Behaviour]] = [:], isReachable: Bool = true) {
        self.script = script
        self.isReachable = isReachable
    }

    func perform(_ intent: EffectIntent) -> EffectOutcome {
        sendings.append(intent.key)
        var behaviours = script[intent.key] ?? []
        let behaviour = behaviours.isEmpty ? .answer : behaviours.removeFirst()
        script[intent.key] = behaviours
        switch behaviour {
        case .answer:
            act(intent.key)
            return .succeeded(["key": .string(intent.key)])
        case .reject(let reason): return .rejected(reason: reason)
        case .actAndDrop:
            act(intent.key)
            return .indeterminate(reason: "the connection was reset")
        case .drop: return .indeterminate(reason: "the connection was reset")
        }
    }

    func lookUp(_ intent: EffectIntent) -> LookUp {
        guard isReachable else { return .unknown(reason: "no answer") }
        return acts.contains(intent.key) ? .settled(.succeeded(["key": .string(intent.key)])) : .absent
    }

    private func act(_ key: String) {
        if !acts.contains(key) { acts.append(key) }
    }
}
