public import HindsightCore

/// What became of one run of a simulation.
public struct SimulationReport: Sendable, CustomStringConvertible {
    public let simulation: String
    public let seed: UInt64
    /// What the peer was like.
    public let peer: Peer
    /// The end of the log's chain: equal for equal seeds.
    public let digest: EventDigest
    public let events: [RecordedEvent]
    /// What the peer did, in its order.
    public let acts: [SimulatedAct]
    /// Of each instance, by its name.
    public let statuses: [String: SagaStanding.Status]
    /// How long it took, in the simulation's time.
    public let elapsed: Duration
    /// A sentence for each broken promise.
    public internal(set) var findings: [String] = []

    /// - Throws: ``Broken``, whose one line says how to repeat it.
    public func hold() throws {
        guard findings.isEmpty else { throw Broken(simulation: simulation, seed: seed, peer: peer.name, findings: findings) }
    }

    public var description: String {
        "\(simulation): \(events.count) events, \(acts.count) acts, peer \(peer.name), \(elapsed.components.seconds) s"
    }

    public struct Broken: Error, Sendable, CustomStringConvertible {
        public let simulation: String
        public let seed: UInt64
        public let peer: String
        public let findings: [String]

        public var description: String { "seed \(seed) of \(simulation) (peer: \(peer)): \(findings.joined(separator: "; "))" }
    }
}

/// One saga as the log tells it, with what became of each of its effects.
struct InstanceHistory<S: Saga> {
    private enum End {
        case open
        case succeeded
        case rejected(knownBy: String)
        /// By a person.
        case resolved(SagaResolved.Outcome)
        case skipped
    }

    private struct EffectHistory {
        let reference: EffectReference
        let intended: Position
        /// Those that had succeeded before it was meant.
        let after: [EffectReference]
        let isUndoable: Bool
        let undoes: EffectReference?
        var end = End.open
    }

    var instance: SagaInstance<S>
    private var effects: [EffectHistory] = []
    private var succeeded: [EffectReference] = []
    private var epoch: Int64 = 0
    private var isUndone = false
    private var findings: [String] = []

    private init(id: String) throws { instance = try SagaInstance(id: id) }

    static func all(in events: [RecordedEvent]) throws -> [String: InstanceHistory] {
        var all: [String: InstanceHistory] = [:]
        let prefix = "saga-\(S.name):"
        for recorded in events {
            if recorded.stream.description.hasPrefix(prefix) {
                let id = String(recorded.stream.description.dropFirst(prefix.count))
                guard let event = try SagaLifecycle.codec.decode(recorded) else { continue }
                var history = try all.removeValue(forKey: id) ?? InstanceHistory(id: id)
                history.instance.consume(event, id: recorded.id, recordedAt: recorded.recordedAt, at: recorded.position)
                history.note(event, at: recorded.position)
                all[id] = history
            } else if let event = try S.Event.codec.decode(recorded) {
                for id in S.instances(for: event, in: recorded.stream) {
                    var history = try all.removeValue(forKey: id) ?? InstanceHistory(id: id)
                    try history.instance.consume(
                        event, in: recorded.stream, version: recorded.version, id: recorded.id, at: recorded.position,
                        metadata: recorded.metadata)
                    all[id] = history
                }
            }
        }
        return all
    }

