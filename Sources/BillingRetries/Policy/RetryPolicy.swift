package import HindsightCore

/// When to try again, as data: a name, a version, and timings by reason.
package struct RetryPolicy: Sendable, Hashable, Codable {
    package struct Rule: Sendable, Hashable, Codable {
        package let reasons: [DeclineReason]
        package let timing: RetryTiming

        package init(_ reasons: [DeclineReason], _ timing: RetryTiming) {
            self.reasons = reasons
            self.timing = timing
        }
    }

    package let name: String
    package let version: Int
    /// Who chose a window, in the words of the record.
    package let chooser: Chooser
    /// How long recovery lasts from the first failure.
    package let windowDays: Int
    package let hours: LegalHours
    package let rules: [Rule]
    /// For reasons that no rule names.
    package let otherwise: RetryTiming
    /// For the first try of a new payment method.
    package let afterMethodChange: RetryTiming
    /// Charges after the first one, at most; `nil` leaves it to the networks' limits.
    package let maximumRetries: Int?
    /// `nil` for rules alone.
    package let model: ModelTerms?

    package init(
        name: String, version: Int, chooser: Chooser, windowDays: Int, hours: LegalHours, rules: [Rule], otherwise: RetryTiming,
        afterMethodChange: RetryTiming, maximumRetries: Int? = nil, model: ModelTerms? = nil
    ) {
        self.name = name
        self.version = version
        self.chooser = chooser
        self.windowDays = windowDays
        self.hours = hours
        self.rules = rules
        self.otherwise = otherwise
        self.afterMethodChange = afterMethodChange
        self.maximumRetries = maximumRetries
        self.model = model
    }

    /// The same terms as another version, or by another name.
    package func numbered(_ version: Int, of name: String? = nil) -> RetryPolicy {
        RetryPolicy(
            name: name ?? self.name, version: version, chooser: chooser, windowDays: windowDays, hours: hours, rules: rules,
            otherwise: otherwise, afterMethodChange: afterMethodChange, maximumRetries: maximumRetries, model: model)
    }

    /// What a policy looks at: recorded facts only.
    package struct Situation: Sendable {
        package let now: Timestamp
        /// When recovery began.
        package let start: Timestamp
        package let zone: CustomerZone
        /// Why the present payment method was declined, oldest first; empty for one that has not been tried.
        package let reasons: [DeclineReason]

        package init(now: Timestamp, start: Timestamp, zone: CustomerZone, reasons: [DeclineReason]) {
            self.now = now
            self.start = start
            self.zone = zone
            self.reasons = reasons
        }
    }

    /// What the policy wants.
    package struct Proposal: Sendable, Hashable {
        /// `nil` if the rule wants no further try as things stand.
        package let at: Timestamp?
        /// The rule that spoke: a reason, or `new-method`.
        package let rule: String
    }

    /// The rule by which a payment method is tried that was not tried before.
    package static let newMethodRule = "new-method"
    /// Of a try that could not be sent in its hour, and is made up for as soon as guard and hours allow.
    package static let heldBackRule = "held-back"
    /// The longest recovery window, in days.
    package static let longestWindowDays = 60

    package func proposal(for situation: Situation) -> Proposal {
        let (timing, declines, rule): (RetryTiming, Int, String)
        if let reason = situation.reasons.last {
            timing = rules.first { $0.reasons.contains(reason) }?.timing ?? otherwise
            (declines, rule) = (situation.reasons.filter { $0 == reason }.count, reason.rawValue)
        } else {
            (timing, declines, rule) = (afterMethodChange, 1, Self.newMethodRule)
        }
        return Proposal(
            at: timing.instant(after: situation.now, declines: declines, start: situation.start, zone: situation.zone), rule: rule)
    }
}

/// Who chose the window of a charge.
package enum Chooser: String, Codable, Sendable, Hashable {
    /// The plan: the first charge of a renewal, when the period ends.
    case plan
    case fixedInterval = "fixed-interval"
    case rules
    case model
    /// A draw by lot.
    case exploration
}
