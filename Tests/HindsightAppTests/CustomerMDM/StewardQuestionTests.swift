import CustomerMDM
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("What stewards ask") struct StewardQuestionTests {
    private static let values = ["Волков", "волков", "Пётр", "петр", "4607", "22-33-44", "2223344", "1979", "example.com"]

    private func expectNothingPersonal(in answer: some Encodable) throws {
        let text = String(decoding: try JSON.encode(answer), as: UTF8.self)
        for value in Self.values { #expect(!text.contains(value), "\(value) in \(text)") }
    }

    private func card(_ text: String) -> CardID { Desk.card(text) }

    // MARK: - Why

    @Test("Two cards that a third brought together are one person over the edges of two merges") func chain() async throws {
        let desk = try await Desk()
        // The first two share nothing but the name; the third has the passport of one and the phone of the other.
        try await desk.say("CRM:1", Desk.person.filter { $0.key != "mobilePhone" })
        try await desk.say("IB:2", Desk.bare.merging(["email": "p@example.com"]) { $1 })
        let apart = try await desk.hub.why(card("CRM:1"), card("IB:2"))
        #expect(!apart.isSame && apart.path.isEmpty && apart.strength == .weak)
        let then = await desk.head()
        try await desk.say("ABS:3", Desk.bare.merging(["passport": "4607 445566", "email": "p@example.com"]) { $1 })
        let why = try await desk.hub.why(card("CRM:1"), card("IB:2"))
        #expect(why.isSame && Set(why.goldens).count == 1)
        #expect(why.path.map { CardPair($0.a, $0.b) } == [CardPair(card("CRM:1"), card("ABS:3")), CardPair(card("ABS:3"), card("IB:2"))])
        #expect(why.path.allSatisfy { step in step.rule != nil && why.merges.contains { $0.position == step.merge } })
        #expect(why.merges.allSatisfy { $0.actor != nil && !$0.rules.isEmpty })
        #expect(why.sentence.contains("are one person in") && why.sentence.contains("over ABS:3"), "\(why.sentence)")
        try expectNothingPersonal(in: why)
        let before = try await desk.hub.why(card("CRM:1"), card("IB:2"), at: then)
        #expect(before == apart)
    }

    @Test("The waterfall's bars add up to the weight, and a missing value is nought with the card that lacks it") func waterfall()
        async throws
    {
        let desk = try await Desk()
        try await desk.say("CRM:1")
        try await desk.say("IB:2", Desk.bare)
        let why = try await desk.hub.why(card("CRM:1"), card("IB:2"))
        #expect(why.waterfall.map(\.comparison) == desk.hub.profile.comparisons.map(\.name))
        #expect(why.waterfall.last?.sum == why.weight && why.waterfall.reduce(0) { $0 + $1.weight } == why.weight)
        let passport = try #require(why.waterfall.first { $0.comparison == "passport" })
        #expect(passport.level == .missing && passport.weight == 0 && passport.missingOn == [card("IB:2")])
        #expect(
            why.weights
                == why.levels.keys.reduce(into: [:]) { all, name in
                    all[name] = why.waterfall.first { $0.comparison == name }?.weight
                })
    }

    @Test("Where no rule proposes two cards, the nearest one is named with what it lacks") func nearest() async throws {
        let desk = try await Desk()
        try await desk.say("CRM:1")
        try await desk.say("IB:2", Desk.person.merging(["givenName": "Глеб", "passport": "4611 998877", "mobilePhone": ""]) { $1 })
        try await desk.say("IB:3", ["surname": "Дубровин", "givenName": "Захар", "birthDate": "01.02.1990"])
        let strangers = try await desk.hub.why(card("CRM:1"), card("IB:3"))
        #expect(strangers.proposedBy.isEmpty && strangers.rule == nil)
        let nearest = try #require(strangers.nearestRules.first)
        #expect(!nearest.failing.isEmpty || !nearest.failingAny.isEmpty)
        #expect(nearest.failing.allSatisfy { $0.level < $0.atLeast } && nearest.failingAny.allSatisfy { $0.level < $0.atLeast })
        let brothers = try await desk.hub.why(card("CRM:1"), card("IB:2"))
        #expect(!brothers.conflicts.isEmpty && brothers.sentence.contains(brothers.conflicts[0]), "\(brothers.sentence)")
        try expectNothingPersonal(in: brothers)
    }

    @Test("A separation, a held change, a guard and a dropped card are each the reason why two cards are apart") func barred() async throws
    {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1").golden
        try await desk.say("IB:2")
        _ = try await desk.hub.unmerge(golden, groups: [[card("IB:2")]], reason: "brothers")
        let split = try await desk.hub.why(card("CRM:1"), card("IB:2"))
        #expect(split.separations.map(\.kind) == [.split] && split.separation == split.separations.first?.separation)
        #expect(split.sentence.contains("a steward took them apart") && split.sentence.contains("(brothers)"), "\(split.sentence)")
        #expect(split.links.contains { $0.kind == .split && $0.rule != nil })

        try await desk.say("IB:2", Desk.person.merging(["birthDate": "02.05.1989"]) { $1 })
        #expect(try await desk.hub.why(card("CRM:1"), card("IB:2")).held.map(\.card) == [card("IB:2")])

        try await desk.say("A:7", Desk.person.merging(["ibId": "A"]) { $1 }, .batch)
        try await desk.say("B:8", Desk.person.merging(["ibId": "B"]) { $1 }, .batch)
        let guarded = try await desk.hub.why(card("A:7"), card("B:8"))
        #expect(guarded.guards == ["ibId"] && !guarded.isSame)
        try await desk.hub.drop(card("B:8"))
        let dropped = try await desk.hub.why(card("A:7"), card("B:8"))
        #expect(dropped.dropped == [card("B:8")] && dropped.sentence.contains("has dropped it"))
        await #expect(throws: StewardError.unknownCard(card("X:1"))) { try await desk.hub.why(card("A:7"), card("X:1")) }
    }

    // MARK: - History

    @Test("The history of a golden record tells merges, unmerges, rollbacks and its members' changes, with who did it") func history()
        async throws
    {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1").golden
        try await desk.say("IB:2", Desk.person.merging(["email": "p@example.com"]) { $1 })
        let instant = desk.clock.now()
        try await desk.say("CRM:1", Desk.person.merging(["mobilePhone": "+7 903 222-33-55"]) { $1 })
        try await desk.steward("olga") { _ = try await $0.unmerge(golden, groups: [[Desk.card("IB:2")]], reason: "brothers") }
        try await desk.say("IB:2", Desk.person)
        try await desk.steward("oleg") { _ = try await $0.rollback(golden, to: instant, reason: "one after all") }
        let history = try await desk.hub.history(of: golden).history
        #expect(
            history.map(\.change) == [
                .founded, .joined, .merged, .changed, .unmergeRequested, .separated, .left, .unmerged, .unmergeRequested, .separationClosed,
                .joined, .rolledBack,
            ], "\(history.map(\.inWords))")
        #expect(history.map(\.position) == history.map(\.position).sorted())
        #expect(history.first { $0.change == .unmergeRequested }?.actor == "olga")
        #expect(history.last { $0.change == .unmergeRequested }?.actor == "oleg")
        #expect(history.first { $0.change == .changed }?.attributes == ["mobilePhone"])
        try expectNothingPersonal(in: try await desk.hub.history(of: golden))

        // What became part of it has a history of its own, which ends there.
        let other = GoldenID(foundedBy: card("IB:2"))
        #expect(try await desk.hub.history(of: other).history.map(\.change).prefix(3) == [.founded, .left, .absorbed])

        var pages: [GoldenHistory.Entry] = []
        var after: Position? = 0
        while let next = after {
            let page = try await desk.hub.history(of: golden, after: next, limit: 5)
            pages += page.history
            after = page.after
        }
        #expect(pages == history)
        let third = history[2].position
        #expect(try await desk.hub.history(of: golden, at: third).history == Array(history.prefix(3)))
        await #expect(throws: StewardError.unknownGolden(GoldenID(foundedBy: card("X:1")))) {
            try await desk.hub.history(of: GoldenID(foundedBy: card("X:1")))
        }
    }

    // MARK: - Graph

    @Test("The graph shows what joins the cards, the cut of an unmerge, and a conflict without an edge") func graph() async throws {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1").golden
        try await desk.say("IB:2")
        let joined = try #require(await desk.hub.graph(of: golden))
        #expect(joined.cards.map(\.card) == [card("CRM:1"), card("IB:2")] && joined.cards.allSatisfy(\.isMember))
        #expect(joined.edges.map(\.kind) == [.strong] && joined.edges.first?.rule != nil && !joined.isCut)
        let edge = try #require(joined.edges.first)
        #expect(edge.comparisons?.reduce(0) { $0 + $1.weight } == edge.weight)
        try expectNothingPersonal(in: joined)
        let then = await desk.head()

        _ = try await desk.hub.unmerge(golden, groups: [[card("IB:2")]], reason: "brothers")
        // A fresh strong match does not rejoin what was cut.
        try await desk.say("IB:2", Desk.person.merging(["email": "p@example.com"]) { $1 })
        let cut = try #require(await desk.hub.graph(of: golden))
        #expect(cut.edges.map(\.kind) == [.split] && cut.cards.map(\.isMember) == [true, false])
        #expect(try await desk.hub.graph(of: golden, at: then) == joined)

        try await desk.say("LOAN:3", Desk.bare)
        #expect(try await desk.hub.graph(of: golden)?.edges.contains { $0.kind == .weak && $0.b == card("LOAN:3") } == true)
        let review = try #require(await desk.hub.reviews(kind: .weakMatch).first { $0.cards.contains(card("CRM:1")) })
        try await desk.hub.reject(review: review.review, reason: "a namesake")
        #expect(try await desk.hub.graph(of: golden)?.edges.contains { $0.kind == .rejected && $0.b == card("LOAN:3") } == true)
        #expect(try await desk.hub.graph(of: GoldenID(foundedBy: card("X:1"))) == nil)
    }

    // MARK: - Search

    @Test(
        "A golden record is found however a clerk types what he knows",
        arguments: [
            "8 (903) 222 33 44", "+79032223344", "4607445566", "46 07 445566", "P@Example.com", "CRM:1", "Волков Пётр Ильич",
            "Волков Петр 02.05.1979", "пётр ильич волков",
        ])
    func found(_ text: String) async throws {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1", Desk.person.merging(["email": "p@example.com"]) { $1 }).golden
        try await desk.say("IB:2", ["surname": "Дубровин", "givenName": "Захар", "birthDate": "01.02.1990"])
        let result = try await desk.hub.search(text)
        #expect(result.results.map(\.golden) == [golden], "\(result.keys)")
        #expect(result.results.first?.cards == [card("CRM:1")] && result.results.first?.record.members == [card("CRM:1")])
        #expect(!result.isCut)
    }

    @Test("A past value finds its record, and what nobody has finds nothing") func past() async throws {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1").golden
        try await desk.say("CRM:1", Desk.person.merging(["passport": "4611 998877"]) { $1 })
        #expect(try await desk.hub.search("4607 445566").results.map(\.golden) == [golden])
        #expect(try await desk.hub.search(golden.description).results.map(\.by) == [["golden"]])
        let nothing = try await desk.hub.search("+7 999 111-22-33")
        #expect(nothing.results.isEmpty && nothing.keys.contains("phone"))
    }
}