    private mutating func note(_ event: SagaLifecycle, at position: Position) {
        switch event {
        case .effectIntended(let intended):
            work(under: intended.epoch, at: position)
            let reference = EffectReference(kind: intended.effect, key: intended.key)
            guard !effects.contains(where: { $0.reference == reference }) else { return }
            effects.append(
                EffectHistory(
                    reference: reference, intended: position, after: succeeded, isUndoable: intended.compensation != nil,
                    undoes: intended.undoes))
        case .effectTakenUp(let taken): work(under: taken.epoch, at: position)
        case .effectPostponed(let postponed): work(under: postponed.epoch, at: position)
        case .effectIndeterminate(let unknown): work(under: unknown.epoch, at: position)
        case .effectSucceeded(let outcome):
            work(under: outcome.epoch, at: position)
            end(outcome.effect, outcome.key, .succeeded)
            succeeded.append(EffectReference(kind: outcome.effect, key: outcome.key))
        case .effectRejected(let outcome):
            work(under: outcome.epoch, at: position)
            end(outcome.effect, outcome.key, .rejected(knownBy: outcome.knownBy))
        case .resolved(let resolved): end(resolved.effect, resolved.key, .resolved(resolved.outcome))
        case .skipped(let skipped): if let kind = skipped.effect, let key = skipped.key { end(kind, key, .skipped) }
        case .compensated: isUndone = true
        case .started, .advanced, .timerSet, .timerFired, .timerCancelled, .compensationStarted, .parked, .finished, .retried,
            .cancelRequested, .paused, .resumed, .signalled:
            break
        }
    }

    /// Whoever has lost the work to another one must not append any more.
    private mutating func work(under epoch: Int64, at position: Position) {
        if epoch < self.epoch { findings.append("at position \(position), a worker of epoch \(epoch) appended after one of \(self.epoch)") }
        self.epoch = max(self.epoch, epoch)
    }

    private mutating func end(_ kind: String, _ key: String, _ end: End) {
        for index in effects.indices where effects[index].reference == EffectReference(kind: kind, key: key) { effects[index].end = end }
    }

    // MARK: - Judging

    func findings(acts: [SimulatedAct], canSettle: Bool) -> [String] {
        var found = findings
        let own = acts.enumerated().filter { $0.element.instance == instance.id }
        let places = Dictionary(grouping: own.map(\.offset)) { acts[$0].effect }
        for effect in effects { found += broken(effect, places) }
        for (effect, acted) in places.sorted(by: { $0.value[0] < $1.value[0] }) {
            guard let history = effects.first(where: { $0.reference == effect }) else {
                found.append("\(effect) was done and nobody meant it to be")
                continue
            }
            for act in acted where acts[act].storedThrough < history.intended {
                found.append("\(effect) was sent before it was in the log that it is meant to be")
            }
        }
        found += restlessness(canSettle: canSettle)
        return found.map { "\(instance.id): \($0)" }
    }

    private func broken(_ effect: EffectHistory, _ places: [EffectReference: [Int]]) -> [String] {
        let acted = places[effect.reference] ?? []
        var found: [String] = []
        if acted.count > 1 { found.append("\(effect.reference) was done \(acted.count) times") }
        switch effect.end {
        case .succeeded, .resolved(.succeeded):
            if acted.isEmpty { found.append("\(effect.reference) is said to be done and was not") }
        case .rejected(let knownBy):
            if !acted.isEmpty { found.append("\(effect.reference) was done and is said not to be, known by \(knownBy)") }
        case .resolved(.rejected): if !acted.isEmpty { found.append("\(effect.reference) was done after it was resolved") }
        case .open, .skipped: break
        }
        if let first = acted.first {
            for before in effect.after where (places[before]?.first ?? .max) > first {
                found.append("\(effect.reference) was done before \(before)")
            }
        }
        if isUndone, case .succeeded = effect.end, effect.isUndoable, effect.undoes == nil,
            !effects.contains(where: { $0.undoes == effect.reference })
        {
            found.append("\(effect.reference) was not undone")
        }
        return found
    }

    /// Why it should go on and does not.
    private func restlessness(canSettle: Bool) -> [String] {
        switch instance.wakeUp {
        case nil, .event: return []
        case .person(let reason):
            // A step back that is refused is for a person, and so is what no peer can tell.
            return canSettle && !reason.contains("was refused") || !canSettle && !reason.contains("is unknown")
                ? ["it waits for a person without need: \(reason)"] : []
        case .worker(let reason): return ["it does not go on, with \(reason)"]
        case .effect(let effect, let attempt): return ["it does not go on with attempt \(attempt) of \(effect)"]
        case .timer(let timer, let due): return ["its timer \(timer), due at \(due), does not fire"]
        case .nothing: return ["nothing will ever bring it on"]
        }
    }
}
