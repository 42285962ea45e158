import BillingRetries
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Synchronization

/// Answers the questions of invoices as a model would, wise or not: hours that are past, illegal or beyond every bound among them.
final class PredictorStandIn: Sendable {
    private let loop: SimulationLoop
    private let plan: BillingPlan
    private let chance: Mutex<SeededGenerator>

    init(_ plan: BillingPlan, _ loop: SimulationLoop, chance: SeededGenerator) {
        self.plan = plan
        self.loop = loop
        self.chance = Mutex(chance)
    }

    func take(_ intent: EffectIntent, _ exchange: Exchange<EffectOutcome>) {
        let (fault, delay) = chance.withLock { chance in
            let isFaulty = loop.elapsed < plan.end && Int.random(in: 0..<100, using: &chance) < plan.predictorFaults
            return (isFaulty ? Int.random(in: 0..<5, using: &chance) : nil, Duration.milliseconds(Int.random(in: 0...250, using: &chance)))
        }
        switch fault {
        case 0: loop.after(delay) { exchange.give(Self.refusal(PredictionFailure(.modelMissing, "its file is gone"))) }
        case 1: loop.after(delay) { exchange.give(Self.refusal(PredictionFailure(.tooSlow, "the answer took 412 ms"))) }
        case 2: loop.after(delay) { exchange.give(.notDone(reason: "the predictor starts")) }
        case 3: loop.after(.seconds(11)) { exchange.give(Self.answer(to: intent)) }
        case 4: loop.after(delay) { exchange.give(.succeeded(["answer": "none that can be read"])) }
        default: loop.after(delay) { exchange.give(Self.answer(to: intent)) }
        }
    }

    static func answer(to intent: EffectIntent) -> EffectOutcome {
        do {
            let order = try PredictionOrder(intent.request)
            var chance = SeededGenerator(Digest64.of(intent.key))
            let first = order.question.now.roundedUpToHour
            func window(_ hour: Int) -> RankedWindow {
                RankedWindow(at: first.advanced(by: .hours(hour)), score: Double(Int.random(in: 0...1_000, using: &chance)) / 1_000)
            }
            let isUnwise = Int.random(in: 0..<4, using: &chance) == 0
            let windows = (0..<8).map { _ in
                window(Int.random(in: isUnwise ? -50...1_000 : 1...order.question.horizonHours, using: &chance))
            }
            let ranking = WindowRanking(
                windows: windows.sorted { ($1.score, $0.at) < ($0.score, $1.at) }, chosen: windows.randomElement(using: &chance),
                rule: order.question.ruleAt.map { RankedWindow(at: $0, score: 0.2) }, planChance: 0.5, featureDigest: "00")
            return .succeeded(try PredictionAnswers(PredictionAnswer(ranking, by: order.model, took: .milliseconds(1))).json())
        } catch let failure as PredictionFailure {
            return refusal(failure)
        } catch {
            return refusal(PredictionFailure(.failed, "\(error)"))
        }
    }

    private static func refusal(_ failure: PredictionFailure) -> EffectOutcome {
        .rejected(reason: "\(failure)", result: failure.json)
    }
}

/// How the effects of one process get to gateway and predictor.
struct BillingPeers: EffectPerformer {
    let process: SimulatedProcess
    let gateway: BillingGateway
    let predictor: PredictorStandIn
    let clock: BillingClock
    let flaw: BillingFlaw?

    func peer(of kind: String) -> Peer {
        if kind == PaymentSaga.predictEffect { return Peer(name: "predictor", keys: .honoured(for: nil)) }
        var peer = gateway.kind.traits
        if flaw == .keyLifeOverstated { (peer.keys, peer.isQueryable) = (.honoured(for: nil), false) }
        return peer
    }

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        // A process that was stopped meanwhile looks at the time before it sends, as every performer has to.
        guard !process.isKilled, clock.now() < intent.deadline else { return .notDone(reason: "the time for it was over") }
        let exchange = Exchange<EffectOutcome>()
        let answer = await exchange.answer {
            if intent.kind == PaymentSaga.predictEffect { predictor.take(intent, exchange) } else { gateway.take(asSent(intent), exchange) }
        }
        return answer ?? .indeterminate(reason: "no answer in time")
    }

    private func asSent(_ intent: EffectIntent) -> EffectIntent {
        guard flaw == .keyPerSending, intent.attempt > 1 else { return intent }
        return EffectIntent(
            saga: intent.saga, instance: intent.instance, kind: intent.kind, key: "\(intent.key)/\(intent.attempt)",
            attempt: intent.attempt, request: intent.request, deadline: intent.deadline)
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp {
        guard !process.isKilled else { return .unknown(reason: "the process was killed") }
        if intent.kind == PaymentSaga.predictEffect { return .settled(PredictorStandIn.answer(to: intent)) }
        let exchange = Exchange<LookUp>()
        return await exchange.answer { gateway.take(lookUp: intent, exchange) } ?? .unknown(reason: "no answer in time")
    }
}
