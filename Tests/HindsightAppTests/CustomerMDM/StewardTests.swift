import CustomerMDM
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("What stewards do") struct StewardTests {
    @Test("The online call merges before it answers") func online() async throws {
        let desk = try await Desk()
        let first = try await desk.say("CRM:1")
        let second = try await desk.say("IB:2")
        #expect(second.golden == first.golden && second.decisions == ["card-received", "merged"])
        #expect(try await desk.hub.golden(first.golden)?.members.map(\.description) == ["CRM:1", "IB:2"])
    }

    @Test("Each value of a golden record points at the card and event that gave it") func origins() async throws {
        let desk = try await Desk()
        try await desk.say("CRM:1")
        let answer = try await desk.say("IB:2", Desk.person.merging(["email": "p@example.com"]) { $1 })
        let email = try #require(await desk.hub.golden(answer.golden)?.attributes["email"])
        #expect(email.card.description == "IB:2")
        #expect(try await desk.log.read(EventSelection(EventFilter(types: [CardReceived.type]))).map(\.id).contains(email.event))
    }

    @Test("Why a value stands in a golden record is told with what lost, what was before, and as of any position") func why() async throws {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1", Desk.person.merging(["email": "old@example.com"]) { $1 }).golden
        let then = await desk.log.head().position
        let other = try await desk.say("IB:2", Desk.person.merging(["email": "new@example.com"]) { $1 })
        #expect(other.golden == golden)
        let why = try #require(await desk.hub.why("email", of: golden))
        #expect(why.value == "new@example.com" && why.card?.description == "IB:2" && why.rule == .newest)
        #expect(why.losers.map(\.value) == ["old@example.com"] && why.losers.map(\.reason) == [.older])
        #expect(why.before?.value?.value == "old@example.com" && why.before?.by == "source CRM")
        #expect(why.chain.map(\.type) == [CardAssigned.type, CardReceived.type])
        #expect(why.since == why.chain.first?.recordedAt)
        let event = try #require(await desk.log.read(EventSelection(EventFilter(types: [CardReceived.type]))).last)
        #expect(why.event == event.id)

        let before = try #require(await desk.hub.why("email", of: golden, at: then))
        #expect(before.value == "old@example.com" && before.losers.isEmpty && before.before == nil && before.chain.count == 1)

        // The card that leaves takes its value along, and the record says again what it said.
        desk.clock.advance(by: .seconds(60))
        _ = try await desk.hub.unmerge(golden, groups: [[card("IB:2")]], reason: "two people")
        let after = try #require(await desk.hub.why("email", of: golden))
        #expect(after.value == "old@example.com" && after.before?.value?.value == "new@example.com")
        #expect(after.chain.first?.by == "unmerge" && after.chain.count == 3)
        #expect(try await desk.hub.why("shoeSize", of: golden) == nil)
        await #expect(throws: StewardError.unknownGolden(GoldenID(foundedBy: card("CRM:9")))) {
            try await desk.hub.why("email", of: GoldenID(foundedBy: card("CRM:9")))
        }
    }

    @Test("Merge then unmerge restores both sides exactly", arguments: 0..<12) func mergeThenUnmerge(seed: Int) async throws {
        let desk = try await Desk()
        // Two groups of cards that only the last card's passport joins.
        let (left, right) = (1 + seed % 3, 1 + seed / 3 % 4)
        let other = Desk.person.merging([
            "surname": "Заречный", "patronymic": "", "passport": "4611 998877", "mobilePhone": "+7 905 777-66-55",
        ]) { $1 }
        for number in 1...left { try await desk.say("L:\(number)") }
        for number in 1...right { try await desk.say("R:\(number)", other) }
        let before = try await desk.clusters()
        #expect(Set(before.values).count == 2)
        try await desk.say("R:1", other.merging(["email": "same@example.com"]) { $1 })
        try await desk.say("L:1", Desk.person.merging(["email": "same@example.com"]) { $1 })
        let golden = try GoldenID(#require(before["L:1"]))
        try #require(Set(try await desk.clusters().values) == [golden.description])

        let groups = [(1...right).map { "R:\($0)" }.map(card)]
        let preview = try await desk.hub.previewUnmerge(golden, groups: groups)
        _ = try await desk.hub.unmerge(golden, groups: groups, reason: "two people", digest: preview.digest)
        #expect(try await desk.clusters() == before)
        _ = try await desk.hub.mergeRun()
        #expect(try await desk.clusters() == before, "the separation outlives the next run")
    }

    @Test("Rollback leads a golden record back to an instant, and later edits stay with their card") func rollback() async throws {
        let desk = try await Desk()
        let first = try await desk.say("CRM:1")
        try await desk.say("CRM:2", Desk.bare)
        let before = try await desk.clusters()
        let instant = desk.clock.now()
        try await desk.say("CRM:2")
        try await desk.say("CRM:2", Desk.person.merging(["email": "later@example.com"]) { $1 })
        #expect(Set(try await desk.clusters().values).count == 1)
        desk.clock.advance(by: .seconds(60))
        let plan = try await desk.hub.rollback(first.golden, to: instant, reason: "joined by mistake")
        #expect(plan.kind == .rollback && plan.separations.count == 1)
        #expect(try await desk.clusters() == before)
        #expect(try await desk.hub.card(card("CRM:2"))?.stated["email"] == "later@example.com")
    }

    @Test("The preview of an unmerge and of a rollback lists the events that then stand in the log, without a personal value")
    func appends() async throws {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1").golden
        try await desk.say("CRM:2")
        let instant = desk.clock.now()
        desk.clock.advance(by: .seconds(60))
        let unmerge = try await desk.hub.previewUnmerge(golden, groups: [[card("CRM:2")]])
        try await expect(
            desk, unmerge,
            types: ["unmerge-requested", "separation-made", "card-assigned", "golden-unmerged", "analysis-requested", "analysis-requested"]
        ) {
            _ = try await desk.hub.unmerge(golden, groups: [[card("CRM:2")]], reason: "a mistake")
        }
        desk.clock.advance(by: .seconds(60))
        let rollback = try await desk.hub.previewRollback(golden, to: instant)
        try await expect(desk, rollback, types: ["unmerge-requested", "separation-closed", "card-assigned", "golden-unmerged"]) {
            _ = try await desk.hub.rollback(golden, to: instant, reason: "they are one after all")
        }
    }

    /// Compares what a plan announces with what is appended when it is carried out.
    private func expect(_ desk: Desk, _ plan: UnmergePlan, types: [String], _ carryOut: () async throws -> Void) async throws {
        let planned = try await desk.hub.appends(of: plan)
        #expect(planned.map { String($0.type.description.dropFirst("customer-mdm.".count)) } == types)
        let head = await desk.log.head().position
        try await carryOut()
        let events = try await desk.log.read(EventSelection(after: head)).filter { $0.type.description.hasPrefix("customer-mdm.") }
        #expect(events.map(\.stream) == planned.map(\.stream) && events.map(\.type) == planned.map(\.type))
        for (event, planned) in zip(events, planned) {
            var data = try #require(event.data).decoded(as: [String: JSONValue].self)
            (data["plan"], data["reason"]) = (nil, nil)
            #expect(.object(data) == planned.data)
            let text = try JSON.line(planned.data)
            for value in ["Волков", "Пётр", "4607", "222-33-44"] { #expect(!text.contains(value)) }
        }
    }

    @Test("Rolling back an unmerge brings the cards together again and ends its separation") func rollbackOfUnmerge() async throws {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1").golden
        try await desk.say("CRM:2")
        let instant = desk.clock.now()
        desk.clock.advance(by: .seconds(60))
        _ = try await desk.hub.unmerge(golden, groups: [[card("CRM:2")]], reason: "a mistake")
        desk.clock.advance(by: .seconds(60))
        _ = try await desk.hub.rollback(golden, to: instant, reason: "they are one after all")
        #expect(Set(try await desk.clusters().values) == [golden.description])
        #expect(try await desk.hub.separations().allSatisfy { !$0.isActive })
    }

    @Test("An unmerge whose preview is out of date is refused") func outdatedPreview() async throws {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1").golden
        try await desk.say("CRM:2")
        let preview = try await desk.hub.previewUnmerge(golden, groups: [[card("CRM:2")]])
        try await desk.say("CRM:3")
        let error = await #expect(throws: StewardError.self) {
            try await desk.hub.unmerge(golden, groups: [[card("CRM:2")]], reason: "r", digest: preview.digest)
        }
        guard case .outdatedPreview(let changes)? = error else { Issue.record("\(String(describing: error))"); return }
        #expect(changes.map(\.change) == [.joined, .merged] && changes.first?.card == card("CRM:3"))
        #expect(Set(try await desk.clusters().values).count == 1)
    }

    @Test("A rollback whose preview is out of date, and an unmerge of a card that has left, are refused with what happened since")
    func outdatedPlans() async throws {
        let desk = try await Desk()
        let golden = try await desk.say("CRM:1").golden
        try await desk.say("CRM:2", Desk.bare)
        let instant = desk.clock.now()
        try await desk.say("CRM:2")
        desk.clock.advance(by: .seconds(60))
        let rollback = try await desk.hub.previewRollback(golden, to: instant)
        let unmerge = try await desk.hub.previewUnmerge(golden, groups: [[card("CRM:2")]])
        try await desk.steward("olga") { hub in
            _ = try await hub.unmerge(golden, groups: [[Desk.card("CRM:2")]], reason: "brothers", digest: unmerge.digest)
        }
        let head = await desk.head()
        for isRollback in [true, false] {
            let error = await #expect(throws: StewardError.self) {
                try await desk.steward("oleg") { hub in
                    if isRollback {
                        _ = try await hub.rollback(golden, to: instant, reason: "r", digest: rollback.digest)
                    } else {
                        _ = try await hub.unmerge(golden, groups: [[Desk.card("CRM:2")]], reason: "r", digest: unmerge.digest)
                    }
                }
            }
            guard case .outdatedPreview(let changes)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // From the first event on that makes it another plan.
            #expect(changes.map(\.change) == [.left, .unmerged], "\(isRollback)")
            #expect(error?.description.contains("left CRM:2") == true)
        }
        #expect(await desk.head() == head)
    }

    @Test("A steward can never join two cards that no rule has proposed") func notProposed() async throws {
        let desk = try await Desk()
        try await desk.say("CRM:1")
        try await desk.say("CRM:2", ["surname": "Дубровин", "givenName": "Захар", "birthDate": "01.02.1990"])
        await #expect(throws: PairDecider.Rejection.notProposed(CardPair(card("CRM:1"), card("CRM:2")))) {
            try await desk.hub.confirm(card("CRM:1"), card("CRM:2"), reason: "I know them")
        }
    }

    @Test("A weak match waits for a steward: a yes merges, a no separates") func weakMatch() async throws {
        for isOne in [true, false] {
            let desk = try await Desk()
            try await desk.say("CRM:1")
            try await desk.say("CRM:2", Desk.bare)
            let review = try #require(await desk.hub.reviews(kind: .weakMatch).first)
            #expect(Set(try await desk.clusters().values).count == 2)
            if isOne {
                try await desk.hub.confirm(review: review.review, reason: "same signature")
            } else {
                try await desk.hub.reject(review: review.review, reason: "father and son")
            }
            #expect(Set(try await desk.clusters().values).count == (isOne ? 1 : 2))
            #expect(try await desk.hub.reviews().isEmpty)
            #expect(try await desk.hub.separations(of: card("CRM:1")).map(\.kind) == (isOne ? [] : [.rejected]))
            _ = try await desk.hub.mergeRun()
            #expect(try await desk.hub.reviews().isEmpty, "the question is not asked twice")
        }
    }

    @Test("A confirmed partition of a blocked group joins its parts and keeps them apart") func blockedGroup() async throws {
        let desk = try await Desk()
        try await desk.say("IB:1", Desk.person.merging(["ibId": "A"]) { $1 })
        try await desk.say("IB:2", Desk.person.merging(["ibId": "B"]) { $1 })
        try await desk.say("CRM:3", Desk.person.merging(["email": "p@example.com"]) { $1 })
        let review = try #require(await desk.hub.reviews(kind: .blockedGroup).first { $0.cards.count == 3 })
        try await desk.hub.confirm(review: review.review, reason: "two accounts, two people")
        #expect(Set(try await desk.clusters().values).count == 2)
        #expect(try await desk.hub.separations().map(\.kind) == [.rejected])
    }

    @Test("A held change is accepted or refused by its review") func heldChange() async throws {
        for isRight in [true, false] {
            let desk = try await Desk()
            try await desk.say("CRM:1")
            let answer = try await desk.say("CRM:1", Desk.person.merging(["birthDate": "02.05.1989"]) { $1 })
            #expect(answer.held == ["birthDate"])
            let review = try #require(await desk.hub.reviews(kind: .suspiciousChange).first)
            if isRight {
                try await desk.hub.acceptChange(review: review.review, reason: "passport seen")
            } else {
                try await desk.hub.refuseChange(review: review.review, reason: "mistyped")
            }
            #expect(try await desk.hub.card(card("CRM:1"))?.accepted["birthDate"] == (isRight ? "02.05.1989" : "02.05.1979"))
            #expect(try await desk.hub.reviews().isEmpty)
        }
    }

    @Test("A separation ends only when a steward closes it, with a reason") func closing() async throws {
        let desk = try await Desk()
        try await desk.say("CRM:1", Desk.person, .batch)
        try await desk.say("CRM:2", Desk.person, .batch)
        let separation = try await desk.hub.separate([card("CRM:1")], [card("CRM:2")], reason: "namesakes")
        _ = try await desk.hub.mergeRun()
        try await desk.say("CRM:2", Desk.person.merging(["email": "x@example.com"]) { $1 })
        #expect(Set(try await desk.clusters().values).count == 2)
        await #expect(throws: SeparationDecider.Rejection.needsReason) { try await desk.hub.closeSeparation(separation, reason: " ") }
        try await desk.hub.closeSeparation(separation, reason: "one person after all")
        _ = try await desk.hub.mergeRun()
        #expect(Set(try await desk.clusters().values).count == 1)
    }

    @Test("Whatever was initialised is not appended again, and a nightly run over nothing merges nothing") func idempotent() async throws {
        let desk = try await Desk()
        try await desk.say("CRM:1", Desk.person, .batch)
        try await desk.say("CRM:1", Desk.person.merging(["surname": "Заречный"]) { $1 }, .batch)
        #expect(try await desk.hub.initialisePastValues() == 0)
        _ = try await desk.hub.mergeRun()
        let result = try await desk.hub.mergeRun()
        #expect(result.cards == 0 && result.groups == 0)
    }

    @Test("A run that was interrupted is finished, and another one takes what came after it") func interruptedRun() async throws {
        let desk = try await Desk()
        try await desk.say("CRM:1", Desk.person, .batch)
        let handler = CommandHandler(log: desk.log, clock: desk.clock, identities: SeededIdentities(seed: "interrupted"))
        let through = await desk.log.head().position
        try await handler.handle(RunDecider.self, .start(MergeRunStarted(run: 1, after: 0, through: through)), on: MDMStream.run(1))
        try await desk.say("CRM:2", Desk.person, .batch)
        let result = try await desk.hub.mergeRun()
        #expect(result.run == 2 && result.cards == 1, "the second run looks at the card that came after the first began")
        #expect(Set(try await desk.clusters().values).count == 1)
    }

    @Test("Decisions about people hold no personal value") func noPersonalValues() async throws {
        let desk = try await Desk()
        try await desk.say("CRM:1")
        try await desk.say("CRM:2", Desk.bare)
        try await desk.say("IB:3", Desk.person.merging(["ibId": "A"]) { $1 })
        for try await event in desk.log.events(EventSelection()) where event.stream.category.description != "card" {
            guard event.type != ProfileRecorded.type else { continue }
            let text = "\(event.data?.description ?? "") \(event.metadata) \(event.stream) \(event.tags)"
            for value in ["Волков", "волков", "Пётр", "петр", "4607", "22-33-44", "2223344", "1979"] { #expect(!text.contains(value)) }
        }
    }

    private func card(_ text: String) -> CardID {
        do {
            return try CardID(text)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
