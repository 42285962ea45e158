import BillingRetries
import Foundation
import HindsightApp
import HindsightCore

/// The figures of billing as a payment team reads them: what there is, then one table for each question.
struct BillingPage {
    private let report: BillingReport

    init(_ report: BillingReport) { self.report = report }

    func print(_ session: Session) throws {
        guard session.format == .table else { return try Terminal.write(JSON.line(report)) }
        try Printer.printOne(report, facts: facts, format: .table)
        try recoveries()
        if !report.arms.isEmpty { try arms() }
        if report.predictions.failurePermille != nil { try predictions() }
        if report.signals.newestTakenAt != nil { try signals() }
        if let measures = report.calibration { try calibration(measures) }
        if !report.drift.reasons.isEmpty { try drift() }
    }

    private var facts: [(String, String)] {
        let total = report.total.counts
        let unknown = report.oldestUnknownSeconds.map { ", the oldest for \(Self.duration(Double($0)))" } ?? ""
        let coverage = report.coverage
        let availability = report.availability
        return [
            ("position", "\(report.position), as of \(report.asOf)"),
            ("days", "\(report.from?.description ?? "all") to \(report.to?.description ?? "now")"),
            ("invoices opened", String(total.invoicesOpened)),
            ("paid", "\(total.invoicesPaid), \(Self.percent(report.total.invoiceApprovalPermille)) of those that ended"),
            ("uncollectible", String(total.invoicesUncollectible)),
            (
                "charges",
                "\(total.chargesRequested), \(total.chargesApproved) approved, \(total.chargesDeclined) declined: "
                    + "\(Self.percent(report.total.attemptSuccessPermille)) succeed"
            ),
            ("answers lost", String(total.chargesUnknown)), ("in recovery now", String(report.inRecoveryNow)),
            ("unknown now", "\(report.unknownNow)\(unknown)"),
            (
                "retries chosen",
                "\(coverage.model) by model, \(coverage.exploration) by exploration, \(coverage.rules) by rules, "
                    + "\(coverage.fixedInterval) at fixed intervals"
            ),
            (
                "coverage",
                "\(Self.percent(coverage.sharePermille)) of all retries, "
                    + "\(Self.percent(coverage.ofModelPoliciesPermille)) where a policy asks a model"
            ),
            (
                "availability",
                "predictor \(Self.percent(availability.predictorPermille)), signals \(Self.percent(availability.signalsPermille)), "
                    + "gateway \(Self.percent(availability.gatewayPermille))"
            ),
        ]
    }

    // MARK: - Tables

    private func table(_ title: String, _ columns: [Printer.Column], _ rows: [[String]]) throws {
        try Terminal.write("")
        if !title.isEmpty { try Terminal.write(title) }
        var printer = Printer(columns, format: .table)
        for row in rows { try printer.print(json: "", cells: row) }
        try printer.finish()
    }

    private func number(_ title: String) -> Printer.Column { Printer.Column(title, isNumber: true) }

    private func recoveries() throws {
        try table(
            "",
            [
                Printer.Column("POLICY"), Printer.Column("FIRST REASON"), number("RECOVERIES"), number("RECOVERED"), number("RATE"),
                number("ATTEMPTS SUCCEED"), number("RETRIES PER 100"),
            ],
            (report.policies + report.reasons).map { line in
                [
                    line.policy ?? "—", line.firstReason?.rawValue ?? "all", String(line.counts.recoveriesStarted),
                    String(line.counts.invoicesPaid), Self.percent(line.invoiceApprovalPermille),
                    Self.percent(line.attemptSuccessPermille), line.retriesPerHundredRecovered.map { String($0) } ?? "—",
                ]
            })
    }

    private func arms() throws {
        try table(
            "",
            [
                Printer.Column("EXPERIMENT"), Printer.Column("ARM"), Printer.Column("FIRST REASON"), number("DUE"), number("PAID"),
                number("RECOVERIES"), number("RECOVERED"), number("GIVEN UP"), number("RATE"), number("ATTEMPTS SUCCEED"),
            ],
            (report.arms + report.armReasons).map { arm in
                [
                    arm.experiment ?? "—", arm.policy, arm.firstReason?.rawValue ?? "all", arm.invoicesDue.map { String($0) } ?? "—",
                    Self.percent(arm.invoicesPaidPermille), String(arm.recoveriesStarted), String(arm.recovered),
                    String(arm.uncollectible), Self.percent(arm.invoiceApprovalPermille), Self.percent(arm.attemptSuccessPermille),
                ]
            })
    }

