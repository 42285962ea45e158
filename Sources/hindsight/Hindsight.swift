import ArgumentParser

/// The command: what each subcommand does stands in Commands/, what it means in HindsightApp.
@main
struct Hindsight: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hindsight",
        abstract: "An event-sourced workflow engine: one log, and everything else follows from it.",
        discussion: """
            --log (or HINDSIGHT_LOG) names the folder of the log, ./hindsight-data by default. Output is a table on a terminal and NDJSON in \
            a pipe. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 verification found damage, 4 some rows \
            were rejected and all others taken in, 130 stopped by Ctrl-C.
            """,
        subcommands: [
            DemoCommand.self, AppendCommand.self, ReadCommand.self, StateCommand.self, DiffCommand.self, WhyCommand.self,
            BelievedCommand.self, ProjectionsCommand.self,
            SagasCommand.self, LogCommand.self, DoctorCommand.self, AudienceCommand.self, MDMCommand.self, BillingCommand.self,
            ServeCommand.self, WorkCommand.self, ConfigCommand.self, BenchCommand.self,
        ])

    @OptionGroup var options: CommonOptions

    static func main() async { await Program.run(Array(CommandLine.arguments.dropFirst())) }
}

/// What every command takes, before and after its name.
struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The folder of the log.", valueName: "folder"))
    var log: String?

    @Option(name: .long, help: "How to print: table, json or ndjson.")
    var format: OutputFormat?
}

/// A command that `Program` runs with what its options mean.
protocol LogCommandLine: AsyncParsableCommand {
    var options: CommonOptions { get }
    /// The options before its name, the nearest first.
    var outerOptions: [CommonOptions] { get }
    func run(in session: Session) async throws
}

extension LogCommandLine {
    mutating func run() async throws {
        try await run(in: Session([options] + outerOptions))
    }
}

/// A command right below `hindsight`.
protocol TopCommandLine: LogCommandLine {
    var root: Hindsight { get }
}

extension TopCommandLine {
    var outerOptions: [CommonOptions] { [root.options] }
}

/// A command of a group, like `log verify`.
protocol GroupedCommandLine: LogCommandLine {
    associatedtype Group: CommandGroup
    var group: Group { get }
}

extension GroupedCommandLine {
    var outerOptions: [CommonOptions] { [group.options, group.root.options] }
}

protocol CommandGroup: AsyncParsableCommand {
    var options: CommonOptions { get }
    var root: Hindsight { get }
}
