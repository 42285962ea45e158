import ArgumentParser
import HindsightApp
import HindsightCore

extension BillingCommand {
    struct Simulate: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Compare retry policies on the same simulated customers: who would have collected how much.",
            discussion: """
                No log and no gateway: the deciders live through a year in minutes, each policy by itself, and what a charge brings depends \
                on the seed, the customer and the hour alone. The first months are lived through by the fixed policy with some exploration, \
                and the learned policies are trained on them; renewals due after them are counted. A customer whose renewal was lost \
                renews no more, so policies may differ in renewals. A policy that times the first charge has other first failures: APPROVED \
                compares them all. RETRIES is for each recovered renewal, those of lost ones included; DAYS is the median from due to paid. \
                The oracle knows what each hour brings. * is the best of a column. Amounts are in the JSON, each in its currency.
                """)
        @Option(help: "How many customers.") var customers = 20_000
        @Option(help: "How many days.") var days = 365
        @Option(help: "Of these, the days that are learned from: 240, or two thirds of fewer days, unless given.") var trainDays: Int?
        @Option(help: "Seed of the customers, their money, cards and banks.") var seed: Int64 = 1
        @Option(
            help: "Names with commas between; the ten static ones, reason-rules, first-generation and end-to-end unless given.",
            transform: { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }) var policies =
            ComparisonPlan.usualPolicies
        @Option(help: "A model's window replaces the rules' if it is so many times as likely; each policy's own factor unless given.")
        var override: Double?
        @Option(help: "Tell apart as well by reason, country, plan, funding or type; may be repeated.", transform: grouping)
        var by: [RenewalGrouping] = []
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        private static func grouping(_ text: String) throws -> RenewalGrouping {
            guard let grouping = RenewalGrouping(rawValue: text) else {
                throw ValidationError("'\(text)' is none of \(RenewalGrouping.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return grouping
        }

        func run(in session: Session) async throws {
            let bar = ProgressBar("billing", unit: "lives")
            let report = try await PolicyComparison(try plan()).run { bar.update(Int64($0.done), of: Int64($0.all)) }
            bar.finish()
            try ComparisonPage(report).print(session)
        }

        private func plan() throws -> ComparisonPlan {
            do {
                return try ComparisonPlan(
                    customers: customers, days: days, trainDays: trainDays, seed: seed, policies: policies, overrideFactor: override,
                    groupings: by)
            } catch {
                throw UsageError("--\(error.option): \(error.reason)")
            }
        }
    }
}