    private func predictions() throws {
        let predictions = report.predictions
        try Terminal.write("")
        let failures = predictions.failed.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        var facts = [
            ("predictions", "\(predictions.requested) asked for invoices, \(predictions.forecasts) by callers; \(predictions.made) made"),
            (
                "without an answer",
                "\(Self.percent(predictions.failurePermille))" + (failures.isEmpty ? "" : ": " + failures.joined(separator: ", "))
            ),
        ]
        if let median = predictions.p50Microseconds, let p99 = predictions.p99Microseconds {
            facts.append(("took at most", "\(Self.milliseconds(median)) for half of them, \(Self.milliseconds(p99)) for 99 %"))
        }
        try Printer.printOne(json: "", facts: facts, format: .table)
    }

    private func signals() throws {
        let signals = report.signals
        var facts: [(String, String)] = []
        if let newest = signals.newestTakenAt, let age = signals.ageSeconds {
            facts.append(("newest signals", "of \(newest), \(Self.duration(Double(age))) old"))
            facts.append(
                ("customers", "\(signals.customers) with signals, \(signals.staleCustomers) of them with none that are young enough"))
        }
        if let mean = signals.meanDelaySeconds, let longest = signals.longestDelaySeconds {
            facts.append(
                (
                    "snapshots",
                    "\(signals.snapshots), recorded \(Self.duration(Double(mean))) after they were taken on average, "
                        + "\(Self.duration(Double(longest))) at most"
                ))
        }
        try Terminal.write("")
        try Printer.printOne(json: "", facts: facts, format: .table)
        try table(
            "", [Printer.Column("DAY"), number("SNAPSHOTS"), number("MEAN DELAY")],
            signals.days.map { day in
                [day.day.description, String(day.snapshots), day.meanDelaySeconds.map { Self.duration(Double($0)) } ?? "—"]
            })
    }

    private func calibration(_ measures: PredictionMeasures) throws {
        try table(
            "scores against what happened, \(measures.rows) charges, off by \(Self.percent(measures.calibrationError)) beyond chance",
            [number("DECILE"), number("CHARGES"), number("PREDICTED"), number("APPROVED")],
            measures.deciles.enumerated().map { index, decile in
                [String(index + 1), String(decile.rows), Self.percent(decile.predicted), Self.percent(decile.approved)]
            })
    }

    private func drift() throws {
        let drift = report.drift
        let index = drift.index.map { "stability index \(Self.decimal($0))" } ?? "too little to compare"
        try table(
            "first reasons of the last 7 days (\(drift.recent)) against the 28 before (\(drift.before)): \(index)",
            [Printer.Column("REASON"), number("LAST 7 DAYS"), number("28 BEFORE")],
            drift.reasons.map { [$0.reason.rawValue, Self.percent($0.recentPermille), Self.percent($0.beforePermille)] })
    }

    // MARK: - Words

    private static func percent(_ permille: Int?) -> String { permille.map { percent(Double($0) / 1_000) } ?? "—" }

    static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

    static func decimal(_ number: Double) -> String { String(format: "%.2f", number) }

    private static func milliseconds(_ microseconds: Int) -> String {
        microseconds < 1_000 ? "\(microseconds) µs" : String(format: "%g ms", Double(microseconds) / 1_000)
    }

    /// `250 ms`, `45 s`, `7 min`, `5 h 20 min`, `9 d 4 h`.
    static func duration(_ seconds: Double) -> String {
        if seconds < 1 { return String(format: "%g ms", (seconds * 1_000).rounded()) }
        let whole = Int(seconds)
        return switch whole {
        case ..<60: "\(whole) s"
        case ..<3_600: "\(whole / 60) min"
        case ..<172_800: "\(whole / 3_600) h" + (whole % 3_600 >= 60 ? " \(whole % 3_600 / 60) min" : "")
        default: "\(whole / 86_400) d" + (whole % 86_400 >= 3_600 ? " \(whole % 86_400 / 3_600) h" : "")
        }
    }
}
