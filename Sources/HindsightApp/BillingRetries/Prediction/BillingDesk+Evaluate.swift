package import BillingRetries
package import HindsightCore
import HindsightRuntime

/// What the past says of a policy that was not in force.
extension BillingDesk {
    package struct Evaluation: Sendable, Equatable, Encodable {
        package let policy: String
        package let policyVersion: Int
        /// The model that the policy asked; `nil` for rules.
        package let model: ModelDigest?
        package let position: Position
        /// `nil` without a decision that a model was asked about.
        package let estimate: PolicyEstimate?
        /// Decisions that the model could not be asked about again, by the reason.
        package let unanswered: [String: Int]
    }

    /// Plays a policy over the decisions of the past, with no way to send or to record anything.
    ///
    /// - Parameters:
    ///   - model: In the place of the champion.
    ///   - position: Decisions that had come to their end by then.
    /// - Throws: ``UnknownPolicy``; ``PredictionFailure`` where the policy's model can't be read.
    package func evaluate(
        _ policy: String, version: Int? = nil, model: ModelDigest? = nil, by predictor: Predictor, at position: Position
    ) async throws -> Evaluation {
        guard let known = try await versions(of: policy, at: position).last(where: { version == nil || $0.version == version })?.policy
        else {
            throw NoSuchPolicy(named: policy, known: try await policies(at: position).map(\.name))
        }
        var digest: ModelDigest?
        if let terms = known.model {
            digest = try await models(at: position).holder(of: terms.role)
            if let model { digest = model }
            guard digest != nil else { throw PredictionFailure(.noModel, "no model is the \(terms.role.rawValue): name one") }
        }
        var collector = DecisionCollector()
        let selection = EventSelection(EventFilter(categories: [BillingRetries.invoices]), until: position)
        try await log.replay(InvoiceEvent.codec, selection) { event, _ in collector.add(event) }
        var (played, unanswered): ([(LoggedDecision, PolicyEstimate.Alternative)], [String: Int]) = ([], [:])
        for decision in collector.decisions {
            try Task.checkCancellation()
            do {
                played.append((decision, try Self.alternative(to: decision, known, digest, predictor)))
            } catch {
                unanswered[error.reason.rawValue, default: 0] += 1
            }
        }
        return Evaluation(
            policy: known.name, policyVersion: known.version, model: digest, position: position,
            estimate: played.isEmpty ? nil : PolicyEstimate(played), unanswered: unanswered)
    }

    private static func alternative(
        to decision: LoggedDecision, _ policy: RetryPolicy, _ model: ModelDigest?, _ predictor: Predictor
    ) throws(PredictionFailure) -> PolicyEstimate.Alternative {
        // The guesses are those of the model that was asked then, unless the policy asks another one.
        let ranking = try predictor.rank(decision.question, by: model ?? decision.answer.model).ranking
        var scores = Dictionary(ranking.windows.map { ($0.at, $0.score) }) { first, _ in first }
        for window in [ranking.chosen, ranking.rule].compactMap(\.self) { scores[window.at] = window.score }
        let window: Timestamp
        if let terms = policy.model, let model {
            // It is the policy's own choice that is judged, and so there is nothing to draw.
            window =
                WindowChoice(
                    PredictionAnswer(ranking, by: model), to: decision.question, terms.withoutDraws, fallback: policy.chooser, seed: ""
                ).at
        } else {
            window = ruleWindow(policy, decision)
        }
        let usual = ranking.rule?.score ?? 0
        return PolicyEstimate.Alternative(
            window: window, score: scores[window] ?? usual, scoreOfCharged: scores[decision.window] ?? usual)
    }

    /// Where rules alone would have led: of other rules than those that proposed then, by the invoice's own past.
    private static func ruleWindow(_ policy: RetryPolicy, _ decision: LoggedDecision) -> Timestamp {
        let question = decision.question
        guard let zone = CustomerZone(question.payer.timeZone) else { return decision.window }
        let start = question.attempts.first?.at ?? question.dueAt
        let proposal = policy.proposal(
            for: RetryPolicy.Situation(
                now: question.now, start: start, zone: zone, reasons: question.attempts.map { DeclineReason(code: $0.code) }))
        guard let at = proposal.at else { return question.deadline }
        return policy.hours.first(from: max(at, question.opensAt.roundedUpToHour), in: zone)
    }
}
