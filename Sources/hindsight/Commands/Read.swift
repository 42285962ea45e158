import ArgumentParser
import HindsightApp
import HindsightCore

struct ReadCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Read events: of one stream, or of the whole log.",
        discussion: "Several categories, types or tags mean any of them; a category and a type mean both.")

    @Argument(help: "Only this stream.", transform: Arguments.stream) var stream: StreamName?
    @Option(help: "Only what comes after this position, in reading direction.") var after: Position?
    @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
    @Option(help: "Only streams of this category.", transform: Arguments.category) var category: [HindsightCore.Category] = []
    @Option(help: "Only events of this type.", transform: Arguments.type) var type: [EventType] = []
    @Option(help: "Only events with this tag.", transform: Arguments.tag) var tag: [Tag] = []
    @Flag(help: "The latest first.") var backwards = false
    @Option(help: "At most so many.") var limit: Int?
    @Flag(help: "Go on with what is appended from now on.") var follow = false
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit starts at 1") }
        if follow, backwards || at != nil { throw ValidationError("--follow goes forwards from now on: drop --backwards and --at") }
        if let after, after < 0 { throw ValidationError("--after starts at 0") }
    }

    func run(in session: Session) async throws {
        let application = try session.open(for: .reading)
        let log = application.log
        let moment = try await at?.position(in: log)
        if let stream, !follow {
            let version = try await log.version(of: stream)
            guard version > 0 else { throw NoSuchStream(stream: stream, position: nil) }
        }
        var printer = Printer(
            [
                Printer.Column("POSITION", isNumber: true), Printer.Column("STREAM"), Printer.Column("VERSION", isNumber: true),
                Printer.Column("TYPE"), Printer.Column("RECORDED"), Printer.Column("DATA"),
            ], format: session.format)
        var count = 0
        for try await event in log.events(selection(until: moment), goingOnLive: follow) {
            try printer.print(json: event.jsonLine(), cells: cells(event))
            count += 1
            session.note("read to position \(event.position)")
            if let limit, count >= limit { break }
            if follow { try printer.flush() }
            try Task.checkCancellation()
        }
        try printer.finish()
    }

    private func selection(until moment: Position?) -> EventSelection {
        let filter = EventFilter(stream: stream, categories: category, types: type, tags: tag)
        let page = min(limit ?? 500, 500)
        guard backwards else { return EventSelection(filter, after: after, until: moment, limit: page) }
        let start = [after, moment.map { $0 + 1 }].compactMap(\.self).min()
        return EventSelection(filter, after: start, direction: .backwards, limit: page)
    }

    private func cells(_ event: RecordedEvent) -> [String] {
        [
            String(event.position), event.stream.description, String(event.version), event.type.description, event.recordedAt.description,
            event.data?.description ?? "[erased]",
        ]
    }
}
