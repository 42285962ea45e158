import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore

extension MDMCommand {
    struct Why: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Why two cards are, or are not, one person: rules, weights, conflicts, separations.",
            discussion: "Levels and weights only, never a value of the cards. Weights are in 1/1000 bit; the rules are those of now.")
        @Argument(help: "SOURCE:ID.", transform: MDMCommand.card) var a: CardID
        @Argument(help: "The other card.", transform: MDMCommand.card) var b: CardID
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func validate() throws {
            guard a != b else { throw ValidationError("name two different cards") }
        }

        func run(in session: Session) async throws {
            let (hub, position) = try await MDMCommand.reading(session, at: at)
            let why = try await hub.why(a, b, at: position)
            try Printer.printOne(why, facts: Self.facts(why), format: session.format)
        }

        private static func facts(_ why: PairExplanation) -> [(String, String)] {
            var facts = [("why", why.sentence), ("golden", Set(why.goldens).sorted().map(\.description).joined(separator: "  |  "))]
            for merge in why.merges {
                facts.append(("merged", "position \(merge.position), \(merge.recordedAt), \(merge.rules.joined(separator: ", "))"))
            }
            for step in why.path {
                facts.append(("edge", "\(step.a) — \(step.b)  (\(step.kind.rawValue), \(step.rule ?? "no rule"), \(step.weight))"))
            }
            for bar in why.waterfall {
                let missing = bar.missingOn.map { "  missing on \($0.map(\.description).joined(separator: ", "))" } ?? ""
                facts.append((bar.comparison, "\(bar.level.rawValue)  \(bar.weight)  → \(bar.sum)\(missing)"))
            }
            facts.append(("total", String(why.weight)))
            for rule in why.proposedBy { facts.append(("proposed by", "\(rule.rule)  (\(rule.strength.rawValue))")) }
            for rule in why.nearestRules { facts.append(("not by", "\(rule.rule)  (\(lack(of: rule)))")) }
            for conflict in why.conflicts { facts.append(("conflict", conflict)) }
            for guarded in why.guards { facts.append(("guard", guarded)) }
            for separation in why.separations {
                facts.append(("separation", "\(separation.separation)  (\(separation.kind.rawValue): \(separation.reason))"))
            }
            if let word = why.stewardsWord { facts.append(("steward", word.isConfirmed ? "yes" : "no")) }
            for held in why.held { facts.append(("held", "\(held.card)  (review \(held.review))")) }
            for card in why.dropped { facts.append(("dropped", card.description)) }
            for review in why.reviews { facts.append(("review", review)) }
            for link in why.links {
                facts.append(
                    ("link", "\(link.a) — \(link.b)  (\(link.kind.rawValue)\(link.rule.map { ", \($0)" } ?? ""), \(link.weight ?? 0))"))
            }
            return facts
        }

        private static func lack(of rule: RuleDistance) -> String {
            let failing = rule.failing.map { "\($0.comparison) is \($0.level.rawValue), not \($0.atLeast.rawValue)" }
            let choice = rule.failingAny.map { "\($0.comparison) \($0.atLeast.rawValue)" }
            return (failing + (choice.isEmpty ? [] : ["none of \(choice.joined(separator: ", "))"])).joined(separator: "; ")
        }
    }
}
