import BillingRetries
package import HindsightCore
import HindsightRuntime

/// Trains and reviews models for the retraining saga, in process.
///
/// Asked again after a crash, it comes to the same model under the same digest, so that nothing is lost but time.
package struct RetrainingPerformer: EffectPerformer {
    private let desk: BillingDesk
    private let shelf: ModelShelf

    package init(desk: BillingDesk, shelf: ModelShelf) {
        self.desk = desk
        self.shelf = shelf
    }

    /// A review does not wait for a training, which takes its time.
    package func peer(of kind: String) -> Peer {
        Peer(
            name: kind == RetrainingSaga.reviewEffect ? "review" : "training", keys: .honoured(for: nil), limits: PeerLimits(concurrency: 1)
        )
    }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        do {
            switch intent.kind {
            case RetrainingSaga.trainEffect: return .succeeded(try await train(intent).json())
            case RetrainingSaga.reviewEffect: return .succeeded(try await review(intent).json())
            default: return .rejected(reason: "\(intent.kind) is no effect of retraining")
            }
        } catch is CancellationError {
            return .indeterminate(reason: "it was interrupted")
        } catch let error as EventLogError {
            return .notDone(reason: "\(error)")
        } catch {
            return .rejected(reason: "\(error)")
        }
    }

    /// Nothing shows of what was interrupted: it is done again.
    package func lookUp(_ intent: EffectIntent) async -> LookUp { .absent }

    private func train(_ intent: EffectIntent) async throws -> ModelTrained {
        guard let until = intent.request["until"]?.stringValue.flatMap({ Timestamp($0) }) else {
            throw UnreadableOrder(member: "until")
        }
        // What was recorded before that instant, and so the same however often it is asked.
        let position = try await desk.log.position(at: until.advanced(by: .microseconds(-1)))
        return try await desk.learn(through: position, keepingOn: shelf).trained
    }

    private func review(_ intent: EffectIntent) async throws -> RetrainingSaga.Review {
        guard let digest = intent.request["model"]?.stringValue.flatMap({ ModelDigest($0) }) else { throw UnreadableOrder(member: "model") }
        guard let since = intent.request["since"]?.stringValue.flatMap({ Timestamp($0) }) else { throw UnreadableOrder(member: "since") }
        return RetrainingSaga.Review(model: digest, shadow: try await desk.shadowRecord(of: digest, since: since))
    }

    private struct UnreadableOrder: Error, CustomStringConvertible {
        let member: String
        var description: String { "\(member): is missing in the request, or unreadable" }
    }
}

extension BillingDesk {
    /// What a shadow has done since then beside the champion of now.
    ///
    /// Questions that a challenger answered tell nothing of the champion, and are left out.
    func shadowRecord(of digest: ModelDigest, since: Timestamp) async throws -> ShadowRecord {
        let champion = try await models(at: log.head().position).holder(of: .champion)
        var asked: [String: Int] = [:]
        var (answers, failures, same) = (0, 0, 0)
        var (chance, championChance) = (0.0, 0.0)
        let after = try await log.position(at: since)
        let types = [PredictionRequested.type, PredictionMade.type]
        let selection = EventSelection(EventFilter(categories: [BillingRetries.invoices], types: types), after: after)
        try await log.replay(InvoiceEvent.codec, selection) { event, _ in
            switch event {
            case .predictionRequested(let request):
                asked[request.invoice] = request.shadow == digest && request.model == champion ? request.number : nil
            case .predictionMade(let made) where asked[made.invoice] == made.number:
                asked[made.invoice] = nil
                guard let shadow = made.shadow else {
                    if made.shadowFailure != nil { failures += 1 }
                    return
                }
                answers += 1
                if shadow.chosen?.at == made.answer.chosen?.at { same += 1 }
                chance += shadow.planChance
                championChance += made.answer.planChance
            default: break
            }
        }
        let count = Double(answers)
        return ShadowRecord(
            answers: answers, failures: failures, sameWindow: same, planChance: answers > 0 ? chance / count : nil,
            championPlanChance: answers > 0 ? championChance / count : nil)
    }
}
