import ArgumentParser
import BillingRetries
import HindsightApp
import HindsightCore
import PaymentsAdapter

struct BillingCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "billing", abstract: "Renewals and their retries.",
        subcommands: [
            Run.self, Metrics.self, Policies.self, Rollback.self, Train.self, Models.self, Promote.self, RollbackModel.self, Retrain.self,
            Evaluate.self, Predict.self,
        ])
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    struct Run: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Live through the renewals of simulated subscriptions, on a clock of their own.",
            discussion: "Run again after any interruption, it goes on; its end reached, it shows the figures again.")
        @Option(help: "How far to go; the plan's end unless given.", transform: Arguments.instant) var until: Timestamp?
        @Option(help: "Seed of customers, cards and of what the gateway does.") var seed: Int64 = 1
        @Option(help: "How many subscriptions.") var subscriptions = 1_000
        @Option(help: "How many days.") var days = 120
        @Option(help: "The gateway's address; the simulated gateway beside this program unless given.") var gateway: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let application = try await Application.openWhereItEnds(try session.location())
            let lock = try await application.lock(for: "hindsight billing run")
            defer { withExtendedLifetime(lock) {} }
            let peer = gateway == nil ? try await application.embeddedPeers.startGateway(seed: seed) : nil
            session.note("the same command goes on where the log ends")
            let bar = ProgressBar("billing", unit: "days")
            let report = try await application.makeBillingSimulation(
                SimulationPlan(seed: seed, subscriptions: subscriptions, days: days), gateway: gateway ?? peer?.url ?? ""
            ).run(until: until) { bar.update(Int64($0.days.done), of: Int64($0.days.all)) }
            bar.finish()
            try await peer?.stop()
            await application.close()
            try BillingCommand.show(report, session)
        }
    }

    struct Metrics: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Approval rates by policy and first reason.")
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let head = try await application.log.head().position
            let position = try await at?.position(in: application.log) ?? head
            let projections = application.openProjections(BillingReport.projections, in: try application.openReadModels())
            try BillingCommand.show(
                try await BillingReport.asOf(position, of: projections), session)
        }
    }

    private static func show(_ report: BillingReport, _ session: Session) throws {
        guard session.format == .table else { return try Terminal.write(JSON.line(report)) }
        let total = report.total.counts
        try Printer.printOne(
            report,
            facts: [
                ("position", String(report.position)), ("invoices opened", String(total.invoicesOpened)),
                ("paid", "\(total.invoicesPaid), \(percent(report.invoiceApprovalPermille)) of those that ended"),
                ("uncollectible", String(total.invoicesUncollectible)),
                ("charges", "\(total.chargesRequested), \(total.chargesApproved) approved, \(total.chargesDeclined) declined"),
                ("answers lost", String(total.chargesUnknown)), ("in recovery now", String(report.inRecoveryNow)),
                ("unknown now", String(report.unknownNow)),
            ], format: .table)
        try Terminal.write("")
        var printer = Printer(
            [
                Printer.Column("POLICY"), Printer.Column("FIRST REASON"), Printer.Column("RECOVERIES", isNumber: true),
                Printer.Column("RECOVERED", isNumber: true), Printer.Column("RATE", isNumber: true),
                Printer.Column("RETRIES PER 100", isNumber: true),
            ], format: .table)
        for line in report.policies + report.reasons {
            try printer.print(
                line,
                cells: [
                    line.policy ?? "—", line.firstReason?.rawValue ?? "all", String(line.counts.recoveriesStarted),
                    String(line.counts.invoicesPaid), percent(line.recoveryRatePermille),
                    line.retriesPerHundredRecovered.map { String($0) } ?? "—",
                ])
        }
        try printer.finish()
    }

    private static func percent(_ permille: Int?) -> String { permille.map { "\($0 / 10).\($0 % 10) %" } ?? "—" }
}
