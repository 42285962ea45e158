import ArgumentParser
import HindsightApp
import HindsightCore

struct StateCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "state", abstract: "Replay one stream: each member of its events as it was last set.",
        discussion: "What a domain makes of its events beyond that stands in its projections (`hindsight projections rows`).")

    @Argument(help: "category-id, like order-17.", transform: Arguments.stream) var stream: StreamName
    @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func run(in session: Session) async throws {
        let log = try session.open(for: .reading).log
        let state = try await StreamState(of: stream, at: try await at?.position(in: log), in: log)
        var facts = [
            ("stream", state.stream.description), ("version", String(state.version)), ("position", String(state.position)),
            ("recordedAt", state.recordedAt?.description ?? ""), ("lastType", state.lastType?.description ?? ""),
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
        discussion: "A stream that did not exist yet counts as empty.")

    @Argument(help: "category-id, like order-17.", transform: Arguments.stream) var stream: StreamName
    @Option(help: "An instant, or position:N.", transform: Arguments.moment) var from: Moment
    @Option(help: "An instant, or position:N.", transform: Arguments.moment) var to: Moment
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func run(in session: Session) async throws {
        let log = try session.open(for: .reading).log
        guard try await log.version(of: stream) > 0 else { throw NoSuchStream(stream: stream, position: nil) }
        let before = try await state(at: from, in: log)
        let after = try await state(at: to, in: log)
        var printer = Printer([Printer.Column("MEMBER"), Printer.Column("FROM"), Printer.Column("TO")], format: session.format)
        for change in ValueChange.changes(from: before, to: after) {
            let cells = [change.pointer, try change.from?.cell ?? "—", try change.to?.cell ?? "—"]
            try printer.print(change, cells: cells)
        }
        try printer.finish()
    }

    private func state(at moment: Moment, in log: some EventLog) async throws -> JSONValue {
        let position = try await moment.position(in: log)
        do {
            return try await StreamState(of: stream, at: position, in: log).state
        } catch is NoSuchStream {
            return [:]
        }
    }
}
