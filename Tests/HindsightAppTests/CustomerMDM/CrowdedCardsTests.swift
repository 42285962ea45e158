import CustomerMDM
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Synchronization
import Testing

@Suite("Cards in crowds, and what changes under way") struct CrowdedCardsTests {
    private static func pages(_ statements: [CardDecider.Statement], to hub: CustomerHub) async throws {
        for start in stride(from: 0, to: statements.count, by: 200) {
            var page = Array(statements[start..<min(start + 200, statements.count)])
            while !page.isEmpty { page.removeFirst(try await hub.take(page).count) }
        }
    }

    @Test("Of 10,000 cards that share a phone, the one of the same person is found, and the key is named") func sharedPhone() async throws {
        let desk = try await Desk()
        let phone = Desk.person["mobilePhone"] ?? ""
        let letters = "б в г д к л м н п р с т".split(separator: " ").map(String.init)
        let names = "Пётр Иван Олег Фома Глеб Лев Марк Егор Роман Игорь Павел Антон Артём Максим Кирилл Степан Тимур Юрий Вадим Макар"
            .split(separator: " ").map(String.init)
        let crowd = try (0..<10_000).map { number in
            var name = ""
            for place in [12 * 12 * 12, 12 * 12, 12, 1] { name += String(repeating: letters[number / place % 12], count: 3) + "а" }
            return CardDecider.Statement(
                card: try CardID(source: "CRM", id: "\(number)"),
                values: ["surname": "Ш\(name)ов", "givenName": names[number % names.count], "mobilePhone": phone], matching: .batch)
        }
        try await Self.pages(crowd, to: desk.hub)
        let one = crowd[4_000]
        let answer = try await desk.say("IB:1", one.values)
        #expect(answer.golden == GoldenID(foundedBy: one.card))
        #expect(answer.decisions == ["card-received", "merged"])
        let succeeded = try await desk.log.read(EventSelection(direction: .backwards, limit: 20)).compactMap { $0.data?.description }
        #expect(succeeded.contains { $0.contains(#""narrowedKeys":["phone"]"#) })
        // By night they all are looked at, and nobody is lost or joined with anybody else.
        _ = try await desk.hub.mergeRun()
        #expect(try await desk.people() == 10_000)
    }

    @Test("A group that grows past the bound while it is analysed goes to the queue, and comes together there") func growsUnderWay()
        async throws
    {
        let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_700_000_000_000_000))
        let (memory, store) = (MemoryEventLog(clock: clock), MemoryReadModelStore())
        let other = try await CustomerHub.open(
            log: memory, clock: clock, identities: SeededIdentities(seed: "feed"), store: MemoryReadModelStore())
        let isGrown = Mutex(false)
        let log = MortalEventLog(memory) { append in
            let merges = append.writes.contains { $0.events.contains { $0.type == GoldenMerged.type } }
            guard merges,
                isGrown.withLock({ grown in
                    defer { grown = true }; return !grown
                })
            else { return }
            do {
                var feed = try (1...70).map {
                    CardDecider.Statement(card: try CardID(source: "ABS", id: "\($0)"), values: Desk.person, matching: .batch)
                }
                let changed = Desk.person.merging(["email": "p@example.com"]) { $1 }
                feed.append(CardDecider.Statement(card: Desk.card("CRM:1"), values: changed, matching: .batch))
                try await Self.pages(feed, to: other)
            } catch {
                Issue.record(error)
            }
        }
        let hub = try await CustomerHub.open(log: log, clock: clock, identities: SeededIdentities(seed: "desk"), store: store)
        let first = try await hub.upsert(CardDecider.Statement(card: Desk.card("CRM:1"), values: Desk.person, matching: .online))
        let second = try await hub.upsert(CardDecider.Statement(card: Desk.card("CRM:2"), values: Desk.person, matching: .online))
        #expect(
            isGrown.withLock { $0 } && first.pending == nil && second.pending == true && second.decisions == ["card-received", "queued"])
        let clusters = try await hub.clusters()
        #expect(clusters.count == 72 && Set(clusters.map(\.golden)) == [first.golden], "the queue has joined them")
        #expect(try await memory.read(EventSelection(EventFilter(types: [AnalysisOutdated.type]))).count == 1)
    }

    @Test("Groups that wait while the profile changes are decided by the new one, and say so") func profileChanges() async throws {
        let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_700_000_000_000_000))
        let memory = MemoryEventLog(clock: clock)
        let values = Desk.person.filter { $0.key != "passport" }
        let before = try await CustomerHub.open(
            log: memory, clock: clock, identities: SeededIdentities(seed: "before"), store: MemoryReadModelStore())
        _ = try await before.upsert(CardDecider.Statement(card: Desk.card("CRM:1"), values: values, matching: .online))
        // The process dies between the card and what is made of it.
        let dying = try await CustomerHub.open(
            log: MortalEventLog(memory, dyingAtAppend: 2), clock: clock, identities: SeededIdentities(seed: "dying"),
            store: MemoryReadModelStore())
        await #expect(throws: (any Error).self) {
            try await dying.upsert(CardDecider.Statement(card: Desk.card("CRM:2"), values: values, matching: .online))
        }
        #expect(try await memory.read(EventSelection(EventFilter(types: [CardReceived.type]))).count == 2)

        let text = try Profile.named("russian-bank").text
        let strict = try Profile(
            yaml: text.replacing("version: ", with: "version: 1").replacing("guards: [ibId]", with: "guards: [ibId, mobilePhone]"))
        let after = try await CustomerHub.open(
            log: memory, clock: clock, identities: SeededIdentities(seed: "after"), store: MemoryReadModelStore(), profile: strict)
        try await after.settle()
        let merged = try await memory.read(EventSelection(EventFilter(types: [GoldenMerged.type])))
        #expect(merged.count == 1 && merged.first?.data?.description.contains(strict.reference) == true)
        #expect(try await after.clusters().count == 2)
    }

    @Test("A card and the beginning of its merge are one append, and what comes of it is another") func appends() async throws {
        let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_700_000_000_000_000))
        let log = MortalEventLog(MemoryEventLog(clock: clock))
        let hub = try await CustomerHub.open(
            log: log, clock: clock, identities: SeededIdentities(seed: "desk"), store: MemoryReadModelStore())
        for (number, decision) in ["nothing to merge", "merged"].enumerated() {
            let before = log.appends
            let statement = CardDecider.Statement(card: Desk.card("CRM:\(number)"), values: Desk.person, matching: .online)
            #expect(try await hub.upsert(statement).decisions == ["card-received", decision])
            #expect(log.appends == before + 2)
        }
    }
}
