import Foundation

/// What another policy would have collected in the decisions of the past, estimated without trying it.
///
/// Doubly robust (Dudík, Langford, Li: "Doubly Robust Policy Evaluation and Learning", ICML 2011): the model's guess for the window that the
/// other policy would have chosen, corrected by what came of those decisions in which the same hour was charged, each weighted by one over
/// the probability with which that happened. It is right if either the guesses or the probabilities are, and the probabilities are
/// recorded. It speaks of one charge at a time: the share of charges that are approved, not of invoices that are collected in the end.
///
/// What is compared is the policy of then without its draws: they are tries in hours that nobody wanted, and to leave them away makes no
/// policy better. Where both want the same hour neither is better, whatever came of it. So the verdict rests on decisions in which they
/// differ: there on those that charged the hour of the policy of then, and on the few in which a draw charged the other's. What no draw
/// could bring has no correction: it may have gone either way, and the intervals are as wide as that.
package struct PolicyEstimate: Sendable, Hashable, Codable {
    package enum Verdict: String, Sendable, Hashable, Codable {
        case better, worse
        /// An interval of 99 % of the difference holds zero, or there is no difference to be judged: the data can't tell.
        case cannotTell = "cannot-tell"
        /// Where they differ, too few decisions in which a draw charged the other policy's hour, or in which the preferred one was charged.
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
    /// Approved charges of the policy of then, as they were, those in drawn hours with them.
    package let observed: Double
    package let estimate: Share
    /// From the policy of then without its draws.
    package let difference: Share
    package let verdict: Verdict
    /// Why the data can't tell; `nil` where it can.
    package let reason: String?

    /// With fewer effective matches the interval itself can't be trusted; nor with fewer of them approved, or declined.
    package static let (leastMatches, leastOutcomes) = (30, 5)

    /// An hour that a policy wanted.
    package struct Hour: Sendable {
        package let isCharged: Bool
        /// With which probability it was to be charged.
        package let propensity: Double
        /// The model's guess.
        package let score: Double

        package init(isCharged: Bool, propensity: Double, score: Double) {
            self.isCharged = isCharged
            self.propensity = propensity
            self.score = score
        }

        var isUnsupported: Bool { propensity <= 0 }
        var weight: Double { isCharged && propensity > 0 ? 1 / propensity : 0 }
    }

    /// A decision of the past beside what another policy says of it.
    package struct Judged: Sendable {
        package let customer: String
        package let isApproved: Bool
        package let scoreOfCharged: Double
        /// `nil` if the other policy makes no further try, which approves nothing.
        package let wanted: Hour?
        /// What the policy of then wanted, draws apart; `nil` where it is the same hour.
        package let preferred: Hour?

        package init(customer: String, isApproved: Bool, scoreOfCharged: Double, wanted: Hour?, preferred: Hour?) {
            self.customer = customer
            self.isApproved = isApproved
            self.scoreOfCharged = scoreOfCharged
            self.wanted = wanted
            self.preferred = preferred
        }

        var differs: Bool { preferred != nil }
        var reward: Double { isApproved ? 1 : 0 }

        /// What the other policy would have got.
        var value: Guess { wanted.map(value(of:)) ?? Guess(0) }

        /// By how much that is more than what the policy of then would have got without its draws.
        var gain: Guess {
            guard let preferred else { return Guess(0) }
            if wanted != nil { return value - value(of: preferred) }
            // It can lose only what was approved. The model's guess has no part in that: its noise would be a gain in some decisions.
            guard !preferred.isUnsupported else { return Guess(-preferred.score, least: -1, most: 0) }
            return Guess(-preferred.weight * reward)
        }

        private func value(of hour: Hour) -> Guess {
            guard !hour.isUnsupported else { return Guess(hour.score, least: 0, most: 1) }
            return Guess(hour.score + hour.weight * (reward - scoreOfCharged))
        }
    }

    /// The least and the most are others where nothing is known.
    struct Guess {
        let value: Double
        let least: Double
        let most: Double

        init(_ value: Double, least: Double? = nil, most: Double? = nil) {
            self.value = value
            self.least = least ?? value
            self.most = most ?? value
        }

        static func - (one: Guess, other: Guess) -> Guess {
            Guess(one.value - other.value, least: one.least - other.most, most: one.most - other.least)
        }
    }

    /// Decisions in which a policy's hour was charged.
    private struct Support {
        let approved: Int
        let declined: Int
        /// So many of them without weights would tell as much.
        let effective: Double

        init(of decisions: [Judged], _ hour: KeyPath<Judged, Hour?>) {
            let matching = decisions.filter { $0[keyPath: hour].map { $0.weight > 0 } ?? false }
            let (weights, squares) = matching.reduce(into: (0.0, 0.0)) { sums, one in
                let weight = one[keyPath: hour]?.weight ?? 0
                sums.0 += weight
                sums.1 += weight * weight
            }
            approved = matching.count(where: \.isApproved)
            declined = matching.count - approved
            effective = squares > 0 ? weights * weights / squares : 0
        }

        /// Why it tells too little; `nil` where it tells enough.
        ///
        /// - Parameter charged: Who charged which hour.
        func lack(_ differing: Int, _ charged: String) -> String? {
            let found = Int(effective)
            if found < leastMatches {
                return "of \(differing) decisions in which it differs, \(charged) in \(found), and \(leastMatches) are needed"
            }
            guard min(approved, declined) < leastOutcomes else { return nil }
            return
                "of those in which \(charged) \(approved) were approved and \(declined) declined, and \(leastOutcomes) of each are needed"
        }
    }

    /// - Parameter decisions: At least one.
    package init(_ decisions: [Judged]) {
        precondition(!decisions.isEmpty, "an estimate needs decisions")
        let differing = decisions.filter(\.differs)
        let support = Support(of: differing, \.wanted)
        self.decisions = decisions.count
        matches = decisions.count { $0.wanted.map { $0.weight > 0 } ?? false }
        self.differing = differing.count
        differingMatches = support.approved + support.declined
        effectiveMatches = support.effective
        unsupported = differing.count { $0.wanted?.isUnsupported ?? false }
        observed = decisions.reduce(0) { $0 + $1.reward } / Double(decisions.count)
        estimate = Self.share(decisions, of: \.value)
        difference = Self.share(decisions, of: \.gain)
        (verdict, reason) = Self.verdict(
            Self.share(decisions, deviations: 2.576, of: \.gain), differing, support, unsupported: unsupported)
    }

    /// - Parameter difference: With an interval of 99 %: few matches of great weight are less even than its formula takes them for, and a
    ///   verdict is acted on.
    private static func verdict(
        _ difference: Share, _ differing: [Judged], _ support: Support, unsupported: Int
    ) -> (Verdict, String?) {
        if differing.isEmpty { return (.cannotTell, "it wants the same hours as the policy of then") }
        let tried = differing.filter { $0.wanted.map { !$0.isUnsupported } ?? false }
        if !tried.isEmpty {
            let lack =
                support.lack(differing.count, "draws charged its hour")
                ?? Support(of: tried, \.preferred).lack(tried.count, "the hour of the policy of then was charged")
            if let lack { return (.tooFew, lack) }
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
        _ decisions: [Judged], deviations: Double = 1.96, of value: (Judged) -> Guess
    ) -> Share {
        let count = Double(decisions.count)
        var customers: [String: Sums] = [:]
        for decision in decisions {
            let value = value(decision)
            customers[decision.customer, default: Sums()].guess += value.value
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
