package import BillingRetries
package import HindsightCore
package import HindsightRuntime

/// A rule that fires: since when, and by which figure.
package struct BillingAlert: Codable, Sendable, Equatable {
    package let id: String
    package let summary: String
    package let severity: BillingAlertRule.Severity
    package let figure: BillingFigure
    package let unit: BillingFigure.Unit
    package let value: Double
    /// On this side of the threshold it fires.
    package let fires: BillingAlertRule.Side
    package let threshold: Double
    /// An age passed the threshold then. Everything else is told by days: the beginning of the first day of those that have it.
    package let since: Timestamp
    package let owner: String
    package let escalation: String
    package let runbook: String

    fileprivate init(_ rule: BillingAlertRule, _ value: Double, since: Timestamp) {
        id = rule.id
        summary = rule.summary
        severity = rule.severity
        figure = rule.figure
        unit = rule.figure.unit
        self.value = (value * 10_000).rounded() / 10_000
        fires = rule.fires
        threshold = rule.threshold
        self.since = since
        owner = rule.owner
        escalation = rule.escalation
        runbook = rule.runbook
    }
}

/// The alerts as of one instant, critical ones first.
package struct BillingAlerts: Codable, Sendable, Equatable {
    package let position: Position
    package let asOf: Timestamp
    package let alerts: [BillingAlert]

    /// So many earlier days are looked at for when an alert began.
    package static let lookback = 28

    package init(_ basis: BillingBasis, rules: [BillingAlertRule] = BillingAlertRule.standard) {
        position = basis.position
        asOf = basis.instant
        alerts = Self.firing(rules, asOf: basis.instant) { BillingVitals(basis, day: $0) }
    }

    /// Which rules fire, and since when.
    ///
    /// - Parameter vitals: Of the day of `instant`, and of earlier days as far as it is asked for them.
    package static func firing(
        _ rules: [BillingAlertRule], asOf instant: Timestamp, vitals: (BusinessDay) -> BillingVitals
    ) -> [BillingAlert] {
        let today = BusinessDay(of: instant)
        var known: [BillingVitals] = []
        func vitalsOf(daysAgo days: Int) -> BillingVitals {
            while known.count <= days { known.append(vitals(today.before(known.count))) }
            return known[days]
        }
        let alerts = rules.compactMap { rule -> BillingAlert? in
            guard let value = vitalsOf(daysAgo: 0)[rule.figure], rule.isBroken(by: value) else { return nil }
            if rule.figure.isAge {
                return BillingAlert(
                    rule, value, since: instant.advanced(by: .microseconds(Int64(((rule.threshold - value) * 1_000_000).rounded()))))
            }
            var days = 0
            while days < lookback, let earlier = vitalsOf(daysAgo: days + 1)[rule.figure], rule.isBroken(by: earlier) { days += 1 }
            return BillingAlert(rule, value, since: today.before(days).beginning)
        }
        // The order of the rules holds within a severity.
        return alerts.filter { $0.severity == .critical } + alerts.filter { $0.severity == .warning }
    }

    /// The alerts as of `moment`.
    ///
    /// - Parameter runner: Keeps ``BillingBasis/projections``, maybe among others.
    package static func asOf(
        _ moment: BillingMoment, by rules: [BillingAlertRule], of runner: ProjectionRunner
    ) async throws -> BillingAlerts {
        BillingAlerts(try await recentBasis(moment, of: runner), rules: rules)
    }

    /// What alerts are told from: of what has ended, nothing older is read.
    package static func recentBasis(_ moment: BillingMoment, of runner: ProjectionRunner) async throws -> BillingBasis {
        let first = BusinessDay(of: moment.instant).before(BillingVitals.reach + lookback)
        return try await BillingBasis.read(at: moment.position, instant: moment.instant, from: first, of: runner)
    }
}
