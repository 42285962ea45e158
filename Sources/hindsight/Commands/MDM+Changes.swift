import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore

extension MDMCommand {
    struct Accept: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Take over the values of a suspicious change.", discussion: "Its id stands in `hindsight mdm reviews`.")
        @Argument(help: "The review's id.") var review: String
        @Option(help: "Why.") var reason: String
        @Flag(help: "Take them over although they were refused before.") var overrule = false
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            try await MDMCommand.acting(session) { hub in
                try await hub.acceptChange(review: review, reason: reason, overrules: overrule)
                try await Answered.print(review, "accepted", hub, session)
            }
        }
    }

    struct Refuse: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Refuse the values of a suspicious change: the card keeps those it had.",
            discussion: "Its id stands in `hindsight mdm reviews`.")
        @Argument(help: "The review's id.") var review: String
        @Option(help: "Why.") var reason: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            try await MDMCommand.acting(session) { hub in
                try await hub.refuseChange(review: review, reason: reason)
                try await Answered.print(review, "refused", hub, session)
            }
        }
    }

    struct ClosePast: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            commandName: "close-past", abstract: "Close a past value of a card for ever: it never helps matching again.")
        @Argument(help: "SOURCE:ID.", transform: MDMCommand.card) var card: CardID
        @Argument(help: "The attribute: surname, passport and so on.") var attribute: String
        @Argument(help: "The value, in any spelling.") var value: String
        @Option(help: "Why.") var reason: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        private struct Closed: Encodable {
            let card: CardID
            let attribute: String
            let closed: Bool
        }

        func run(in session: Session) async throws {
            try await MDMCommand.acting(session) { hub in
                try await hub.closePastValue(of: card, attribute: attribute, value: value, reason: reason)
            }
            try Printer.printOne(
                Closed(card: card, attribute: attribute, closed: true), facts: [("closed", "\(attribute) of \(card)")],
                format: session.format)
        }
    }

    struct Separations: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "What keeps cards apart: active separations, or with --close the end of one.",
            discussion: "A separation ends only when a steward closes it, with a reason.")
        @Argument(help: "Only those that name this card.", transform: MDMCommand.card) var card: CardID?
        @Flag(help: "Closed ones as well.") var all = false
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @Option(help: "End the separation of this id.") var close: String?
        @Option(help: "Why it ends.") var reason: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func validate() throws {
            guard close != nil || reason == nil else { throw ValidationError("--reason goes with --close") }
            guard close == nil || (card == nil && at == nil && !all) else { throw ValidationError("--close stands alone, with --reason") }
            guard close == nil || reason?.isEmpty == false else { throw ValidationError("--reason is missing: say why it ends") }
        }

        func run(in session: Session) async throws {
            if let close, let reason {
                try await MDMCommand.acting(session) { try await $0.closeSeparation(close, reason: reason) }
                return try Answered(what: close, answer: "closed").print(session)
            }
            let (hub, position) = try await MDMCommand.reading(session, at: at)
            var printer = Printer(
                [
                    Printer.Column("SEPARATION"), Printer.Column("KIND"), Printer.Column("SINCE"), Printer.Column("LEFT"),
                    Printer.Column("RIGHT"), Printer.Column("CLOSED"),
                ], format: session.format)
            for separation in try await hub.separations(of: card, at: position) where all || separation.isActive {
                try printer.print(
                    separation,
                    cells: [
                        separation.separation, separation.kind.rawValue, separation.madeAt.description,
                        separation.left.map(\.description).joined(separator: " "),
                        separation.right.map(\.description).joined(separator: " "), separation.closedBecause ?? "",
                    ])
            }
            try printer.finish()
        }
    }
}
