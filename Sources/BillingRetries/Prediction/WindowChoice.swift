package import HindsightCore

/// The order of deciding, after guard, hours, rules and model have spoken: the model overrides, or a draw goes before both.
package struct WindowChoice: Sendable, Hashable {
    package let at: Timestamp
    package let chosenBy: Chooser
    package let trace: ModelDeliberation

    /// - Parameters:
    ///   - fallback: Who chose, where it is the rules' window.
    init(_ answer: PredictionAnswer, to request: PredictionRequested, _ terms: ModelTerms, fallback: Chooser) {
        self.init(
            answer, to: request.question, terms, fallback: fallback, seed: request.seed)
    }

    /// - Parameters:
    ///   - fallback: Who chose, where it is the rules' window.
    ///   - seed: Of the draw: what this decision is and no other.
    package init(_ answer: PredictionAnswer, to question: WindowQuestion, _ terms: ModelTerms, fallback: Chooser, seed: String) {
        let ruleAt = question.ruleAt ?? question.opensAt
        let overrides: Bool
        let preferred: Timestamp
        if let chosen = answer.chosen, chosen.score >= terms.overrideFactor * (answer.rule?.score ?? 0) {
            (preferred, overrides) = (chosen.at, true)
        } else {
            (preferred, overrides) = (ruleAt, false)
        }
        // Drawn by lot from the invoice and the attempt: the same on every replay, and known to nobody before.
        let drawn = terms.explorationPermille > 0 ? question.windows : []
        let share = drawn.isEmpty ? 0 : Double(terms.explorationPermille) / 1_000
        if Self.chance("explore \(seed)") < share, let lot = Self.drawn(from: drawn, for: seed) {
            at = lot
            chosenBy = .exploration
        } else {
            at = preferred
            chosenBy = overrides ? .model : fallback
        }
        let byLot = drawn.contains(at) ? share / Double(drawn.count) : 0
        trace = ModelDeliberation(
            model: answer.model, modelAt: answer.chosen?.at, modelScore: answer.chosen?.score, ruleScore: answer.rule?.score,
            overrideFactor: terms.overrideFactor, overrides: overrides, explored: chosenBy == .exploration,
            propensity: (at == preferred ? 1 - share : 0) + byLot, failure: nil)
    }

    /// The window that a draw among `windows` brings; `nil` if there is none.
    static func drawn(from windows: [Timestamp], for seed: String) -> Timestamp? {
        windows.isEmpty ? nil : windows[Int(chance("window \(seed)") * Double(windows.count))]
    }

    /// A number of [0, 1).
    private static func chance(_ seed: String) -> Double { Double(Digest64.of(seed) >> 11) / Double(UInt64(1) << 53) }
}

extension PredictionRequested {
    /// Of its draw: what this decision is and no other.
    var seed: String { "\(invoice) \(attempt) \(number)" }
}

/// What a model had to do with a window: with the propensity of the choice, so that other policies can be judged by what came of it.
package struct ModelDeliberation: Sendable, Hashable, Codable {
    /// `nil` where none could be asked.
    package let model: ModelDigest?
    /// The window that the model would take; `nil` if none is worth a try to it.
    package let modelAt: Timestamp?
    package let modelScore: Double?
    package let ruleScore: Double?
    package let overrideFactor: Double
    package let overrides: Bool
    package let explored: Bool
    /// The probability with which this window was chosen, by all ways that lead to it.
    package let propensity: Double
    /// Why the rules decided in the model's place.
    package let failure: PredictionFailure.Reason?

    init(
        model: ModelDigest?, modelAt: Timestamp?, modelScore: Double?, ruleScore: Double?, overrideFactor: Double, overrides: Bool,
        explored: Bool, propensity: Double, failure: PredictionFailure.Reason?
    ) {
        self.model = model
        self.modelAt = modelAt
        self.modelScore = modelScore
        self.ruleScore = ruleScore
        self.overrideFactor = overrideFactor
        self.overrides = overrides
        self.explored = explored
        self.propensity = propensity
        self.failure = failure
    }

    /// The rules decide, because no model could.
    init(failing failure: PredictionFailure, model: ModelDigest?, _ terms: ModelTerms) {
        self.init(
            model: model, modelAt: nil, modelScore: nil, ruleScore: nil, overrideFactor: terms.overrideFactor, overrides: false,
            explored: false, propensity: 1, failure: failure.reason)
    }
}

extension WindowQuestion {
    /// The windows that are ranked, in the order of time: whole hours within the horizon that are open and legal.
    package var windows: [Timestamp] {
        guard let zone = CustomerZone(payer.timeZone) else { return [] }
        let candidates = CandidateWindows(self, in: zone)
        return candidates.hours.prefix(candidates.rankedCount).map(\.at)
    }
}
