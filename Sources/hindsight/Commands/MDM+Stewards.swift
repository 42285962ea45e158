import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore
import Synchronization

extension MDMCommand {
    struct Reviews: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Questions that wait for a steward.")
        @Option(help: "weak-match, suspicious-change or blocked-group.", transform: Reviews.kind) var kind: ReviewKind?
        @Flag(help: "Answered ones as well.") var all = false
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        private static func kind(_ text: String) throws -> ReviewKind {
            guard let kind = ReviewKind(rawValue: text) else {
                throw ValidationError("'\(text)' is no kind of review: weak-match, suspicious-change, blocked-group")
            }
            return kind
        }

        func run(in session: Session) async throws {
            let (hub, position) = try await MDMCommand.reading(session, at: at)
            var printer = Printer(
                [
                    Printer.Column("REVIEW"), Printer.Column("KIND"), Printer.Column("STATUS"), Printer.Column("SINCE"),
                    Printer.Column("CARDS"),
                ],
                format: session.format)
            for row in try await hub.reviews(kind: kind, status: all ? nil : .open, at: position) {
                let review = try await hub.shown(row, to: session.actor, at: position)
                try printer.print(
                    review,
                    cells: [
                        review.review, review.kind.rawValue, review.status.rawValue, review.openedAt.description,
                        review.cards.map(\.description).joined(separator: " "),
                    ])
            }
            try printer.finish()
        }
    }

    struct Confirm: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "A steward's yes: to a review, or to two cards that a rule proposes.",
            discussion: "Nobody joins two cards that no rule has proposed.")
        @Argument(help: "A review's id, or two cards.") var what: [String]
        @Option(help: "Why.") var reason: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func validate() throws {
            guard (1...2).contains(what.count) else { throw ValidationError("give a review, or two cards") }
        }

        func run(in session: Session) async throws {
            let cards = what.count == 2 ? try what.map(MDMCommand.card) : []
            try await MDMCommand.acting(session) { hub in
                if cards.count == 2 {
                    let isDone = try await hub.confirm(cards[0], cards[1], reason: reason)
                    try Answered(what: what.joined(separator: " "), answer: isDone ? "confirmed" : "answered").print(session)
                } else {
                    try await hub.confirm(review: what[0], reason: reason)
                    try await Answered.print(what[0], "confirmed", hub, session)
                }
            }
        }
    }

    struct Reject: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "A steward's no to a review.")
        @Argument(help: "Its id.") var review: String
        @Option(help: "Why.") var reason: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            try await MDMCommand.acting(session) { hub in
                try await hub.reject(review: review, reason: reason)
                try await Answered.print(review, "rejected", hub, session)
            }
        }
    }

    struct Unmerge: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Take a golden record apart; separations keep the parts apart.",
            discussion: "Each --cards names a group that becomes a golden record of its own; what is not named stays.")
        @Argument(help: "The golden record.", transform: MDMCommand.golden) var hid: GoldenID
        @Option(help: "Cards of one group, with commas: CRM:1024,IB:77. Repeatable.", transform: MDMCommand.group) var cards: [[CardID]]
        @OptionGroup var plan: PlanOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            if plan.preview {
                let (hub, _) = try await MDMCommand.reading(session, at: nil)
                return try await MDMCommand.show(hub.previewUnmerge(hid, groups: cards), of: hub, reason: plan.reason, session)
            }
            let done = try await MDMCommand.acting(session) { hub in
                try await hub.unmerge(hid, groups: cards, reason: plan.reason ?? "", digest: plan.digest)
            }
            try MDMCommand.show(done, session)
        }
    }

    struct Rollback: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Lead a golden record back to how it was, by events that undo.",
            discussion: "Nothing is deleted: cards that came later stay, and so do all later edits.")
        @Argument(help: "The golden record.", transform: MDMCommand.golden) var hid: GoldenID
        @Option(help: "The instant to go back to.", transform: Arguments.instant) var to: Timestamp
        @OptionGroup var plan: PlanOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            if plan.preview {
                let (hub, _) = try await MDMCommand.reading(session, at: nil)
                return try await MDMCommand.show(hub.previewRollback(hid, to: to), of: hub, reason: plan.reason, session)
            }
            let done = try await MDMCommand.acting(session) { hub in
                try await hub.rollback(hid, to: to, reason: plan.reason ?? "", digest: plan.digest)
            }
            try MDMCommand.show(done, session)
        }
    }

    /// Shows a preview, with what would be appended.
    private static func show(_ plan: UnmergePlan, of hub: CustomerHub, reason: String?, _ session: Session) async throws {
        let appends = try await hub.appends(of: plan, reason: reason)
        try Printer.printOne(
            UnmergePreview(plan, appends: appends), facts: facts(plan) + appends.map(\.fact),
            format: session.format)
    }

    private static func show(_ plan: UnmergePlan, _ session: Session) throws {
        try Printer.printOne(plan, facts: facts(plan), format: session.format)
    }

    private static func facts(_ plan: UnmergePlan) -> [(String, String)] {
        var facts = [("golden", plan.golden.description), ("digest", plan.digest)]
        for part in plan.parts { facts.append(("part", "\(part.golden)  \(part.cards.map(\.description).joined(separator: " "))")) }
        for separation in plan.separations {
            let sides = [separation.left, separation.right].map { $0.map(\.description).joined(separator: " ") }
            facts.append(("separation", sides.joined(separator: "  |  ")))
        }
        for separation in plan.closes { facts.append(("closes", separation.separation)) }
        return facts
    }
}

/// What goes with a plan to undo something.
struct PlanOptions: ParsableArguments {
    @Flag(help: "Show what would be done, and do nothing.") var preview = false
    @Option(help: "Why; needed unless --preview.") var reason: String?
    @Option(help: "The preview's digest: refused if anything has changed since.") var digest: String?

    func validate() throws {
        guard preview || reason?.isEmpty == false else {
            throw ValidationError("--reason is missing: say why, or look first with --preview")
        }
    }
}

/// What a steward has answered.
struct Answered: Encodable {
    let what: String
    let answer: String

    /// An answer to a case: of one that more stewards have to answer it is one of several.
    static func print(_ review: String, _ answer: String, _ hub: CustomerHub, _ session: Session) async throws {
        let isOpen = try await hub.reviews().contains { $0.review == review }
        try Answered(what: review, answer: isOpen ? "answered" : answer).print(session)
    }

    func print(_ session: Session) throws {
        try Printer.printOne(self, facts: [(answer, what)], format: session.format)
    }
}

/// Results of facts in the order in which they are found.
final class FactList: Sendable {
    private let results = Mutex<[FactResult]>([])

    func append(_ result: FactResult) { results.withLock { $0.append(result) } }
    var all: [FactResult] { results.withLock { $0 } }
}
