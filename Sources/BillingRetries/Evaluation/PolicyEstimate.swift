import Foundation
package import HindsightCore

/// What another policy would have collected in the decisions of the past, estimated without trying it.
///
/// Doubly robust (Dudík, Langford, Li: "Doubly Robust Policy Evaluation and Learning", ICML 2011): the model's guess for the window that the
/// other policy would have chosen, corrected by what came of those decisions in which the same window was charged, each weighted by one
/// over the probability with which that happened. It is right if either the guesses or the probabilities are, and the probabilities are
/// recorded. It speaks of one charge at a time: the share of charges that are approved, not of invoices that are collected in the end.
package struct PolicyEstimate: Sendable, Hashable, Codable {
    package enum Verdict: String, Sendable, Hashable, Codable {
        case better, worse
        /// The interval of the difference holds zero: the data can't tell.
        case cannotTell = "cannot-tell"
        /// Too few decisions in which the same window was charged.
        case tooFew = "too-few"
    }

    /// A share with its interval of 95 %.
    package struct Share: Sendable, Hashable, Codable {
        package let value: Double
        package let low: Double
        package let high: Double
    }

    package let decisions: Int
    /// In which the other policy would have charged the same window.
    package let matches: Int
    /// So many decisions without weights would tell as much: (Σw)² / Σw².
    package let effectiveMatches: Double
    /// Approved charges of the policy of then, as they were.
    package let observed: Double
    package let estimate: Share
    package let difference: Share
    package let verdict: Verdict

    /// With fewer matches the interval itself can't be trusted.
    package static let leastMatches = 30

    /// What another policy says of a decision.
    package struct Alternative: Sendable {
        package let window: Timestamp
        /// The guess for its own window, and for the one that was charged.
        package let score: Double
        package let scoreOfCharged: Double

        package init(window: Timestamp, score: Double, scoreOfCharged: Double) {
            self.window = window
            self.score = score
            self.scoreOfCharged = scoreOfCharged
        }
    }

    /// Of a customer's decisions.
    private struct Sums {
        var (value, difference, decisions) = (0.0, 0.0, 0)

        mutating func add(_ value: Double, _ reward: Double) {
            self.value += value
            difference += value - reward
            decisions += 1
        }
    }

    /// - Parameter decisions: With what the other policy says of each; at least one.
    package init(_ decisions: [(LoggedDecision, Alternative)]) {
        precondition(!decisions.isEmpty, "an estimate needs decisions")
        var (matches, weights, squares) = (0, 0.0, 0.0)
        var customers: [String: Sums] = [:]
        var (approved, estimated) = (0.0, 0.0)
        for (decision, alternative) in decisions {
            let reward = decision.isApproved ? 1.0 : 0
            var value = alternative.score
            if alternative.window == decision.window {
                let weight = 1 / max(decision.propensity, 1e-6)
                matches += 1
                weights += weight
                squares += weight * weight
                value += weight * (reward - alternative.scoreOfCharged)
            }
            approved += reward
            estimated += value
            customers[decision.customer, default: Sums()].add(value, reward)
        }
        let count = Double(decisions.count)
        self.decisions = decisions.count
        self.matches = matches
        effectiveMatches = squares > 0 ? weights * weights / squares : 0
        observed = approved / count
        let (mean, gain) = (estimated / count, (estimated - approved) / count)
        // Decisions of one customer are no independent witnesses: the variance is that of customers' sums.
        let sums = customers.sorted { $0.key < $1.key }.map(\.value)
        func spread(_ sum: KeyPath<Sums, Double>, around mean: Double) -> Double {
            let residuals = sums.map { $0[keyPath: sum] - mean * Double($0.decisions) }
            return 1.96 * residuals.reduce(0) { $0 + $1 * $1 }.squareRoot() / count
        }
        func share(_ mean: Double, _ spread: Double) -> Share { Share(value: mean, low: mean - spread, high: mean + spread) }
        estimate = share(mean, spread(\.value, around: mean))
        difference = share(gain, spread(\.difference, around: gain))
        verdict =
            if matches < Self.leastMatches { .tooFew } else if difference.low > 0 { .better } else if difference.high < 0 {
                .worse
            } else { .cannotTell }
    }
}
