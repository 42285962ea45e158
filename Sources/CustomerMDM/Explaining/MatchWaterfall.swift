/// How two cards agree, comparison by comparison, as a picture shows it: levels and weights, no personal value.
package struct MatchWaterfall: Sendable, Equatable, Codable {
    package struct Bar: Sendable, Equatable, Codable {
        package var comparison: String
        package var level: Level
        /// In 1/1000 bit; 0 where a value is missing.
        package var weight: Int
        /// Of this bar and those before it.
        package var sum: Int
        /// The cards without a value to compare.
        package var missingOn: [CardID]?
    }

    /// In the order of the profile's comparisons.
    package var bars: [Bar] = []
    package var total: Int

    package init(_ left: MatchCard, _ right: MatchCard, _ vector: ComparisonVector, profile: Profile) {
        let weights = profile.weights(of: vector, left, right)
        total = weights.reduce(0, +)
        var sum = 0
        for (index, comparison) in profile.comparisons.enumerated() {
            sum += weights[index]
            let missing = [left, right].filter { card in
                (comparison.attributes + comparison.alternates).allSatisfy { card.values[$0].isEmpty }
            }
            bars.append(
                Bar(
                    comparison: comparison.name, level: vector[index], weight: weights[index], sum: sum,
                    missingOn: missing.isEmpty ? nil : missing.map(\.id).sorted()))
        }
    }

    /// Bars by comparison, missing ones left out.
    package var weights: [String: Int] {
        Dictionary(uniqueKeysWithValues: bars.filter { $0.level != .missing }.map { ($0.comparison, $0.weight) })
    }
}
