public import HindsightCore

/// What a peer's journal proves against the sagas that used it.
///
/// Each check adds what it finds; ``hold()`` throws all of it at once:
/// ```swift
/// try PeerVerdict(on: PeerJournal(file: path))
///     .nothingTwice()
///     .exactlyOnce([EffectReference(kind: "charge", key: "order-7")])
///     .every("ship", after: "charge") { $0 }
///     .atOnce(atMost: 4)
///     .hold()
/// ```
public struct PeerVerdict: Sendable {
    private let journal: PeerJournal
    /// A sentence for each broken promise, in the order of the checks.
    public private(set) var findings: [String] = []

    public init(on journal: PeerJournal) {
        self.journal = journal
    }

    /// - Throws: ``Broken`` unless every promise was kept.
    public func hold() throws {
        guard findings.isEmpty else { throw Broken(findings: findings) }
    }

    public struct Broken: Error, Sendable, CustomStringConvertible {
        public let findings: [String]
        public var description: String { findings.joined(separator: "\n") }
    }

    // MARK: - How often

    /// No key was acted on more than once.
    public func nothingTwice() -> PeerVerdict {
        adding(journal.actCounts.filter { $0.value > 1 }.map { "\($0.key) was done \($0.value) times" }.sorted())
    }

    /// Each of these was acted on once.
    public func exactlyOnce(_ effects: some Sequence<EffectReference>) -> PeerVerdict {
        let counts = journal.actCounts
        return adding(effects.filter { counts[$0] != 1 }.map { "\($0) was done \(counts[$0] ?? 0) times instead of once" })
    }

    /// Nothing but these was acted on.
    public func nothingBut(_ effects: some Sequence<EffectReference>) -> PeerVerdict {
        adding(Set(journal.acts.map(\.effect)).subtracting(effects).map { "\($0) was done and should not have been" }.sorted())
    }

    // MARK: - In which order

    /// These were done one after the other: each for the first time only after those before it.
    public func inOrder(_ effects: [EffectReference]) -> PeerVerdict {
        let first = Dictionary(journal.acts.map { ($0.effect, $0.sequence) }) { first, _ in first }
        let missing = effects.filter { first[$0] == nil }.map { "\($0) was not done" }
        let done = effects.compactMap { effect in first[effect].map { (effect: effect, sequence: $0) } }
        let turned = zip(done, done.dropFirst()).filter { $0.sequence > $1.sequence }.map { "\($1.effect) was done before \($0.effect)" }
        return adding(missing + turned)
    }

    /// Each effect of one kind was done only after an effect of another kind: after a charge, a shipment.
    ///
    /// - Parameter key: The key of the earlier effect, from the key of the later one.
    public func every(_ later: String, after earlier: String, key: (String) -> String) -> PeerVerdict {
        var done: Set<EffectReference> = []
        var found: [String] = []
        for act in journal.acts {
            if act.effect.kind == later {
                let needed = EffectReference(kind: earlier, key: key(act.effect.key))
                if !done.contains(needed) { found.append("\(act.effect) was done without \(needed) before it") }
            }
            done.insert(act.effect)
        }
        return adding(found)
    }

    // MARK: - How fast

    /// There were never more requests at the peer at once.
    public func atOnce(atMost limit: Int) -> PeerVerdict {
        let greatest = journal.greatestConcurrency()
        return adding(greatest > limit ? ["\(greatest) requests were at the peer at once, and \(limit) are allowed"] : [])
    }

    /// There never came more requests in any such span of time.
    public func rate(atMost limit: Int, per span: Duration = .seconds(1)) -> PeerVerdict {
        let greatest = journal.greatestRate(per: span)
        return adding(greatest > limit ? ["\(greatest) requests came within \(span), and \(limit) are allowed"] : [])
    }

    private func adding(_ found: [String]) -> PeerVerdict {
        var verdict = self
        verdict.findings += found
        return verdict
    }
}
