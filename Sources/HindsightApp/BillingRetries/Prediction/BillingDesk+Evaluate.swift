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
        /// Decisions that never came to the charge they were about, by the reason: their outcomes are unknown.
        package let withoutOutcome: [String: Int]

        /// Why there is no estimate; `nil` where there is one.
        package var lack: String? {
            guard estimate == nil else { return nil }
            let (lost, unfinished) = (unanswered.values.reduce(0, +), withoutOutcome.values.reduce(0, +))
            if lost > 0 { return "none of \(lost) decisions could be asked about again" }
            return unfinished > 0
                ? "none of \(unfinished) decisions came to the charge that it was about" : "no decision was made by a model yet"
        }
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
        let play = PolicyPlay(known, model: digest)
        // Not by the first decision: each of them would be left out, and nobody told why.
        if let model = play.model { try predictor.prepare(model) }
        var (judged, unanswered): ([PolicyEstimate.Judged], [String: Int]) = ([], [:])
        let past = try await decisions(until: position)
        for decision in past.decisions {
            try Task.checkCancellation()
            do {
                judged.append(try Self.judge(decision, by: play, predictor))
            } catch let failure as PredictionFailure {
                unanswered[failure.reason.rawValue, default: 0] += 1
            }
        }
        return Evaluation(
            policy: known.name, policyVersion: known.version, model: digest, position: position,
            estimate: judged.isEmpty ? nil : PolicyEstimate(judged), unanswered: unanswered,
            withoutOutcome: Dictionary(uniqueKeysWithValues: past.losses.map { ($0.key.rawValue, $0.value) }))
    }

    private func decisions(until position: Position) async throws -> DecisionCollector {
        var collector = DecisionCollector()
        let filter = EventFilter(categories: [BillingRetries.invoices, BillingRetries.methods])
        for try await recorded in log.events(EventSelection(filter, until: position)) {
            if let event = try InvoiceEvent.codec.decode(recorded) { collector.add(event) }
            if let event = try PaymentMethodEvent.codec.decode(recorded) { collector.add(event) }
        }
        return collector
    }

    /// What a policy would have done instead, with the guesses of the model that it asks, or of the one that was asked then.
    private static func judge(
        _ decision: LoggedDecision, by play: PolicyPlay, _ predictor: Predictor
    ) throws -> PolicyEstimate.Judged {
        let model = play.model ?? decision.answer.model
        func score(_ window: Timestamp) throws(PredictionFailure) -> Double {
            guard let scored = try predictor.untimedRanking(of: decision.question.about(window), by: model).rule else {
                throw PredictionFailure(.failed, "\(window) lies before the question")
            }
            return scored.score
        }
        let window = try play.window(for: decision) { question throws(PredictionFailure) in
            try predictor.untimedRanking(of: question, by: model)
        }
        func hour(_ window: Timestamp) throws(PredictionFailure) -> PolicyEstimate.Hour {
            let isCharged = window.isInHour(of: decision.window)
            return PolicyEstimate.Hour(
                isCharged: isCharged, propensity: isCharged ? decision.propensity : decision.propensity(of: window),
                score: try score(window))
        }
        let agrees = window.map { $0.isInHour(of: decision.preferred) } ?? false
        return PolicyEstimate.Judged(
            customer: decision.customer, isApproved: decision.isApproved, scoreOfCharged: try score(decision.window),
            wanted: try window.map { window throws(PredictionFailure) in try hour(window) },
            preferred: agrees ? nil : try hour(decision.preferred))
    }
}
