/// How the figures stand to a threshold: the median over the rounds of the ratio within each.
struct Verdict: Codable {
    let threshold: Threshold
    /// One value for each round that has it, in their order.
    let values: [Double]

    init(_ threshold: Threshold, rounds: [RunRecord.Round]) {
        self.threshold = threshold
        values = rounds.compactMap { round in
            guard let value = threshold.value(of: threshold.measured, in: round) else { return nil }
            guard let against = threshold.against else { return value }
            return threshold.value(of: against, in: round).map { value / $0 }
        }
    }

    /// `nil` when nothing was measured.
    var value: Double? { values.median }

    var isMet: Bool {
        guard let value else { return false }
        return value >= threshold.minimum ?? -.infinity && value <= threshold.maximum ?? .infinity
    }
}

extension [Double] {
    /// The middle value, or the mean of the two in the middle; `nil` when there is none.
    var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}
