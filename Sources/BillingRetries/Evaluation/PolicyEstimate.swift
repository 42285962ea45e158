import Foundation

/// What another policy would have collected in the decisions of the past, estimated without trying it.
///
/// Doubly robust (Dudík, Langford, Li: "Doubly Robust Policy Evaluation and Learning", ICML 2011): the model's guess for the window that the
/// other policy would have chosen, corrected by what came of those decisions in which the same hour was charged, each weighted by one over
/// the probability with which that happened. It is right if either the guesses or the probabilities are, and the probabilities are
/// recorded. It speaks of one charge at a time: the share of charges that are approved, not of invoices that are collected in the end.
///
/// Where both policies want the same hour, nearly every decision tells of it, and nothing of which is better. So the verdict rests on
/// decisions in which they differ, and of those on the few in which a draw charged the other's hour. What no draw could bring has no
/// correction: it may have gone either way, and the intervals are as wide as that.
package struct PolicyEstimate: Sendable, Hashable, Codable {
    package enum Verdict: String, Sendable, Hashable, Codable {
        case better, worse
        /// An interval of 99 % of the difference holds zero, or there is no difference to be judged: the data can't tell.
        case cannotTell = "cannot-tell"
        /// Too few decisions in which a draw charged the hour that the other policy wanted in another's place.
        case tooFew = "too-few"
    }

    /// A share with its interval of 95 %.
    package struct Share: Sendable, Hashable, Codable {
        package let value: Double
        package let low: Double
        package let high: Double
    }

    package let decisions: Int
    /// In which the hour was charged that the other policy wanted.
    package let matches: Int
    /// In which it wanted another hour than the policy of then, or no further try.
    package let differing: Int
    /// Of these, those in which its hour was charged all the same, by lot.
    package let differingMatches: Int
    /// So many of them without weights would tell as much: (Σw)² / Σw².
    package let effectiveMatches: Double
    /// Differing ones whose hour the policy of then would never have charged, so that nothing is known of it.
    package let unsupported: Int
    /// Approved charges of the policy of then, as they were.
    package let observed: Double
    package let estimate: Share
    package let difference: Share
    package let verdict: Verdict
    /// Why the data can't tell; `nil` where it can.
    package let reason: String?

    /// With fewer effective matches the interval itself can't be trusted; nor with fewer of them approved, or declined.
    package static let (leastMatches, leastOutcomes) = (30, 5)

    /// A decision of the past beside what another policy says of it.
    package struct Judged: Sendable {
        package let customer: String
        package let isApproved: Bool
        /// Whether the policy of then wanted the same hour.
        package let agrees: Bool
        /// Whether its hour was charged.
        package let isMatch: Bool
        /// With which probability its hour was to be charged.
        package let propensity: Double
        /// The model's guess for its hour; `nil` if it makes no further try, which approves nothing.
        package let score: Double?
        package let scoreOfCharged: Double

        package init(
            customer: String, isApproved: Bool, agrees: Bool, isMatch: Bool, propensity: Double, score: Double?, scoreOfCharged: Double
        ) {
            self.customer = customer
            self.isApproved = isApproved
            self.agrees = agrees
            self.isMatch = isMatch
            self.propensity = propensity
            self.score = score
            self.scoreOfCharged = scoreOfCharged
        }

        var reward: Double { isApproved ? 1 : 0 }
        var isUnsupported: Bool { score != nil && propensity <= 0 }
        var weight: Double { isMatch && score != nil && propensity > 0 ? 1 / propensity : 0 }

        /// What the other policy would have got, and the least and the most of it where nothing is known.
        var value: (guess: Double, least: Double, most: Double) {
            guard let score else { return (0, 0, 0) }
            guard !isUnsupported else { return (score, 0, 1) }
            let value = score + weight * (reward - scoreOfCharged)
            return (value, value, value)
        }
    }

    /// - Parameter decisions: At least one.
    package init(_ decisions: [Judged]) {
        precondition(!decisions.isEmpty, "an estimate needs decisions")
        let count = Double(decisions.count)
        let differing = decisions.filter { !$0.agrees }
        let matching = differing.filter { $0.weight > 0 }
        let (weights, squares) = matching.reduce(into: (0.0, 0.0)) { sums, one in
            sums.0 += one.weight
            sums.1 += one.weight * one.weight
        }
        self.decisions = decisions.count
        matches = decisions.count { $0.weight > 0 }
        self.differing = differing.count
        differingMatches = matching.count
        effectiveMatches = squares > 0 ? weights * weights / squares : 0
        unsupported = differing.count(where: \.isUnsupported)
        observed = decisions.reduce(0) { $0 + $1.reward } / count
        func gain(_ one: Judged) -> (guess: Double, least: Double, most: Double) {
            let value = one.value
            return (value.guess - one.reward, value.least - one.reward, value.most - one.reward)
        }
        estimate = Self.share(decisions, of: \.value)
        difference = Self.share(decisions, of: gain)
        let approved = matching.count(where: \.isApproved)
        (verdict, reason) = Self.verdict(
            Self.share(decisions, deviations: 2.576, of: gain), differing: differing.count,
            supported: differing.count { $0.score != nil && !$0.isUnsupported },
            effective: effectiveMatches, approved: approved, declined: matching.count - approved, unsupported: unsupported)
    }

    /// - Parameter difference: With an interval of 99 %: few matches of great weight are less even than its formula takes them for, and a
    ///   verdict is acted on.
    private static func verdict(
        _ difference: Share, differing: Int, supported: Int, effective: Double, approved: Int, declined: Int, unsupported: Int
    ) -> (Verdict, String?) {
        if differing == 0 { return (.cannotTell, "it wants the same hours as the policy of then") }
        if supported > 0 {
            let found = Int(effective)
            if found < leastMatches {
                return (
                    .tooFew,
                    "of \(differing) decisions in which it differs, draws charged its hour in \(found), and \(leastMatches) are needed"
                )
            }
            if min(approved, declined) < leastOutcomes {
                return (
                    .tooFew,
                    "of those in which draws charged its hour \(approved) were approved and \(declined) declined, and \(leastOutcomes) of each are needed"
                )
            }
        }
        if difference.low > 0 { return (.better, nil) }
        if difference.high < 0 { return (.worse, nil) }
        let never = unsupported > 0 ? ", also for want of \(unsupported) decisions whose hour was never to be charged" : ""
        return (.cannotTell, "an interval of 99 % of the difference holds zero\(never)")
    }

    /// Of a customer's decisions.
    private struct Sums {
        var (guess, least, most, decisions) = (0.0, 0.0, 0.0, 0)
    }

    /// A mean over decisions. Those of one customer are no independent witnesses: the variance is that of customers' sums.
    private static func share(
        _ decisions: [Judged], deviations: Double = 1.96, of value: (Judged) -> (guess: Double, least: Double, most: Double)
    ) -> Share {
        let count = Double(decisions.count)
        var customers: [String: Sums] = [:]
        for decision in decisions {
            let value = value(decision)
            customers[decision.customer, default: Sums()].guess += value.guess
            customers[decision.customer, default: Sums()].least += value.least
            customers[decision.customer, default: Sums()].most += value.most
            customers[decision.customer, default: Sums()].decisions += 1
        }
        let sums = customers.sorted { $0.key < $1.key }.map(\.value)
        func bound(_ part: KeyPath<Sums, Double>, _ sign: Double) -> (mean: Double, bound: Double) {
            let mean = sums.reduce(0) { $0 + $1[keyPath: part] } / count
            let squares = sums.reduce(0) { sum, one in
                let residual = one[keyPath: part] - mean * Double(one.decisions)
                return sum + residual * residual
            }
            return (mean, mean + sign * deviations * squares.squareRoot() / count)
        }
        return Share(value: bound(\.guess, 1).mean, low: bound(\.least, -1).bound, high: bound(\.most, 1).bound)
    }
}
