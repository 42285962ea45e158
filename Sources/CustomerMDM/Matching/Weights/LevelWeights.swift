/// What each level of a comparison says for or against two cards being one person: Fellegi–Sunter weights, log₂(m/u), in 1/1000 bit, so
/// that sums are the same on every machine.
package struct LevelWeights: Sendable, Equatable {
    /// By the level's rank.
    private var weights = [Int](repeating: 0, count: Level.allCases.count)

    package init(_ weights: [Level: Int]) {
        for (level, weight) in weights { self.weights[level.rank] = weight }
    }

    package subscript(level: Level) -> Int { weights[level.rank] }
}
