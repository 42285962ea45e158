package import HindsightCore

/// One rule of a card network: what it forbids, since when, and who says so.
package struct NetworkRule: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// Response codes after which this card must not be tried again.
        case neverRetryCodes(Set<String>)
        /// Merchant advice codes after which this card must not be tried again.
        case neverRetryAdvice(Set<String>)
        /// At most so many tries of one card within so many hours.
        case tries(atMost: Int, withinHours: Int)
        /// Hours to wait after each merchant advice code.
        case waitAfterAdvice([String: Int])
    }

    /// Stands in events: `visa-category-1`.
    package let id: String
    /// `nil` binds every network.
    package let network: CardNetwork?
    package let content: Content
    /// The first day from which we know it to bind.
    package let since: CivilDate
    /// The first day on which it no longer binds.
    package let until: CivilDate?
    package let source: String

    package func isInForce(at instant: Timestamp) -> Bool {
        since.daysSince1970 <= instant.daysSince1970 && (until.map { instant.daysSince1970 < $0.daysSince1970 } ?? true)
    }

    /// A card whose network isn't known yet is bound by all of them.
    package func binds(_ card: CardNetwork?) -> Bool {
        guard let network, let card else { return true }
        return network == card
    }
}

/// A dated table of the networks' rules. A change of a rule is a new version with the old rule's last day, never an edit.
package struct NetworkRules: Sendable, Hashable {
    package struct Edition: Sendable, Hashable {
        /// Stands in events.
        package let version: String
        /// The first day on which it is in force.
        package let since: CivilDate
    }

    /// Oldest first; the oldest is in force before its day, too, since its rules have days of their own.
    package let editions: [Edition]
    package let rules: [NetworkRule]
    /// From this day on a card of a network that its gateway can't name (`other`) is bound by all rules, since it may be of any.
    package let bindsUnnamedSince: CivilDate

    package func inForce(at instant: Timestamp, for network: CardNetwork?) -> [NetworkRule] {
        let isUnnamed = network == .other && bindsUnnamedSince.daysSince1970 <= instant.daysSince1970
        return rules.filter { $0.isInForce(at: instant) && $0.binds(isUnnamed ? nil : network) }
    }

    package func version(at instant: Timestamp) -> String {
        let edition = editions.last { $0.since.daysSince1970 <= instant.daysSince1970 } ?? editions.first
        return edition?.version ?? ""
    }

    /// The networks' own books are public in part only, so the sources are what acquirers publish of them, all read on 2026-11-21. The
    /// house limit is tighter than Visa's, because a card's tries outside this system count as well.
    package static let current = NetworkRules(
        editions: [
            Edition(version: "2026-11-21", since: CivilDate(year: 2026, month: 11, day: 21)),
            Edition(version: "2026-12-01", since: CivilDate(year: 2026, month: 12, day: 1)),
        ],
        rules: [
            NetworkRule(
                id: "visa-category-1", network: .visa,
                content: .neverRetryCodes(["04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"]),
                since: CivilDate(year: 2022, month: 4, day: 1), until: nil,
                source: "payway.com/visa-excessive-reattempts-rule-fees; codes: developers.tabapay.com/docs/excessive-retry-rules"),
            NetworkRule(
                id: "visa-15-in-30-days", network: .visa, content: .tries(atMost: 15, withinHours: 30 * 24),
                since: CivilDate(year: 2022, month: 4, day: 1), until: CivilDate(year: 2025, month: 5, day: 25),
                source: "payway.com/visa-excessive-reattempts-rule-fees"),
            NetworkRule(
                id: "visa-20-in-30-days", network: .visa, content: .tries(atMost: 20, withinHours: 30 * 24),
                since: CivilDate(year: 2025, month: 5, day: 25), until: nil,
                source: "docs.cielo.com.br, changelog: new limit for Visa retries starting May 25, 2025"),
            NetworkRule(
                id: "house-15-in-30-days", network: nil, content: .tries(atMost: 15, withinHours: 30 * 24),
                since: CivilDate(year: 2022, month: 4, day: 1), until: nil,
                source: "our own limit, at or below every network's"),
            NetworkRule(
                id: "mastercard-never-again", network: .mastercard, content: .neverRetryAdvice(["03", "21"]),
                since: CivilDate(year: 2022, month: 4, day: 1), until: nil,
                source: "support.peachpayments.com, payment excellence best practices: merchant advice codes 03 and 21"),
            NetworkRule(
                id: "mastercard-10-a-day", network: .mastercard, content: .tries(atMost: 10, withinHours: 24),
                since: CivilDate(year: 2023, month: 2, day: 1), until: nil,
                source: "developers.tabapay.com/docs/excessive-retry-rules; docs.dintero.com, tokenization error handling"),
            NetworkRule(
                id: "mastercard-35-in-30-days", network: .mastercard, content: .tries(atMost: 35, withinHours: 30 * 24),
                since: CivilDate(year: 2023, month: 11, day: 1), until: nil,
                source: "developer.paypal.com/braintree, Mastercard network updates 2023"),
            NetworkRule(
                id: "mastercard-advice-wait", network: .mastercard,
                content: .waitAfterAdvice(["24": 1, "25": 24, "26": 48, "27": 96, "28": 144, "29": 192, "30": 240]),
                since: CivilDate(year: 2023, month: 10, day: 9), until: nil,
                source:
                    "support.peachpayments.com: retry after 1 hour, 24 hours, 2, 4, 6, 8, 10 days; date: Braintree, network updates 2023"),
        ], bindsUnnamedSince: CivilDate(year: 2026, month: 12, day: 1))
}
