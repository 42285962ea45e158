package import HindsightCore

/// Ranks the hours in which an invoice may be tried, and says which of them it would take.
///
/// The same question always gets the same answer.
package protocol RetryPredictor: Sendable {
    /// Of the artifact it was read from: what a recorded prediction names.
    var digest: ModelDigest { get }

    /// - Throws: ``RankingError``, in the engine's own words.
    func rank(_ question: WindowQuestion) throws(RankingError) -> WindowRanking
}

/// A predictor's answer.
package struct WindowRanking: Sendable, Hashable {
    /// The windows of the horizon that are legal and open, best first; equal scores in the order of time.
    package let windows: [RankedWindow]
    /// The first try of the plan that most likely succeeds with the tries that are left; it may lie beyond the ranked horizon. `nil` if
    /// no try is worth its cost.
    package let chosen: RankedWindow?
    /// The window that the rules proposed, scored by the model.
    package let rule: RankedWindow?
    /// The chance that one of the plan's tries succeeds.
    package let planChance: Double
    /// SHA-256 over the features of all ranked windows, in hexadecimal digits.
    package let featureDigest: String

    package init(
        windows: [RankedWindow], chosen: RankedWindow?, rule: RankedWindow?, planChance: Double, featureDigest: String
    ) {
        self.windows = windows
        self.chosen = chosen
        self.rule = rule
        self.planChance = planChance
        self.featureDigest = featureDigest
    }
}

package struct RankedWindow: Sendable, Hashable, Codable {
    package let at: Timestamp
    /// The probability that a charge in this hour is approved.
    package let score: Double

    package init(at: Timestamp, score: Double) {
        self.at = at
        self.score = score
    }
}
