import ArgumentParser
import BillingRetries
import HindsightApp
import HindsightCore

extension BillingCommand {
    struct Metrics: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Approval by policy, arm and first reason; coverage, predictions, signals, calibration and drift.",
            discussion: "What stands now, and the drift of reasons, are told as of the last of the days.")
        @Option(help: "The first day, like 2026-01-01, by business time in UTC.", transform: BillingCommand.day) var from: BusinessDay?
        @Option(help: "The last day, inclusive.", transform: BillingCommand.day) var to: BusinessDay?
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func validate() throws {
            if let from, let to, to < from { throw ValidationError("--to must not lie before --from") }
        }

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let moment = try await BillingCommand.moment(at, application, clock: nil)
            let projections = application.openProjections(BillingReport.projections, in: try application.openReadModels())
            let report = try await BillingReport.asOf(
                moment.position, instant: moment.instant, days: BusinessDays(from: from, to: to), of: projections)
            try BillingPage(report).print(session)
        }
    }

    struct Alerts: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Which alerts fire, since when, by which figure, and whose they are.",
            discussion: """
                What each means and what to do stands in the runbook that it names. With the settings of the server (--config), its \
                thresholds hold: billing.alerts.
                """)
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var settings: SettingsOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let configuration = try settings.load(beside: [options] + outerOptions)
            let application = try session.open(configuration.log, for: .reading)
            let moment = try await BillingCommand.moment(at, application, clock: application.clock)
            let projections = application.openProjections(BillingBasis.projections, in: try application.openReadModels())
            let told = try await BillingAlerts.asOf(moment, by: configuration.alertRules, of: projections)
            guard session.format == .table, told.alerts.isEmpty else { return try Self.print(told, session) }
            try Terminal.write("no alert fires as of \(told.asOf), position \(told.position)")
        }

        private static func print(_ told: BillingAlerts, _ session: Session) throws {
            var printer = Printer(
                [
                    Printer.Column("SEVERITY"), Printer.Column("ALERT"), Printer.Column("FIGURE", isNumber: true),
                    Printer.Column("THRESHOLD", isNumber: true), Printer.Column("SINCE"), Printer.Column("OWNER"),
                    Printer.Column("WHAT"),
                ], format: session.format)
            for alert in told.alerts {
                try printer.print(
                    alert,
                    cells: [
                        alert.severity.rawValue, alert.id, alert.unit.text(alert.value),
                        "\(alert.fires.rawValue) \(alert.unit.text(alert.threshold))", alert.since.description, alert.owner, alert.summary,
                    ])
            }
            try printer.finish()
            if session.format == .table { try Terminal.write("what to do: \(BillingAlertRule.runbookPage)") }
        }
    }

    private static func moment(_ at: Moment?, _ application: Application, clock: (any WallClock)?) async throws -> BillingMoment {
        let head = try await application.log.head().position
        let position = try await at?.position(in: application.log) ?? head
        return try await BillingMoment(at, at: position, log: application.log, clock: clock)
    }

    @Sendable private static func day(_ text: String) throws -> BusinessDay {
        guard let day = BusinessDay(text) else { throw ValidationError("'\(text)' is no day like 2026-01-31") }
        return day
    }
}

extension BillingFigure.Unit {
    fileprivate func text(_ value: Double) -> String {
        switch self {
        case .share: BillingPage.percent(value)
        case .index: BillingPage.decimal(value)
        case .seconds: BillingPage.duration(value)
        }
    }
}
