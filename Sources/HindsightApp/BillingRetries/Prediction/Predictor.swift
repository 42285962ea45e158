package import BillingRetries
package import HindsightCore
import HindsightRuntime

/// Asks models, each by its digest, and says in one word why it cannot.
package struct Predictor: Sendable {
    private let shelf: ModelShelf
    private let patience: any WallClock

    /// An answer that took longer is not used: whoever waited for it has gone on by the rules.
    package static let slowest = Duration.milliseconds(300)

    /// - Parameter patience: By which answers are timed; the machine's, also where time is set by hand.
    package init(_ shelf: ModelShelf, patience: any WallClock = SystemClock()) {
        self.shelf = shelf
        self.patience = patience
    }

    /// The whole ranking, and how long it took.
    package func rank(
        _ question: WindowQuestion, by digest: ModelDigest
    ) throws(PredictionFailure) -> (ranking: WindowRanking, time: Duration) {
        let model = try model(digest)
        let begun = patience.now()
        let ranking = try Self.rank(question, by: model)
        let time = patience.now().since(begun)
        guard time <= Self.slowest else { throw PredictionFailure(.tooSlow, "the answer took \(time.microseconds / 1_000) ms") }
        return (ranking, time)
    }

    /// The same, however long it takes: for what nobody waits for, and what has to come out alike on a busy machine.
    package func untimedRanking(
        of question: WindowQuestion, by digest: ModelDigest
    ) throws(PredictionFailure) -> WindowRanking {
        try Self.rank(question, by: try model(digest))
    }

    /// Reads a model, so that one that can't be asked is found out before the first question.
    package func prepare(_ digest: ModelDigest) throws(PredictionFailure) { _ = try model(digest) }

    private static func rank(
        _ question: WindowQuestion, by model: LearnedRetryModel
    ) throws(PredictionFailure) -> WindowRanking {
        do {
            return try model.rank(question)
        } catch {
            throw PredictionFailure(.failed, "\(error)")
        }
    }

    /// Reading a model for the first time is no part of an answer's time.
    private func model(_ digest: ModelDigest) throws(PredictionFailure) -> LearnedRetryModel {
        do {
            return try shelf.model(digest)
        } catch {
            switch error {
            case .missing: throw PredictionFailure(.modelMissing, "\(error)")
            default: throw PredictionFailure(.modelMismatch, "\(error)")
            }
        }
    }

    package func answer(to question: WindowQuestion, by digest: ModelDigest) throws(PredictionFailure) -> PredictionAnswer {
        let (ranking, time) = try rank(question, by: digest)
        return PredictionAnswer(ranking, by: digest, took: time)
    }
}

/// The questions of invoices as effects, answered in process: the same question is answered alike however often it is asked.
package struct PredictionPerformer: EffectPerformer {
    private let predictor: Predictor

    package init(predictor: Predictor) { self.predictor = predictor }

    package func peer(of kind: String) -> Peer { Peer(name: "predictor", keys: .honoured(for: nil)) }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome { answer(intent) }

    package func lookUp(_ intent: EffectIntent) async -> LookUp { .settled(answer(intent)) }

    private func answer(_ intent: EffectIntent) -> EffectOutcome {
        do {
            let asked = try PredictionOrder(intent.request)
            let answer = try predictor.answer(to: asked.question, by: asked.model)
            let shadow = asked.shadow.map { digest in
                Result { () throws(PredictionFailure) in try predictor.answer(to: asked.question, by: digest) }
            }
            return .succeeded(try PredictionAnswers(answer, shadow: shadow).json())
        } catch let failure as PredictionFailure {
            return .rejected(reason: "\(failure)", result: failure.json)
        } catch {
            return .rejected(reason: "\(error)", result: PredictionFailure(.failed, "\(error)").json)
        }
    }
}

/// The effects of billing, each to its peer.
package struct BillingPerformer: EffectPerformer {
    private let gateway: any EffectPerformer
    private let predictions: any EffectPerformer

    package init(gateway: any EffectPerformer, predictions: any EffectPerformer) {
        self.gateway = gateway
        self.predictions = predictions
    }

    package func peer(of kind: String) -> Peer { performer(of: kind).peer(of: kind) }
    package func perform(_ intent: EffectIntent) async -> EffectOutcome { await performer(of: intent.kind).perform(intent) }
    package func lookUp(_ intent: EffectIntent) async -> LookUp { await performer(of: intent.kind).lookUp(intent) }

    private func performer(of kind: String) -> any EffectPerformer { kind == PaymentSaga.predictEffect ? predictions : gateway }
}
