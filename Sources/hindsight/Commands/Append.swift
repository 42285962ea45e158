import ArgumentParser
import HindsightApp
import HindsightCore

struct AppendCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Append events from standard input, one JSON object on each line.",
        discussion: """
            {"type","data":{},"id"?,"schemaVersion"?,"occurredAt"?,"metadata"?,"tags"?}. Each line is acknowledged once it is durable. A bad \
            line ends the command; everything acknowledged before it stays. Lines that bring ids can be sent again without harm.
            """)

    @Argument(help: "category-id, like order-17.", transform: Arguments.stream) var stream: StreamName
    @Option(help: "The version the stream must have: any, none, exists or a number.", transform: Arguments.expectedVersion)
    var expect: ExpectedVersion = .any
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func run(in session: Session) async throws {
        let application = try session.open(for: .writing)
        var appender = LineAppender(
            to: stream, expecting: expect, log: application.log, gate: try application.makeAppendGate(), clock: application.clock)
        let input = try StandardInput()
        var printer = Printer(
            [
                Printer.Column("LINE", isNumber: true), Printer.Column("VERSION", isNumber: true),
                Printer.Column("POSITION", isNumber: true),
                Printer.Column("RECORDED"), Printer.Column("ID"),
            ], format: session.format)
        var stored = 0
        session.note("no event was appended")
        do {
            while true {
                try Task.checkCancellation()
                let lines = try await input.nextLines()
                if lines.isEmpty { break }
                try await appender.append(lines) { acknowledgement in
                    stored += 1
                    try printer.print(
                        acknowledgement,
                        cells: [
                            String(acknowledgement.line), String(acknowledgement.version), String(acknowledgement.position),
                            acknowledgement.recordedAt.description, acknowledgement.id.description,
                        ])
                }
                // Only what is printed is acknowledged.
                try printer.flush()
                session.note("\(stored) events are appended and acknowledged")
            }
        } catch {
            try printer.finish()
            await application.close()
            throw error
        }
        try printer.finish()
        await application.close()
    }
}
