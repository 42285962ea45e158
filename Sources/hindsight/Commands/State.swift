import ArgumentParser
import HindsightApp
import HindsightCore

struct StateCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "state", abstract: "Replay one stream: each member of its events as it was last set.",
        discussion: """
            A stream has two clocks. --at asks what was recorded by then, in the order of recording. --occurred asks what had occurred by \
            then, in the order of occurring and as known now, or as known at --at: a fact that was recorded late does not hide one that \
            occurred after it. What a domain makes of its events beyond that stands in its projections (`hindsight projections rows`).
            """)

    @Argument(help: "category-id, like order-17.", transform: Arguments.stream) var stream: StreamName
    @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
    @Option(help: "Only what had occurred by this instant, which may lie ahead.", transform: Arguments.occurrence) var occurred: Timestamp?
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func run(in session: Session) async throws {
        let log = try session.open(for: .reading).log
        let position = try await at?.position(in: log)
        let state = try await StreamState(of: stream, at: position, as: StreamView(occurred: occurred), in: log)
        var facts = [
            ("stream", state.stream.description), ("view", state.occurred.map { "\(state.view) by \($0)" } ?? state.view),
            ("version", String(state.version)), ("position", String(state.position)), ("recordedAt", state.recordedAt.description),
            ("occurredAt", state.occurredAt.description), ("lastType", state.lastType.description),
        ]
        for (name, value) in (state.state.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            facts.append(("· \(name)", try value.cell))
        }
        try Printer.printOne(state, facts: facts, format: session.format)
    }
}

struct DiffCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "What became different in a stream between two moments.",
        discussion: "A stream that did not exist yet counts as empty; one that did at neither moment is refused.")

    @Argument(help: "category-id, like order-17.", transform: Arguments.stream) var stream: StreamName
    @Option(help: "An instant, or position:N.", transform: Arguments.moment) var from: Moment
    @Option(help: "An instant, or position:N.", transform: Arguments.moment) var to: Moment
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func run(in session: Session) async throws {
        let log = try session.open(for: .reading).log
        let difference = try await StreamDifference(
            of: stream, from: try await from.position(in: log), to: try await to.position(in: log), in: log)
        var printer = Printer([Printer.Column("MEMBER"), Printer.Column("FROM"), Printer.Column("TO")], format: session.format)
        for change in difference.changes {
            let cells = [change.pointer, try change.from?.cell ?? "—", try change.to?.cell ?? "—"]
            try printer.print(change, cells: cells)
        }
        try printer.finish()
    }
}
