import ArgumentParser
import BillingRetries
import HindsightApp
import HindsightCore
import PaymentsAdapter

struct BillingCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "billing", abstract: "Renewals and their retries.",
        subcommands: [
            Run.self, Simulate.self, Metrics.self, Alerts.self, Policies.self, Rollback.self, Train.self, Models.self, Promote.self,
            RollbackModel.self, Retrain.self, Evaluate.self, Predict.self,
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
            try BillingPage(report).print(session)
        }
    }
}
