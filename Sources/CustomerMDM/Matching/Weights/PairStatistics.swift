/// What the pairs of a batch say, counted: training needs no pair twice, and there are only so many different vectors.
struct PairStatistics {
    /// Pairs that share a blocking key, by their vector.
    private(set) var candidates: [ComparisonVector: Counts] = [:]
    private(set) var pairCount = 0
    /// By card, in the order of the batch: a number that it shares with the others whom strong rules take for the same person.
    let person: [Int]
    let personCount: Int

    struct Counts {
        var all = 0
        /// A strong rule proposes them, and no conflict parts them.
        var strong = 0
        /// They can't be one person, whatever else agrees.
        var parted = 0
    }

    init(_ cards: [MatchCard], profile: Profile) {
        var people = DisjointSets(count: cards.count)
        let pairs = CardIndex(cards, profile: profile).pairs()
        pairCount = pairs.count
        var candidates: [ComparisonVector: Counts] = [:]
        pairs.forEach { one, other in
            let (left, right) = (cards[one], cards[other])
            let vector = ComparisonVector(left, right, profile: profile)
            let isParted = profile.conflicts.contains { $0.parts(left, right, profile) { vector[$0] } }
            let isStrong =
                !isParted
                && profile.strongRules.contains { !$0.isUnopposed && $0.isMet(by: vector, weight: profile.weight(of: vector, left, right)) }
            candidates[vector, default: Counts()].all += 1
            if isStrong { candidates[vector]?.strong += 1 }
            if isParted { candidates[vector]?.parted += 1 }
            if isStrong { people.join(one, other) }
        }
        self.candidates = candidates
        person = people.roots
        personCount = Set(person).count
    }

    /// How often each level comes up for two cards of different people: every card beside some that stand far from it in the batch.
    func levelsOfStrangers(_ cards: [MatchCard], profile: Profile, pairs wanted: Int = 300_000) -> [[Int]] {
        var counts = Array(repeating: [Int](repeating: 0, count: Level.allCases.count), count: profile.comparisons.count)
        guard cards.count > 1 else { return counts }
        for round in 0..<max(1, min(cards.count - 1, wanted / cards.count)) {
            // Multiples of the golden section come near to no other.
            let step = 1 + Int((Double(round + 1) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) * Double(cards.count - 1))
            for one in cards.indices {
                let other = (one + step) % cards.count
                guard person[one] != person[other] else { continue }
                for (index, comparison) in profile.comparisons.enumerated() {
                    counts[index][comparison.level(cards[one], cards[other]).rank] += 1
                }
            }
        }
        return counts
    }
}
