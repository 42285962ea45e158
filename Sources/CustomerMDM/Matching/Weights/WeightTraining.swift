/// Learns the weights of a profile's comparisons from cards that nobody has labelled.
///
/// Fellegi–Sunter, with the m-probabilities by expectation maximisation over the pairs that share a blocking key (Winkler 1988; Jaro 1989).
/// It starts from the pairs that strong rules join, and pairs with a conflict are taken for two people throughout: so it can't settle on
/// "same household", which blocked pairs agree on as well. The u-probabilities come from cards of different people who were picked without
/// looking at what they agree on; how often values agree exactly comes from counting all of them.
package struct WeightTraining {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case tooFewPairs(strong: Int, wanted: Int)

        package var description: String {
            switch self {
            case .tooFewPairs(let strong, let wanted):
                "only \(strong) pairs of cards are joined by strong rules, and weights want \(wanted): take in more cards first"
            }
        }
    }

    static let fewestPairs = 50
    private static let mostIterations = 100

    private let cards: [MatchCard]
    private let profile: Profile
    private let statistics: PairStatistics
    /// In a fixed order: sums of floating-point numbers depend on it.
    private let patterns: [(vector: ComparisonVector, counts: PairStatistics.Counts)]

    package static func train(_ cards: [MatchCard], profile: Profile) throws(Failure) -> TrainedWeights {
        let training = WeightTraining(cards, profile: profile)
        let strong = training.patterns.reduce(0) { $0 + $1.counts.strong }
        guard strong >= fewestPairs else { throw .tooFewPairs(strong: strong, wanted: fewestPairs) }
        return training.learn()
    }

    private init(_ cards: [MatchCard], profile: Profile) {
        self.cards = cards
        self.profile = profile
        statistics = PairStatistics(cards, profile: profile)
        patterns = statistics.candidates.sorted { $0.key.bits < $1.key.bits }.map { ($0.key, $0.value) }
    }

    /// The chances of the levels of all comparisons, missing ones left out: by comparison and the level's rank.
    private typealias Odds = [[Double]]

    private func learn() -> TrainedWeights {
        let strangers = statistics.levelsOfStrangers(cards, profile: profile)
        let values = profile.comparisons.map { PeopleByValue($0, cards, statistics) }
        let ofOthers = zip(strangers, values).map { Self.odds($0, agreement: $1.agreement) }
        let all = Double(max(statistics.pairCount, 1))
        var ofOnePerson = patterns.map { Double($0.counts.strong) }
        var share = ofOnePerson.reduce(0, +) / all
        var (ofMatches, iterations) = (odds(ofOnePerson), 0)
        while iterations < Self.mostIterations {
            iterations += 1
            ofOnePerson = patterns.map { pattern in
                Double(pattern.counts.all - pattern.counts.parted) * chance(of: pattern.vector, ofMatches, ofOthers, share)
            }
            ofMatches = odds(ofOnePerson)
            let before = share
            share = ofOnePerson.reduce(0, +) / all
            if abs(share - before) < 1e-7 { break }
        }
        let comparisons = profile.comparisons.indices.map { index in
            comparison(index, ofMatches[index], ofOthers[index], isSeen: strangers[index].map { $0 > 0 }, values[index])
        }
        return TrainedWeights(
            comparisons: comparisons,
            evidence: TrainedWeights.Evidence(
                cards: cards.count, people: statistics.personCount, pairs: statistics.pairCount, matchShare: share, iterations: iterations))
    }

    /// The chances of levels for strangers: of exact agreement as values are spread, of the others as they came up.
    private static func odds(_ counts: [Int], agreement: Double) -> [Double] {
        var odds = chances(counts.map { Double($0) })
        let others = odds.enumerated().reduce(0.0) { sum, level in
            level.offset == Level.missing.rank || level.offset == Level.exact.rank ? sum : sum + level.element
        }
        for rank in odds.indices where rank != Level.missing.rank {
            odds[rank] = rank == Level.exact.rank ? agreement : odds[rank] / others * (1 - agreement)
        }
        return odds
    }

    /// The chance that a pair with this vector is one person.
    private func chance(of vector: ComparisonVector, _ ofMatches: Odds, _ ofOthers: Odds, _ share: Double) -> Double {
        var (match, other) = (share, 1 - share)
        for index in profile.comparisons.indices where vector[index] != .missing {
            match *= ofMatches[index][vector.rank(index)]
            other *= ofOthers[index][vector.rank(index)]
        }
        return match / (match + other)
    }

    /// The chances of levels among the patterns, each as often as it is said to come up.
    private func odds(_ counts: [Double]) -> Odds {
        var sums = Array(repeating: [Double](repeating: 0, count: Level.allCases.count), count: profile.comparisons.count)
        for (pattern, count) in zip(patterns, counts) {
            for index in profile.comparisons.indices where pattern.vector[index] != .missing {
                sums[index][pattern.vector.rank(index)] += count
            }
        }
        return sums.map(Self.chances)
    }

    /// Shares of counts; what never came up counts as half a time.
    private static func chances(_ counts: [Double]) -> [Double] {
        let total = counts.reduce(0, +) + 0.5 * Double(counts.count - 1)
        return counts.enumerated().map { rank, count in rank == Level.missing.rank ? 1 : (count + 0.5) / total }
    }

    /// - Parameter isSeen: By the level's rank: whether strangers ever come to it.
    private func comparison(
        _ index: Int, _ ofMatches: [Double], _ ofOthers: [Double], isSeen: [Bool], _ values: PeopleByValue
    ) -> TrainedWeights.Comparison {
        var levels: [String: TrainedWeights.LevelOdds] = [:]
        for level in Level.allCases where level != .missing {
            // A level that the measure never gives keeps the weight of the file.
            guard isSeen[level.rank] || patterns.contains(where: { $0.vector[index] == level }) else { continue }
            levels[level.rawValue] = TrainedWeights.LevelOdds(m: ofMatches[level.rank], u: ofOthers[level.rank])
        }
        return TrainedWeights.Comparison(
            name: profile.comparisons[index].name, levels: levels,
            frequencies: profile.comparisons[index].usesFrequencies ? values.frequencies : nil)
    }
}
