import CoreMetrics
import HindsightCore

/// A peer whose outcomes are counted.
struct MeasuredPerformer: EffectPerformer {
    private let performer: any EffectPerformer
    private let peer: String
    private let metrics: any MetricsFactory

    init(_ performer: any EffectPerformer, peer: String, metrics: any MetricsFactory) {
        self.performer = performer
        self.peer = peer
        self.metrics = metrics
    }

    func peer(of kind: String) -> Peer { performer.peer(of: kind) }

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        let outcome = await performer.perform(intent)
        count(outcome)
        return outcome
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp {
        let lookUp = await performer.lookUp(intent)
        if case .settled(let outcome) = lookUp { count(outcome) }
        return lookUp
    }

    /// Makes the counters of all peers, so that the first failure of each is a step up from 0.
    static func prepare(_ metrics: any MetricsFactory) {
        for peer in ["notebook", "gateway", "notices"] {
            for outcome in ["succeeded", "rejected", "not-done", "indeterminate"] { counter(peer, outcome, metrics).increment(by: 0) }
        }
    }

    private static func counter(_ peer: String, _ outcome: String, _ metrics: any MetricsFactory) -> Counter {
        Counter(label: "hindsight_effect_outcomes_total", dimensions: [("peer", peer), ("outcome", outcome)], factory: metrics)
    }

    private func count(_ outcome: EffectOutcome) {
        let name =
            switch outcome {
            case .succeeded: "succeeded"
            case .rejected: "rejected"
            case .refused: "refused"
            case .notDone: "not-done"
            case .indeterminate: "indeterminate"
            }
        Self.counter(peer, name, metrics).increment()
    }
}
