/// What the rules propose among the cards of a batch: looked for once, pair by pair, instead of card by card.
///
/// Groups gathered from it are those that the read model would give as of the same position.
package struct ProposedPairs: CandidateSource {
    /// A golden record that is no card's own is one that a merge or a person made.
    private let units: [GoldenID: MatchUnit]
    private let index: [CardID: Int]
    private let cards: [MatchCard]
    private let neighbours: [Int: [Int]]
    private let narrowedKeys: [Int: [String]]

    /// - Parameter units: All golden records, with all members that the sources still have.
    package init(_ units: [MatchUnit], profile: Profile) {
        let cards = units.flatMap(\.members).map(\.card)
        let pairs = CardIndex(cards, profile: profile).pairs()
        var neighbours: [Int: [Int]] = [:]
        pairs.forEach { one, other in
            let (left, right) = (cards[one], cards[other])
            guard left.golden != right.golden else { return }
            let vector = ComparisonVector(left, right, profile: profile)
            guard profile.proposal(of: vector, weight: profile.weight(of: vector, left, right)) != nil else { return }
            neighbours[one, default: []].append(other)
            neighbours[other, default: []].append(one)
        }
        self.units = Dictionary(uniqueKeysWithValues: units.map { ($0.golden, $0) })
        self.cards = cards
        index = Dictionary(uniqueKeysWithValues: cards.enumerated().map { ($1.id, $0) })
        self.neighbours = neighbours
        narrowedKeys = Dictionary(
            uniqueKeysWithValues: pairs.narrowedKeys.map { card, keys in (Int(card), keys.sorted().map { profile.keys[$0].name }) })
    }

    package func unit(_ golden: GoldenID) -> MatchUnit? { units[golden] }

    package func golden(of card: CardID) -> GoldenID? { index[card].map { cards[$0].golden } }

    package func candidates(for card: MatchCard) -> (cards: [MatchCard], narrowedKeys: [String]) {
        guard let place = index[card.id] else { return ([], []) }
        let found = (neighbours[place] ?? []).map { cards[$0] }
        return (found.sorted { $0.id < $1.id }, narrowedKeys[place] ?? [])
    }
}
