import ArgumentParser
import HindsightApp
import HindsightCore

struct DemoCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "All three domains end to end, then time travel over what happened.",
        discussion: """
            In ./hindsight-demo, unless --log or HINDSIGHT_LOG says otherwise. An unfinished demo goes on where it was, a finished one shows \
            its summary again.
            """)
    @Flag(help: "Start afresh in a new folder beside the one there is.") var again = false
    @Option(help: "How many subscriptions are collected; fewer are a quicker look.") var subscriptions = 1_000
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func validate() throws {
        guard (1...1_000_000).contains(subscriptions) else { throw ValidationError("--subscriptions is 1 to 1000000") }
    }

    func run(in session: Session) async throws {
        let named = try session.location(fallback: "./hindsight-demo").folder
        let folder = again ? DemoFolder.afresh(beside: named) : named
        session.note("the same command goes on in \(folder)")
        let bars = ProgressBars()
        let demo = Demo(folder: folder, programs: try EmbeddedPeers.ownPrograms, subscriptions: subscriptions) { progress in
            bars.bar(progress.part.title, unit: progress.unit).update(progress.done, of: progress.all)
        }
        let story = try await demo.run()
        ProgressBar.clearLine()
        switch session.format {
        case .json, .ndjson: try Terminal.write(JSON.line(story))
        case .table: for line in DemoSummary(story).lines { try Terminal.write(Terminal.printable(line)) }
        }
    }
}
