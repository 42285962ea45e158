import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore

extension MDMCommand {
    struct Chronology: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "When each policy, 2014 to 2022, would have taken two cards for one person.",
            discussion: "Plays the labelled stream in memory, once for each policy; no log is read or written.")
        @Argument(help: "The stream, .csv or .csv.gz.") var events: String
        @Option(help: "The two: SOURCE:ID,SOURCE:ID.", transform: MDMCommand.pair) var cards: CardPair
        @Option(help: "What must hold, and when.") var expect: String?
        @OptionGroup var profile: ProfileOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            let used = try profile.load() ?? Profile.named("russian-bank")
            let stream = try LabelledStream(CompressedFile.read(events), file: events, attributes: used.attributes.map(\.name))
            for card in [cards.a, cards.b] where !stream.cards.contains(card.description) {
                throw ValidationError("\(events) has no card \(card): name two of its cards with --cards")
            }
            let facts = try expect.map { try ExpectedFact.read(CompressedFile.read($0), file: $0) } ?? []
            let chronology = try await TwinsChronology.play(stream, facts: facts, of: cards, profile: used)
            guard session.format == .table else { return try Terminal.write(JSON.line(chronology)) }
            var printer = Printer(["POLICY", "FACTS", "TOGETHER", "JOINED BY", "BECAUSE"].map { Printer.Column($0) }, format: .table)
            for row in ChronologyTable(chronology).rows {
                try printer.print(chronology, cells: row + Array(repeating: "", count: 5 - row.count))
            }
            try printer.finish()
        }
    }

    /// Two cards, separated by a comma.
    static func pair(_ text: String) throws -> CardPair {
        let cards = try group(text)
        guard cards.count == 2, cards[0] != cards[1] else { throw ValidationError("'\(text)' is no pair of cards: SOURCE:ID,SOURCE:ID") }
        return CardPair(cards[0], cards[1])
    }
}
