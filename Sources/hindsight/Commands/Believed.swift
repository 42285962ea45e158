import ArgumentParser
import HindsightApp
import HindsightCore

struct BelievedCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "believed", abstract: "What a stream was believed to be on a day, and what is known of that day since.",
        discussion: """
            On T it was believed what `hindsight state STREAM --at T --occurred T` says; known of T since is what \
            `hindsight state STREAM --occurred T` says. They differ where facts were recorded late, or corrected.
            """)

    @Argument(help: "category-id, like order-17.", transform: Arguments.stream) var stream: StreamName
    @Argument(help: "Only this: a member's name, or a JSON pointer like /address/city.", transform: Arguments.field) var field:
        FieldPointer?
    @Option(help: "The day: an instant that has passed.", transform: Arguments.occurrence) var on: Timestamp
    @Option(help: "As known then, and not now: an instant, or position:N, not before --on.", transform: Arguments.moment) var at: Moment?
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func run(in session: Session) async throws {
        let log = try session.open(for: .reading).log
        let believedAt = try await log.position(at: on)
        let head = try await log.head().position
        let knownAt = try await at?.position(in: log) ?? head
        if let at, at.isBefore(on) || knownAt < believedAt {
            throw UsageError("--at \(at) lies before --on \(on): less was known then, and not more")
        }
        let belief = try await StreamBelief(of: stream, field: field, on: on, believedAt: believedAt, knownAt: knownAt, in: log)
        let teller = BeliefTeller(on: on, knownAt: at)
        guard session.format == .table else {
            var printer = Printer([], format: session.format)
            for field in belief.fields { try printer.print(field, cells: []) }
            return try printer.finish()
        }
        for field in belief.fields { try Terminal.write(Terminal.printable(try teller.sentence(field))) }
        if belief.fields.isEmpty { try Terminal.write("Nothing was there on \(on), as believed then and as known since.") }
        try Terminal.flush()
    }
}

/// Says in a sentence what was believed of a field, and what is known.
private struct BeliefTeller {
    let on: Timestamp
    let knownAt: Moment?

    func sentence(_ field: StreamBelief.Field) throws -> String {
        let name = field.field.description.dropFirst()
        let belief =
            field.believedBy == nil
            ? "we knew nothing of \(name)" : "we believed that \(name) \(try was(field.believed))\(origin(field.believedBy))"
        let time = knownAt.map { "as known at \($0)," } ?? "today"
        let knowledge = field.differs ? "that it \(try was(field.known))\(origin(field.knownBy))" : "the same"
        return "On \(on) \(belief); \(time) we know \(knowledge)."
    }

    private func was(_ value: JSONValue?) throws -> String { try value.map { "was \(try JSON.line($0))" } ?? "was not there" }

    private func origin(_ event: EventReference?) -> String {
        guard let event else { return "" }
        let occurred = event.occurredAt == event.recordedAt ? "" : ", occurred \(event.occurredAt)"
        return " (position \(event.position), \(event.type)\(occurred), recorded \(event.recordedAt))"
    }
}
