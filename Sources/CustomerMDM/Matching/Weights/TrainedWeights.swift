import Foundation

/// What training made of a log's cards, for one profile: as it stands in the log.
package struct TrainedWeights: Sendable, Equatable, Codable {
    package struct LevelOdds: Sendable, Equatable, Codable {
        /// The chance of the level for two cards of one person.
        package var m: Double
        /// The same for two cards of different people.
        package var u: Double
        /// log₂(m/u), in 1/1000 bit.
        package var weight: Int

        /// Weights beyond say no more: a million to one.
        static let bound = 20_000

        init(m: Double, u: Double) {
            (self.m, self.u) = (m, u)
            let bits = m > 0 && u > 0 ? log2(m / u) : m > 0 ? .infinity : -.infinity
            weight = Int(max(-Double(Self.bound), min(Double(Self.bound), (1_000 * bits).rounded())))
        }
    }

    /// How many people have each of the most common values; of these only digests are kept.
    package struct Frequencies: Sendable, Equatable, Codable {
        /// People with any value.
        package var people: Int
        /// The chance that two people have the same value.
        package var agreement: Double
        /// For values that are not listed.
        package var peopleOfOthers: Int
        /// By sixteen hexadecimal digits.
        package var counts: [String: Int]
    }

    package struct Comparison: Sendable, Equatable, Codable {
        package var name: String
        package var levels: [String: LevelOdds]
        package var frequencies: Frequencies?
    }

    /// What the weights were learnt from.
    package struct Evidence: Sendable, Equatable, Codable {
        package var cards: Int
        /// Groups of cards that strong rules join.
        package var people: Int
        /// Pairs that share a blocking key.
        package var pairs: Int
        /// Of them, the share that is taken for one person.
        package var matchShare: Double
        package var iterations: Int
    }

    package var comparisons: [Comparison]
    /// Absent for weights that another program learnt.
    package var evidence: Evidence?

    var digest: String {
        Fingerprint.hex(
            comparisons.flatMap { comparison in
                [comparison.name] + comparison.levels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.weight)" }
                    + (comparison.frequencies.map { frequencies in
                        ["\(frequencies.people) \(frequencies.agreement) \(frequencies.peopleOfOthers)"]
                            + frequencies.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    } ?? [])
            })
    }
}

extension Profile {
    /// The profile with weights that were learnt for it. Comparisons that they don't name keep those of the file.
    package func weighted(by trained: TrainedWeights) -> Profile {
        var profile = self
        profile.weightsDigest = trained.digest
        for index in comparisons.indices {
            guard let learnt = trained.comparisons.first(where: { $0.name == comparisons[index].name }) else { continue }
            var weights: [Level: Int] = [:]
            for level in Level.allCases {
                weights[level] = learnt.levels[level.rawValue]?.weight ?? comparisons[index].weights[level]
            }
            profile.comparisons[index].weights = LevelWeights(weights)
            if comparisons[index].usesFrequencies {
                profile.comparisons[index].frequencies = learnt.frequencies.map { ValueFrequencies($0) }
            }
        }
        return profile
    }
}

extension ValueFrequencies {
    init(_ frequencies: TrainedWeights.Frequencies) {
        var counts: [UInt64: Int] = [:]
        for (digits, count) in frequencies.counts { if let digest = UInt64(digits, radix: 16) { counts[digest] = count } }
        self.init(counts: counts, ofOthers: frequencies.peopleOfOthers, people: frequencies.people, agreement: frequencies.agreement)
    }
}
