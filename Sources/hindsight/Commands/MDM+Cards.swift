import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore
import HindsightRuntime

extension MDMCommand {
    struct Play: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Play a labelled stream on an empty log, its clock set from the stream's times.",
            discussion:
                "On a log that an interrupted play of the same file left, it goes on. Exit code 1 if an expected fact does not hold.")
        @Argument(help: "The stream, .csv or .csv.gz.") var events: String
        @Option(help: "What must hold, and when.") var expect: String?
        @OptionGroup var profile: ProfileOptions
        @Option(help: "The rules as they were in 2014, 2016, 2018 or 2022.", transform: Play.policy) var policy: MatchingPolicy?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        private static func policy(_ text: String) throws -> MatchingPolicy {
            guard let policy = MatchingPolicy.named(text) else {
                throw ValidationError("'\(text)' is no policy: \(MatchingPolicy.all.map(\.name).joined(separator: ", "))")
            }
            return policy
        }

        func run(in session: Session) async throws {
            let used = try profile.load()
            let attributes = try (used ?? Profile.named("russian-bank")).attributes.map(\.name)
            let stream = try LabelledStream(CompressedFile.read(events), file: events, attributes: attributes)
            let facts = try expect.map { try ExpectedFact.read(CompressedFile.read($0), file: $0) } ?? []
            let application = try await Application.openWhereItEnds(try session.location(), start: Timestamp(microsecondsSince1970: 0))
            let lock = try await application.lock(for: "hindsight mdm play")
            defer { withExtendedLifetime(lock) {} }
            let clock = try application.manualClock
            let began = try await CardStreamPlayer.resume(stream, on: application.log, clock: clock)
            let hub = try await application.openCustomerHub(
                profile: used, policy: policy, records: true, metadata: CardStreamPlayer.metadata(stream.digest, step: 0),
                identities: SeededIdentities(seed: stream.digest))
            let bar = ProgressBar("play", unit: "steps")
            let results = FactList()
            session.note("the same command goes on")
            let summary = try await CardStreamPlayer(stream, on: hub, clock: clock, facts: facts).play(from: began) {
                session.note("\($0.step) of \($0.steps) steps are played; the same command goes on")
                bar.update(Int64($0.step), of: Int64($0.steps))
            } report: {
                results.append($0)
            }
            bar.finish()
            await application.close()
            try Self.show(summary, results.all, hasFacts: expect != nil, session)
        }

        private static func show(
            _ summary: CardStreamPlayer.Summary, _ results: [FactResult], hasFacts: Bool, _ session: Session
        ) throws {
            guard hasFacts else {
                return try Printer.printOne(
                    summary,
                    facts: [
                        ("steps", String(summary.steps)), ("done before", String(summary.resumedAfter)),
                        ("position", String(summary.position)),
                    ], format: session.format)
            }
            var printer = Printer(
                [
                    Printer.Column("TIME"), Printer.Column("FACT"), Printer.Column("A"), Printer.Column("B"), Printer.Column("HOLDS"),
                    Printer.Column("WHY"),
                ], format: session.format)
            for fact in results {
                try printer.print(fact, cells: [fact.ts.description, fact.kind, fact.a, fact.b, fact.passed ? "yes" : "NO", fact.why])
            }
            try printer.finish()
            if summary.failed > 0 { throw FactsFailed(description: "\(summary.failed) of \(summary.facts) expected facts do not hold") }
        }
    }

    struct Golden: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "A golden record: each value with the card that gave it.")
        @Argument(help: "Its id: G and ten digits.", transform: MDMCommand.golden) var hid: GoldenID
        @Option(help: "Why this attribute has its value: who gave it, what lost to it, and what it was before.") var why: String?
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            let (hub, position) = try await MDMCommand.reading(session, at: at)
            if let why { return try await explain(why, hub, at: position, session) }
            guard let record = try await hub.golden(hid, at: position) else { throw StewardError.unknownGolden(hid) }
            var facts = [("golden", record.golden.description), ("members", record.members.map(\.description).joined(separator: " "))]
            for (name, value) in record.attributes.sorted(by: { $0.key < $1.key }) {
                facts.append((name, "\(value.value)  (\(value.card), \(value.at), \(value.because.rawValue))"))
            }
            for past in record.pastValues { facts.append(("past \(past.attribute)", "\(past.value)  (\(past.card))")) }
            try Printer.printOne(record, facts: facts, format: session.format)
        }

        private func explain(_ attribute: String, _ hub: CustomerHub, at position: Position?, _ session: Session) async throws {
            guard let why = try await hub.why(attribute, of: hid, at: position) else {
                throw UsageError("there is no attribute \(attribute): \(hub.profile.attributes.map(\.name).joined(separator: ", "))")
            }
            var facts = [("golden", why.golden.description), (attribute, why.value ?? "—"), ("rule", why.rule.rawValue)]
            if let card = why.card, let event = why.event { facts.append(("given by", "\(card), event \(event)")) }
            if let since = why.since { facts.append(("since", since.description)) }
            for card in why.agreeing { facts.append(("agrees", card.description)) }
            for loser in why.losers { facts.append(("lost", "\(loser.value)  (\(loser.card), \(loser.reason.rawValue))")) }
            for step in why.chain {
                let cause = [step.by, step.reason].compactMap(\.self).joined(separator: ": ")
                facts.append(("position \(step.position)", "\(step.value?.value ?? "—")  (\(step.type), \(cause))"))
            }
            try Printer.printOne(why, facts: facts, format: session.format)
        }
    }

    struct Card: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "A card: what counts, what waits, and what is past.")
        @Argument(help: "SOURCE:ID.", transform: MDMCommand.card) var card: CardID
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            let (hub, position) = try await MDMCommand.reading(session, at: at)
            guard let row = try await hub.card(card, at: position) else { throw StewardError.unknownCard(card) }
            var facts = [("card", row.card.description), ("golden", row.golden.description)]
            for (name, value) in row.values.sorted(by: { $0.key < $1.key }) { facts.append((name, "\(value.value)  (\(value.at))")) }
            if let held = row.held {
                for (name, value) in held.values.sorted(by: { $0.key < $1.key }) where row.accepted[name] != value {
                    facts.append(("held \(name)", "\(value)  (review \(held.review))"))
                }
            }
            for past in row.past { facts.append(("past \(past.attribute)", past.value + (past.isOpen ? "" : "  (closed)"))) }
            for separation in row.separations {
                facts.append(("kept apart from", separation.against.map(\.description).joined(separator: " ")))
            }
            try Printer.printOne(row, facts: facts, format: session.format)
        }
    }

    struct Clusters: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "The golden record of every card.")
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        private struct Line: Encodable {
            let card: CardID
            let golden: GoldenID
        }

        func run(in session: Session) async throws {
            let (hub, position) = try await MDMCommand.reading(session, at: at)
            var printer = Printer([Printer.Column("CARD"), Printer.Column("GOLDEN")], format: session.format)
            for (card, golden) in try await hub.clusters(at: position) {
                try printer.print(Line(card: card, golden: golden), cells: [card.description, golden.description])
            }
            try printer.finish()
        }
    }
}

struct FactsFailed: Error, CustomStringConvertible {
    let description: String
}
