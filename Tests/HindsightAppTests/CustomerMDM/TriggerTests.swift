import CustomerMDM
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import SyntheticCustomers
import Testing

/// Invented people, with all the mistakes of their cards, through the three triggers of one analysis.
@Suite("Online, by night, in any order") struct TriggerTests {
    @Test("The same people come together, wherever nothing is against it", arguments: 0..<16) func samePartition(seed: Int) async throws {
        let cards = SyntheticCustomers(people: 40, seed: UInt64(seed)).cards()
        var chance = SeededGenerator(UInt64(seed) + 1_000)
        let clean = try await cleanGroups(of: cards)
        try #require(clean.count { $0.count > 1 } >= 10, "the people of the seed have too little to do with each other")

        var partitions = ["by night": try await partition(of: cards) { _ in .batch }]
        partitions["online"] = try await partition(of: cards) { _ in .online }
        partitions["online, another order"] = try await partition(of: cards.shuffled(using: &chance)) { _ in .online }
        partitions["now online, now by night"] = try await partition(of: cards.shuffled(using: &chance), nightEvery: 20) {
            $0.isMultiple(of: 3) ? .online : .batch
        }
        for (way, partition) in partitions {
            let wrong = clean.subtracting(partition)
            #expect(wrong.isEmpty, "\(way), seed \(seed): \(wrong.map { $0.map(\.description).sorted() })")
            let parted = try conflicts(in: partition, of: cards)
            #expect(parted.isEmpty, "\(way), seed \(seed): \(parted)")
        }
    }

    /// Pairs of cards in one golden record that can't be one person.
    private func conflicts(in partition: Set<Set<CardID>>, of cards: [SyntheticCustomers.Card]) throws -> [String] {
        let profile = try Profile.named("russian-bank")
        var forms: [CardID: MatchCard] = [:]
        for card in cards {
            let id = try CardID(source: card.source, id: card.id)
            forms[id] = MatchCard(id: id, golden: GoldenID(foundedBy: id), current: card.attributes, profile: profile)
        }
        return partition.flatMap { members in
            let members = members.sorted().compactMap { forms[$0] }
            return members.indices.flatMap { index in
                members[(index + 1)...].filter { !Judgement(members[index], $0, profile: profile).conflicts.isEmpty }
                    .map { "\(members[index].id) and \($0.id)" }
            }
        }
    }

    /// Groups in which no pair of cards is against it: there is nothing to ask anybody, and no order can matter.
    private func cleanGroups(of cards: [SyntheticCustomers.Card]) async throws -> Set<Set<CardID>> {
        let profile = try Profile.named("russian-bank")
        let units = try cards.enumerated().map { index, card in
            let id = try CardID(source: card.source, id: card.id)
            let match = MatchCard(id: id, golden: GoldenID(foundedBy: id), current: card.attributes, profile: profile)
            return MatchUnit(
                golden: match.golden, founded: Position(index + 1),
                members: [MatchUnit.Member(card: match, separations: [], words: [], reviews: [])])
        }
        let proposed = ProposedPairs(units, profile: profile)
        var groups: Set<Set<CardID>> = []
        for unit in units {
            let group = try await MatchGroup.gather(around: unit.cards, from: proposed, profile: profile)
            let analysis = GroupAnalysis(of: group, through: Position(units.count), profile: profile, policy: .current)
            let members = Set(group.units.flatMap(\.cards))
            if members.count == 1 || analysis.merge.map({ Set($0.members) }) == members { groups.insert(members) }
        }
        return groups
    }

    private func partition(
        of cards: [SyntheticCustomers.Card], nightEvery count: Int = .max, _ matching: (Int) -> Matching
    ) async throws -> Set<Set<CardID>> {
        let desk = try await Desk()
        for (number, card) in cards.enumerated() {
            try await desk.say("\(card.source):\(card.id)", card.attributes, matching(number))
            if (number + 1).isMultiple(of: count) { _ = try await desk.hub.mergeRun() }
        }
        _ = try await desk.hub.mergeRun()
        return Set(Dictionary(grouping: try await desk.hub.clusters(), by: \.golden).values.map { Set($0.map(\.card)) })
    }

    @Test("Replaying to any moment gives what was live then, and past values are found once", arguments: 0..<8)
    func replay(seed: Int) async throws {
        let cards = SyntheticCustomers(people: 12, seed: UInt64(seed)).cards()
        var chance = SeededGenerator(UInt64(seed) + 2_000)
        let desk = try await Desk()
        var moments: [(position: Position, live: [GoldenRecord])] = []
        for _ in 0..<60 {
            let card = try #require(cards.randomElement(using: &chance))
            let name = "\(card.source):\(card.id)"
            switch Int.random(in: 0..<10, using: &chance) {
            case 0: _ = try await desk.hub.mergeRun()
            case 1: try await split(Desk.card(name), on: desk)
            case 2: try await desk.say(name, card.attributes.merging(["surname": "Переменова"]) { $1 }, .batch)
            default: try await desk.say(name, card.attributes, Bool.random(using: &chance) ? .online : .batch)
            }
            moments.append((await desk.head(), try await goldens(of: desk)))
        }
        for (position, live) in moments {
            #expect(try await goldens(of: desk, at: position) == live, "position \(position), seed \(seed)")
        }
        desk.clock.advance(by: .seconds(60))
        try await desk.hub.initialisePastValues()
        #expect(try await desk.hub.initialisePastValues() == 0, "seed \(seed)")
    }

    /// Takes a card out of its golden record, where it isn't alone in it.
    private func split(_ card: CardID, on desk: Desk) async throws {
        guard let golden = try await desk.hub.card(card)?.golden, let record = try await desk.hub.golden(golden),
            record.members.count > 1
        else { return }
        desk.clock.advance(by: .seconds(60))
        _ = try await desk.hub.unmerge(golden, groups: [[card]], reason: "two people")
    }

    private func goldens(of desk: Desk, at position: Position? = nil) async throws -> [GoldenRecord] {
        var records: [GoldenRecord] = []
        for golden in Set(try await desk.hub.clusters(at: position).map(\.golden)).sorted() {
            records.append(try #require(await desk.hub.golden(golden, at: position)))
        }
        return records
    }
}
