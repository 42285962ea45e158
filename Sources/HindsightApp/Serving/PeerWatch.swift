import AudienceJobs
package import HindsightCore
package import Logging
import Synchronization

/// Tells the log of the process when a peer goes away and when it is back: once each, however many effects find out and however often they
/// are tried.
///
/// Reasons stay in the events of the sagas: those of notices may name people.
package final class PeerWatch: Sendable {
    private struct Outage {
        /// Those that wait for the peer.
        var effects: Set<EffectReference> = []
        /// Whether others have had an answer since: then it is away for some alone, and who joins them is told of.
        var answersOthers = false
    }

    private let logger: Logger
    private let outages = Mutex<[String: Outage]>([:])

    package init(_ logger: Logger) {
        self.logger = logger
    }

    /// The peer has not answered, or could do nothing now.
    package func missed(_ peer: String, by intent: EffectIntent) {
        let isNews = outages.withLock { outages in
            var outage = outages[peer] ?? Outage()
            defer { outages[peer] = outage }
            let isFirst = outage.effects.isEmpty
            guard outage.effects.insert(intent.reference).inserted, isFirst || outage.answersOthers else { return false }
            outage.answersOthers = false
            return true
        }
        guard isNews else { return }
        logger.warning(
            "a peer is away, or gives no clear answer: what waits for it is tried again",
            metadata: ["peer": "\(peer)", "saga": "\(intent.saga)", "effect": "\(intent.kind)"])
    }

    package func answered(_ peer: String, _ intent: EffectIntent) {
        let isBack = outages.withLock { outages in
            guard outages[peer]?.effects.contains(intent.reference) == true else {
                outages[peer]?.answersOthers = true
                return false
            }
            outages[peer] = nil
            return true
        }
        guard isBack else { return }
        logger.notice("a peer is back", metadata: ["peer": "\(peer)", "saga": "\(intent.saga)", "effect": "\(intent.kind)"])
    }
}

extension PeerWatch {
    /// The effect came to its end without the peer: that says nothing of it.
    package func gaveUp(_ peer: String, _ intent: EffectIntent) {
        outages.withLock { outages in
            outages[peer]?.effects.remove(intent.reference)
            if outages[peer]?.effects.isEmpty == true { outages[peer] = nil }
        }
    }
}

/// A performer whose peers are watched.
package struct WatchedPerformer: EffectPerformer {
    private let performer: any EffectPerformer
    private let watch: PeerWatch
    /// By the kind of an effect, whom it is asked of.
    private let name: @Sendable (String) -> String

    package init(_ performer: any EffectPerformer, watch: PeerWatch, name: @escaping @Sendable (String) -> String) {
        self.performer = performer
        self.watch = watch
        self.name = name
    }

    package func peer(of kind: String) -> Peer { performer.peer(of: kind) }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        let outcome = await performer.perform(intent)
        note(outcome, of: intent)
        return outcome
    }

    package func lookUp(_ intent: EffectIntent) async -> LookUp {
        let lookUp = await performer.lookUp(intent)
        switch lookUp {
        case .settled(let outcome): note(outcome, of: intent)
        case .absent: watch.answered(name(intent.kind), intent)
        case .unknown: miss(intent)
        }
        return lookUp
    }

    private func note(_ outcome: EffectOutcome, of intent: EffectIntent) {
        switch outcome {
        // A job that is being cancelled asks nobody.
        case .rejected(_, let result) where result["cause"] == .string(FailureCause.cancelled.rawValue):
            watch.gaveUp(name(intent.kind), intent)
        case .succeeded, .rejected, .refused: watch.answered(name(intent.kind), intent)
        case .notDone, .indeterminate: miss(intent)
        }
    }

    private func miss(_ intent: EffectIntent) {
        // Who is told to stop has not asked to the end.
        if !Task.isCancelled { watch.missed(name(intent.kind), by: intent) }
    }
}
