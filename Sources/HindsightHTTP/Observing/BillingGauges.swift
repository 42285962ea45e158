import BillingRetries
import CoreMetrics
import HindsightApp
import HindsightCore
import PrometheusMetrics

/// What Prometheus is told of billing: the same figures that alerts look at, and which alerts fire.
///
/// They are read from rows of nine weeks and from one of each customer and subscription, so they are told anew only when something was recorded or a minute has passed, and reading them
/// takes a twentieth of the time at most.
actor BillingGauges {
    private struct Reading {
        let position: Position
        let at: ContinuousClock.Instant
        let took: Duration
    }

    private let live: LiveApplication
    private let registry: PrometheusRegistry
    private var last: Reading?
    private var isReading = false

    init(live: LiveApplication, registry: PrometheusRegistry) {
        self.live = live
        self.registry = registry
    }

    /// Brings the gauges up to date, where that is due.
    ///
    /// Rows that cannot be read are a figure too, and no reason to tell nothing else.
    func refresh() async {
        guard await live.projections.isCaughtUp, !isReading else { return }
        isReading = true
        defer { isReading = false }
        do {
            let position = try await live.log.head().position
            let begin = ContinuousClock.now
            guard isDue(at: begin, position) else { return }
            let moment = try await BillingMoment(nil, at: position, log: live.log, clock: live.application.clock)
            tell(try await BillingAlerts.recentBasis(moment, of: live.projections.runner))
            last = Reading(position: position, at: begin, took: ContinuousClock.now - begin)
            set("readable", 1)
        } catch {
            set("readable", 0)
        }
    }

    private func isDue(at instant: ContinuousClock.Instant, _ position: Position) -> Bool {
        guard let last else { return true }
        let passed = instant - last.at
        return passed > last.took * 20 && (position != last.position || passed > .seconds(60))
    }

    private func tell(_ basis: BillingBasis) {
        let vitals = BillingVitals(basis, day: basis.today)
        let (lately, week) = (BusinessDays(2, until: basis.today), BusinessDays(7, until: basis.today))
        // As the page of figures sums them.
        let (recent, month) = (
            BillingReport(basis, days: lately, inRecovery: 0),
            BillingReport(basis, days: BusinessDays(28, until: basis.today), inRecovery: 0)
        )
        for line in month.policies {
            let labels = [("policy", line.policy ?? "none")]
            set("invoice_approval_share", share(line.invoiceApprovalPermille), labels)
            set("attempt_success_share", share(line.attemptSuccessPermille), labels)
        }
        for arm in month.arms {
            let labels = [("experiment", arm.experiment ?? "none"), ("policy", arm.policy)]
            if arm.invoicesDue != nil { set("arm_paid_share", share(arm.invoicesPaidPermille), labels) }
            set("arm_invoice_approval_share", share(arm.invoiceApprovalPermille), labels)
            set("arm_attempt_success_share", share(arm.attemptSuccessPermille), labels)
        }
        for arm in month.armReasons {
            let labels = [
                ("experiment", arm.experiment ?? "none"), ("policy", arm.policy), ("reason", arm.firstReason?.rawValue ?? "none"),
            ]
            set("arm_reason_invoice_approval_share", share(arm.invoiceApprovalPermille), labels)
        }
        let coverage = BillingReport(basis, days: week, inRecovery: 0).coverage
        for (chooser, retries) in [
            (Chooser.model, coverage.model), (.exploration, coverage.exploration), (.rules, coverage.rules),
            (.fixedInterval, coverage.fixedInterval),
        ] {
            set("retries_scheduled", Double(retries), [("chooser", chooser.rawValue)])
        }
        set("predictions_made", Double(recent.predictions.made))
        for reason in PredictionFailure.Reason.allCases {
            set("predictions_failed", Double(recent.predictions.failed[reason.rawValue] ?? 0), [("reason", reason.rawValue)])
        }
        set("prediction_seconds", (recent.predictions.p50Microseconds.map(Double.init) ?? .nan) / 1_000_000, [("percentile", "50")])
        set("prediction_seconds", (recent.predictions.p99Microseconds.map(Double.init) ?? .nan) / 1_000_000, [("percentile", "99")])
        set("snapshots_recorded", Double(recent.signals.snapshots))
        for (part, permille) in [
            ("predictor", recent.availability.predictorPermille), ("signals", recent.availability.signalsPermille),
            ("gateway", recent.availability.gatewayPermille),
        ] {
            set("availability_share", share(permille), [("part", part)])
        }
        for (number, decile) in (month.calibration?.deciles ?? []).enumerated() {
            set("calibration_share", decile.predicted, [("decile", String(number + 1)), ("of", "predicted")])
            set("calibration_share", decile.approved, [("decile", String(number + 1)), ("of", "approved")])
        }
        for reason in month.drift.reasons {
            set("first_reason_share", share(reason.recentPermille), [("reason", reason.reason.rawValue)])
        }
        set("unknown_charges", Double(basis.unknownSince.count))
        for figure in BillingFigure.allCases { set("figure", vitals[figure] ?? .nan, [("figure", figure.rawValue)]) }
        let rules = live.configuration.alertRules
        let firing = Set(BillingAlerts(basis, rules: rules).alerts.map(\.id))
        for rule in rules {
            set("alert", firing.contains(rule.id) ? 1 : 0, [("alert", rule.id), ("severity", rule.severity.rawValue)])
        }
    }

    /// What nobody can tell is no number, so that no rule compares it.
    private func share(_ permille: Int?) -> Double { permille.map { Double($0) / 1_000 } ?? .nan }

    private func set(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
        Gauge(label: "hindsight_billing_\(name)", dimensions: labels, factory: registry).record(value)
    }

    static let declarations = [
        gauge("readable", "1 while the figures of billing can be read."),
        gauge("invoice_approval_share", "Recovered invoices of those that ended in 28 days, by policy."),
        gauge("attempt_success_share", "Approved retries of those that were answered in 28 days, by policy."),
        gauge("arm_paid_share", "Paid invoices of all that fell due and ended in 28 days, by arm of an experiment."),
        gauge("arm_invoice_approval_share", "Recovered invoices of those that ended in 28 days, by arm of an experiment."),
        gauge("arm_attempt_success_share", "Approved retries of those that were answered in 28 days, by arm of an experiment."),
        gauge(
            "arm_reason_invoice_approval_share",
            "Recovered invoices of those that ended in 28 days, by arm of an experiment and first reason."),
        gauge("retries_scheduled", "Retries scheduled in 7 days, by who chose the window."),
        gauge("predictions_made", "Predictions of 2 days."),
        gauge("predictions_failed", "Questions of 2 days that no model answered, by reason."),
        gauge("prediction_seconds", "What 50 and 99 of 100 predictions of 2 days took at most."),
        gauge("snapshots_recorded", "Snapshots of customers recorded in 2 days."),
        gauge("availability_share", "How much of what it was asked predictor, signals and gateway gave, in 2 days."),
        gauge("calibration_share", "Scores of 28 days by decile, and what happened."),
        gauge("first_reason_share", "First reasons of the recoveries of 7 days."),
        gauge("unknown_charges", "Charges whose outcome is unknown."),
        gauge("figure", "The figures that alerts look at; no number where too little happened to tell."),
        gauge("alert", "1 while the alert fires."),
    ]

    private static func gauge(_ name: String, _ help: String) -> MetricDeclaration {
        MetricDeclaration(name: "hindsight_billing_\(name)", help: help, kind: .gauge)
    }
}
