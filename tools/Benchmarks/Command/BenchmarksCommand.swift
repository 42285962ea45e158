import ArgumentParser

/// What the engine does in a second, beside what the machine allows and what a peer does.
@main
struct BenchmarksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks",
        abstract: "What the engine does in a second, beside what the machine allows and what a peer does.",
        discussion: "Figures of a debug build, or of a machine that does something else, say nothing: read the ratios within one run.",
        subcommands: [
            LogBenchmark.self, HTTPBenchmark.self, ProjectionsBenchmark.self, TimeTravelBenchmark.self, SagasBenchmark.self,
            CustomersBenchmark.self, BillingBenchmark.self, RetryLoopBenchmark.self, PaymentWorldPolicyCommand.self,
            MeasureCommand.self,
            MeasureReadModelsCommand.self, MeasureSagasCommand.self, MeasureCustomersCommand.self,
            MeasureBillingCommand.self, MeasureRetryLoopCommand.self,
        ], defaultSubcommand: LogBenchmark.self)
}
