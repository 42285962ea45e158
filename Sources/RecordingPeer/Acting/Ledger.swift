import FoundationEssentials

/// Names an effect at the peer: keys of different kinds are different keys.
struct EffectKey: Sendable, Hashable {
    let kind: String
    let key: String

    init(_ kind: String, _ key: String) {
        self.kind = kind
        self.key = key
    }
}

/// Everything the peer knows: the journal, folded.
struct Ledger: Sendable {
    /// What is known of one key.
    struct Entry: Sendable {
        struct Act: Sendable {
            let digest: String
            let at: Date
        }
        struct Failure: Sendable {
            let digest: String
            let status: Int
            let at: Date
        }

        /// How often it came.
        var arrivals = 0
        var acts: [Act] = []
        /// What it failed with last, until it is acted on anew.
        var failure: Failure?
    }

    /// What a repeated key is answered.
    enum Stored: Sendable, Equatable {
        case act(number: Int)
        case failure(status: Int)
    }

    private(set) var behaviour = Behaviour()
    private(set) var faults: [ArmedFault] = []
    private(set) var lastFault = 0
    private(set) var chaos: Chaos?
    private(set) var lastRequest = 0
    private(set) var advancedSeconds: TimeInterval = 0
    private var entries: [EffectKey: Entry] = [:]

    subscript(key: EffectKey) -> Entry { entries[key] ?? Entry() }

    /// What the peer remembers of a key at an instant, with the digest of the body that it came with.
    func stored(_ key: EffectKey, at now: Date) -> (answer: Stored, digest: String)? {
        guard behaviour.keys != .forget, let entry = entries[key] else { return nil }
        let found: (answer: Stored, digest: String, since: Date)?
        if let failure = entry.failure, behaviour.replaysFailures {
            found = (.failure(status: failure.status), failure.digest, failure.at)
        } else {
            found = entry.acts.last.map { (.act(number: entry.acts.count), $0.digest, $0.at) }
        }
        guard let found else { return nil }
        if case .honourSeconds(let life) = behaviour.keys, now.timeIntervalSince(found.since) >= TimeInterval(life) { return nil }
        return (found.answer, found.digest)
    }

    /// The fault that a request to come suffers: the first that was scripted for it, or else one that is drawn.
    func fault(for key: EffectKey, at operation: ArmedFault.Operation) -> (fault: Fault, armed: Int?)? {
        if let armed = faults.first(where: { $0.meets(key, at: operation) }) { return (armed.fault, armed.id) }
        guard operation == .effect else { return nil }
        return chaos?.fault(for: key, arrival: self[key].arrivals + 1).map { ($0, nil) }
    }

    mutating func apply(_ entry: JournalEntry, at instant: Date) {
        switch entry {
        case .opened(let opening): behaviour.apply(opening.behaviour)
        case .behaves(let change): behaviour.apply(change)
        case .advanced(let advance): advancedSeconds += advance.seconds
        case .armed(let fault):
            faults.append(fault)
            lastFault = fault.id
        case .disarmed: faults = []
        case .chaos(let chaos): self.chaos = chaos
        case .began(let began):
            lastRequest = began.request
            if began.operation == .effect { entries[EffectKey(began.kind, began.key), default: Entry()].arrivals += 1 }
            if let index = faults.firstIndex(where: { $0.id == began.armed }) {
                faults[index].times -= 1
                if faults[index].times == 0 { faults.remove(at: index) }
            }
        case .acted(let act):
            let effect = EffectKey(act.kind, act.key)
            entries[effect, default: Entry()].acts.append(Entry.Act(digest: act.digest, at: instant))
            entries[effect]?.failure = nil
        case .failed(let failure):
            entries[EffectKey(failure.kind, failure.key), default: Entry()].failure = Entry.Failure(
                digest: failure.digest, status: failure.status, at: instant)
        case .ended: break
        }
    }
}
