import ArgumentParser
import HindsightApp
import HindsightCore

struct WhyCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Why a field of a stream is what it is: the events that said so, oldest first.",
        discussion: """
            Each event is shown with what the field was when it was recorded, what it said, and what became of that: it stands, or it was \
            overwritten. Late is one that was recorded after another that had occurred later: as recorded it counts all the same, by \
            occurrence (--occurred) it never did.
            """)

    @Argument(help: "category-id, like order-17.", transform: Arguments.stream) var stream: StreamName
    @Argument(help: "A member's name, or a JSON pointer like /address/city.", transform: Arguments.field) var field: FieldPointer
    @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
    @Option(help: "Only what had occurred by this instant, which may lie ahead.", transform: Arguments.occurrence) var occurred: Timestamp?
    @Option(help: "Only the latest, and the one that stands.") var limit: Int?
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit starts at 1") }
    }

    private struct Line: Encodable {
        let field: FieldPointer
        let link: StreamExplanation.Link

        private enum CodingKeys: String, CodingKey { case field }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(field, forKey: .field)
            try link.encode(to: encoder)
        }
    }

    func run(in session: Session) async throws {
        let log = try session.open(for: .reading).log
        let explanation = try await StreamExplanation(
            of: field, of: stream, at: try await at?.position(in: log), as: StreamView(occurred: occurred), limit: limit ?? .max, in: log)
        var printer = Printer(
            [
                Printer.Column("POSITION", isNumber: true), Printer.Column("RECORDED"), Printer.Column("OCCURRED"), Printer.Column("TYPE"),
                Printer.Column("ACTOR"), Printer.Column("BEFORE"), Printer.Column("SAID"), Printer.Column("AND SO"),
            ], format: session.format)
        for link in explanation.chain {
            let event = link.event
            let values = (try link.before?.cell ?? "—", try link.value?.cell ?? "—")
            try printer.print(
                Line(field: field, link: link),
                cells: [
                    String(event.position), event.recordedAt.description, event.occurredAt.description, event.type.description,
                    event.actor ?? "—", values.0, values.1, link.fate,
                ])
        }
        try printer.finish()
    }
}

extension StreamExplanation.Link {
    fileprivate var fate: String {
        let late = behind.map { "position \($0) occurred after it" } ?? ""
        return switch standing {
        case .stands: late.isEmpty ? "stands" : "stands, though late: \(late)"
        case .overwritten: "overwritten by position \(by ?? 0)" + (late.isEmpty ? "" : ", and late: \(late)")
        case .late: "late: \(late)"
        }
    }
}
