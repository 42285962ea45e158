import CustomerMDM
import HindsightTesting
import Testing

@Suite("Batch index") struct CardIndexTests {
    private static let surnames = ["Волков", "Волкова", "Ершов", "Ершова", "Ким"]
    private static let givenNames = ["Пётр", "Петя", "Глеб", "Ольга", "Саша", "Матвнй"]
    private static let phones = ["+7 903 222-33-44", "+7 903 555-66-77", "+7 905 111-22-33"]

    private func cards(_ count: Int, _ random: inout SeededGenerator) -> [MatchCard] {
        (1...count).map { number in
            var values = ["birthDate": "0\(Int.random(in: 1...3, using: &random)).05.1979"]
            values["surname"] = Self.surnames.randomElement(using: &random)
            values["givenName"] = Self.givenNames.randomElement(using: &random)
            if Bool.random(using: &random) { values["patronymic"] = "Ильич" }
            if Bool.random(using: &random) { values["mobilePhone"] = Self.phones.randomElement(using: &random) }
            return People.match("CRM:\(number)", values)
        }
    }

    @Test("Pairs are those that share an entry, each once", arguments: 1...10 as ClosedRange<UInt64>) func pairs(seed: UInt64) {
        var random = SeededGenerator(seed)
        let cards = cards(60, &random)
        var found: [[Int]] = []
        CardIndex(cards, profile: People.profile).pairs().forEach { found.append([$0, $1]) }
        let keys = cards.map { card in Set(People.profile.keys.indices.flatMap { card.blockingKeys($0, People.profile) }) }
        let expected = cards.indices.flatMap { one in
            ((one + 1)..<cards.count).filter { !keys[one].isDisjoint(with: keys[$0]) }.map { [one, $0] }
        }
        #expect(found == expected, "seed \(seed)")
    }

    @Test("A key that too many cards share is narrowed, and said") func narrowed() {
        let phone = Self.phones[0]
        let names = ["Пётр", "Глеб"]
        let cards = (0..<240).map { number in
            People.match("CRM:\(number)", ["givenName": names[number % 2], "surname": "Волков", "mobilePhone": phone])
        }
        let pairs = CardIndex(cards, profile: People.profile).pairs()
        #expect(pairs.count == 2 * (120 * 119 / 2))
        let phoneKey = People.profile.keys.firstIndex { $0.name == "phone" }
        #expect(pairs.narrowedKeys.count == 240 && pairs.narrowedKeys.values.allSatisfy { $0 == [phoneKey] })
    }

    @Test("What a batch proposes makes the same groups as every card asked for itself", arguments: 1...10 as ClosedRange<UInt64>)
    func sameGroups(seed: UInt64) async throws {
        var random = SeededGenerator(seed)
        let cards = cards(60, &random)
        let units = cards.enumerated().map { index, card in
            MatchUnit(
                golden: card.golden, founded: Int64(index + 1),
                members: [MatchUnit.Member(card: card, separations: [], words: [], reviews: [])])
        }
        let batch = ProposedPairs(units, profile: People.profile)
        let plain = EveryCard(units: units)
        for card in cards {
            let one = GroupAnalysis(
                of: try await .gather(around: [card.id], from: batch, profile: People.profile), through: 1, profile: People.profile,
                policy: .current)
            let other = GroupAnalysis(
                of: try await .gather(around: [card.id], from: plain, profile: People.profile), through: 1, profile: People.profile,
                policy: .current)
            #expect(one.merge == other.merge && one.reviews == other.reviews, "seed \(seed), \(card.id)")
        }
    }
}

/// Candidates as the read model finds them: whoever shares an entry.
private struct EveryCard: CandidateSource {
    let units: [MatchUnit]

    func unit(_ golden: GoldenID) -> MatchUnit? { units.first { $0.golden == golden } }
    func golden(of card: CardID) -> GoldenID? { units.first { $0.cards.contains(card) }?.golden }
    func candidates(for card: MatchCard) -> (cards: [MatchCard], narrowedKeys: [String]) {
        let own = Set(card.blockingKeys(People.profile))
        let others = units.flatMap(\.members).map(\.card).filter { $0.id != card.id }
        return (others.filter { !own.isDisjoint(with: $0.blockingKeys(People.profile)) }, [])
    }
}
