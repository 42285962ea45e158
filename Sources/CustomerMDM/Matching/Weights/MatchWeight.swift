extension Profile {
    /// What each comparison adds to the weight of a pair, in 1/1000 bit.
    package func weights(of vector: ComparisonVector, _ left: MatchCard, _ right: MatchCard) -> [Int] {
        comparisons.indices.map { weight(of: $0, vector, left, right) }
    }

    /// The sum over all comparisons, in 1/1000 bit.
    package func weight(of vector: ComparisonVector, _ left: MatchCard, _ right: MatchCard) -> Int {
        comparisons.indices.reduce(0) { $0 + weight(of: $1, vector, left, right) }
    }

    private func weight(of index: Int, _ vector: ComparisonVector, _ left: MatchCard, _ right: MatchCard) -> Int {
        let (comparison, level) = (comparisons[index], vector[index])
        guard level == .exact, let frequencies = comparison.frequencies, let value = comparison.agreedValue(left, right) else {
            return comparison.weights[level]
        }
        return comparison.weights[.exact] + frequencies.adjustment(of: value)
    }
}
