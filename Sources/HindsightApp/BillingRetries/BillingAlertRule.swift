/// When somebody has to look, as data: a figure, a threshold, and who does what.
package struct BillingAlertRule: Codable, Sendable, Equatable {
    package enum Severity: String, Codable, Sendable {
        /// Wakes somebody up.
        case critical
        /// Waits for the next working hour.
        case warning
    }

    package enum Side: String, Codable, Sendable { case above, below }

    /// The name of its section in the runbook, too.
    package let id: String
    package let summary: String
    package let figure: BillingFigure
    /// On which side of the threshold it fires.
    package let fires: Side
    package let threshold: Double
    package let severity: Severity
    package let owner: String
    /// Whom the owner turns to, and when.
    package let escalation: String

    package init(
        id: String, summary: String, figure: BillingFigure, fires: Side, threshold: Double, severity: Severity, owner: String,
        escalation: String
    ) {
        self.id = id
        self.summary = summary
        self.figure = figure
        self.fires = fires
        self.threshold = threshold
        self.severity = severity
        self.owner = owner
        self.escalation = escalation
    }

    /// The same rule that fires elsewhere.
    package func with(threshold: Double) -> BillingAlertRule {
        BillingAlertRule(
            id: id, summary: summary, figure: figure, fires: fires, threshold: threshold, severity: severity, owner: owner,
            escalation: escalation)
    }

    /// The page that says what to do.
    package static let runbookPage = "Sources/HindsightCore/Documentation.docc/BillingRunbook.md"
    package var runbook: String { "\(Self.runbookPage)#\(id)" }

    package func isBroken(by figure: Double) -> Bool {
        switch fires {
        case .above: figure > threshold
        case .below: figure < threshold
        }
    }

    // MARK: - The rules in force

    private static let payments = "payments on call"
    private static let models = "retry models"
    private static let data = "customer data"

    /// Settings may give them other thresholds, see `billing.alerts`.
    package static let standard: [BillingAlertRule] = [
        BillingAlertRule(
            id: "approval-falling", summary: "Fewer invoices are recovered than in the weeks before", figure: .approvalFall, fires: .above,
            threshold: 0.03, severity: .critical, owner: payments,
            escalation: "after 2 hours without a cause: the head of payments, and the gateway's operator"),
        BillingAlertRule(
            id: "coverage-low", summary: "Rules decide most retries that a model should decide", figure: .coverage, fires: .below,
            threshold: 0.5, severity: .warning, owner: models,
            escalation: "after one working day: the head of payments, who decides whether the arm goes on"),
        BillingAlertRule(
            id: "predictions-failing", summary: "Questions to the model stay without an answer", figure: .predictionFailures,
            fires: .above, threshold: 0.05, severity: .warning, owner: models,
            escalation: "after one working day: customer data, if snapshots are the reason; else the operators of the server"),
        BillingAlertRule(
            id: "predictions-slow", summary: "One prediction in a hundred takes too long", figure: .predictionSeconds,
            fires: .above, threshold: 0.3, severity: .warning, owner: models,
            escalation: "after one working day: the operators of the server"),
        BillingAlertRule(
            id: "signals-stale", summary: "Signals of one customer in ten are too old", figure: .signalsAge, fires: .above,
            threshold: 36 * 3_600, severity: .warning, owner: data,
            escalation: "after 12 hours: whoever runs the daily job; retry models hear of it at once"),
        BillingAlertRule(
            id: "charge-unknown", summary: "A charge has had no outcome for hours", figure: .unknownAge, fires: .above,
            threshold: 2 * 3_600, severity: .warning, owner: payments,
            escalation: "after one working day: the gateway's operator, with the charge's key"),
        BillingAlertRule(
            id: "charge-unknown-long", summary: "A charge has had no outcome for days", figure: .unknownAge, fires: .above,
            threshold: 7 * 86_400, severity: .critical, owner: payments,
            escalation: "at once: the gateway's operator; after 4 hours the head of payments, because a payer waits"),
        BillingAlertRule(
            id: "calibration-off", summary: "Scores are no longer the probabilities that they say", figure: .calibrationError,
            fires: .above, threshold: 0.05, severity: .warning, owner: models,
            escalation: "after 3 working days: the head of payments, who decides on a roll-back"),
        BillingAlertRule(
            id: "reasons-drifting", summary: "Charges fail for other reasons than in the weeks before", figure: .reasonDrift, fires: .above,
            threshold: 0.2, severity: .warning, owner: payments,
            escalation: "after one working day: the gateway's operator; retry models if a retraining is due"),
        BillingAlertRule(
            id: "gateway-unavailable", summary: "The gateway loses answers to charges", figure: .gatewayAnswers, fires: .below,
            threshold: 0.95, severity: .critical, owner: payments,
            escalation: "after 30 minutes: the gateway's operator, then the head of payments"),
        BillingAlertRule(
            id: "hold-out-better", summary: "Of invoices under the rules of the hold-out more are paid than under the models",
            figure: .holdOutLead, fires: .above,
            threshold: 0, severity: .critical, owner: models,
            escalation: "at once: the head of payments, who decides on a roll-back the same day"),
    ]
}
