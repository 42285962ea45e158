import ArgumentParser
import HindsightApp

struct ConfigCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "The settings in force, and where each of them comes from.",
        discussion: """
            Flags go before the environment, that before the file of --config, and that before the defaults. In the environment limits.bodyBytes \
            is HINDSIGHT_LIMITS_BODY_BYTES, and lists are separated by commas. The settings:

            \(Setting.all.map { "\($0.key): \($0.help)" }.joined(separator: "\n"))
            """)
    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func run(in session: Session) async throws {
        let columns = [Printer.Column("KEY"), Printer.Column("VALUE"), Printer.Column("SOURCE")]
        var printer = Printer(columns, format: session.format)
        for entry in try settings.load(beside: [options] + outerOptions).entries {
            try printer.print(entry, cells: [entry.key, entry.shown?.description ?? "(not set)", entry.source.description])
        }
        try printer.finish()
    }
}
