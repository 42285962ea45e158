/// Hours that together most likely hold one approval.
///
/// As the only news between two tries is another decline, such hours are a whole policy: try the earliest, and plan again when it failed.
struct RetryPlan: Sendable, Hashable {
    /// Places in the outlook's hours, in the order in which they were picked: the best first.
    let picks: [Int]
    /// The chance that one of them is approved.
    let chance: Double

    /// A try that adds less than this to the plan's chance is not worth its cost.
    private static let leastGain: Float = 0.0003

    var earliest: Int? { picks.min() }

    /// Picks greedily: each time the hour that adds most, given that all picked so far were declined. Of equal hours the earliest.
    ///
    /// - Parameter open: Whether an hour may be picked.
    init(covering outlook: Outlook, in open: [Bool], tries: Int) {
        var weights = outlook.weights
        var (picks, chance): ([Int], Double) = ([], 0)
        while picks.count < tries {
            let gains = outlook.scores(weights)
            var best: (hour: Int, gain: Float)?
            for hour in gains.indices where open[hour] && gains[hour] > best?.gain ?? 0 { best = (hour, gains[hour]) }
            guard let best, best.gain >= Self.leastGain else { break }
            picks.append(best.hour)
            chance += Double(best.gain)
            for state in weights.indices { weights[state] *= 1 - outlook.chance(in: best.hour, state: state) }
        }
        self.picks = picks
        self.chance = min(chance, 1)
    }
}
