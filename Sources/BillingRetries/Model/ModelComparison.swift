import Foundation

/// Whether a new model does better than what it would replace, told by charges that neither has learned from.
package struct ModelComparison: Sendable, Hashable, Codable {
    package enum Rival: String, Sendable, Hashable, Codable {
        case champion
        /// Without a champion: how often charges of the payer's segment are approved.
        case segmentRate = "segment-rate"
    }

    package enum Verdict: String, Sendable, Hashable, Codable {
        /// The interval of the gain lies above zero.
        case better
        case notBetter = "not-better"
        case notCompared = "not-compared"
    }

    /// By how much the mean log loss of the rival is higher, in nats, with its interval of 95 %.
    package struct Gain: Sendable, Hashable, Codable {
        package let value: Double
        package let low: Double
        package let high: Double
    }

    package let rival: Rival
    package let verdict: Verdict
    /// Charges that both were judged on, or that there would have been to judge on.
    package let rows: Int
    /// `nil` where they were not compared.
    package let gain: Gain?
    /// Why they were not.
    package let reason: String?

    /// With fewer charges chance says more than the models.
    package static let leastRows = 50

    /// What both made of one charge.
    package struct Pair: Sendable {
        package let customer: String
        package let chance: Float
        package let rivalChance: Float
        package let isApproved: Bool

        package init(customer: String, chance: Float, rivalChance: Float, isApproved: Bool) {
            self.customer = customer
            self.chance = chance
            self.rivalChance = rivalChance
            self.isApproved = isApproved
        }

        fileprivate var gain: Double { Self.loss(rivalChance, isApproved) - Self.loss(chance, isApproved) }

        private static func loss(_ chance: Float, _ isApproved: Bool) -> Double {
            PredictionMeasures.logLoss(probabilities: [chance], labels: [isApproved])
        }
    }

    /// Compares them charge by charge. Those of one customer are no independent witnesses: the variance is that of customers' sums.
    package init(with rival: Rival, on pairs: [Pair]) {
        self.rival = rival
        rows = pairs.count
        guard pairs.count >= Self.leastRows else {
            (verdict, gain) = (.notCompared, nil)
            reason = "there are \(pairs.count) charges that neither has learned from, and \(Self.leastRows) are needed"
            return
        }
        let count = Double(pairs.count)
        let mean = pairs.reduce(0) { $0 + $1.gain } / count
        var sums: [String: Double] = [:]
        for pair in pairs { sums[pair.customer, default: 0] += pair.gain - mean }
        let squares = sums.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
        let spread = 1.96 * squares.squareRoot() / count
        gain = Gain(value: mean, low: mean - spread, high: mean + spread)
        verdict = mean - spread > 0 ? .better : .notBetter
        reason = nil
    }

    /// Nothing was compared.
    package init(with rival: Rival, notComparedSince reason: String) {
        self.rival = rival
        verdict = .notCompared
        rows = 0
        gain = nil
        self.reason = reason
    }
}
