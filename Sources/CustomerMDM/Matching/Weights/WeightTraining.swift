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
    /// Of the values with frequencies, so many are listed.
    private static let mostValues = 1_000

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
        let all = Double(max(statistics.pairCount, 1))
        var ofOnePerson = patterns.map { Double($0.counts.strong) }
        var share = ofOnePerson.reduce(0, +) / all
        var (ofMatches, iterations) = (odds(ofOnePerson), 0)
        while iterations < Self.mostIterations {
            iterations += 1
            let ofOthers = odds(zip(patterns, ofOnePerson).map { Double($0.counts.all) - $1 })
            ofOnePerson = patterns.map { pattern in
                Double(pattern.counts.all - pattern.counts.parted) * chance(of: pattern.vector, ofMatches, ofOthers, share)
            }
            ofMatches = odds(ofOnePerson)
            let before = share
            share = ofOnePerson.reduce(0, +) / all
            if abs(share - before) < 1e-7 { break }
        }
        let strangers = statistics.levelsOfStrangers(cards, profile: profile)
        let comparisons = profile.comparisons.indices.map { comparison($0, ofMatches[$0], strangers[$0]) }
        return TrainedWeights(
            comparisons: comparisons,
            evidence: TrainedWeights.Evidence(
                cards: cards.count, people: statistics.personCount, pairs: statistics.pairCount, matchShare: share, iterations: iterations))
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

    private func comparison(_ index: Int, _ ofMatches: [Double], _ strangers: [Int]) -> TrainedWeights.Comparison {
        let comparison = profile.comparisons[index]
        let (people, counts) = statistics.peopleByValue(comparison, cards)
        // Surer than twenty times as many people could tell is nobody.
        let pairsOfPeople = Double(max(people * (people - 1), 1))
        let agreement = max(
            counts.values.reduce(0.0) { $0 + Double($1 * ($1 - 1)) } / pairsOfPeople, 1 / (20 * Double(max(people, 1))))
        var rest = Self.chances(strangers.map { Double($0) })
        let others = rest.enumerated().reduce(0.0) { sum, level in
            level.offset == Level.missing.rank || level.offset == Level.exact.rank ? sum : sum + level.element
        }
        for rank in rest.indices where rank != Level.missing.rank {
            rest[rank] = rank == Level.exact.rank ? agreement : rest[rank] / others * (1 - agreement)
        }
        var levels: [String: TrainedWeights.LevelOdds] = [:]
        for level in Level.allCases where level != .missing {
            let (m, u) = (ofMatches[level.rank], rest[level.rank])
            // A level that the measure never gives keeps the weight of the file.
            let isKnown = strangers[level.rank] > 0 || patterns.contains { $0.vector[index] == level }
            guard isKnown else { continue }
            levels[level.rawValue] = TrainedWeights.LevelOdds(m: m, u: u)
        }
        return TrainedWeights.Comparison(
            name: comparison.name, levels: levels,
            frequencies: comparison.usesFrequencies ? frequencies(people, counts, agreement: agreement) : nil)
    }

    private func frequencies(_ people: Int, _ counts: [UInt64: Int], agreement: Double) -> TrainedWeights.Frequencies {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let common = sorted.prefix { $0.value > 1 }.prefix(Self.mostValues)
        let others = sorted.count > common.count ? sorted[common.count].value : 1
        return TrainedWeights.Frequencies(
            people: people, agreement: agreement, peopleOfOthers: others,
            counts: Dictionary(uniqueKeysWithValues: common.map { (String($0.key, radix: 16), $0.value) }))
    }
}
