package import HindsightCore

/// How trees are grown. The defaults suit some ten thousand to a million rows of about twenty features.
package struct BoostingParameters: Sendable, Hashable, Codable {
    /// At most so many trees, each mending the mistakes of those before it.
    package var rounds = 400
    /// How many rounds may pass without a better validation before training ends; the model keeps the best.
    package var patience = 30
    /// Questions that a tree asks of a row at most.
    package var maximumDepth = 6
    /// The part of its correction that a tree is allowed.
    package var learningRate = 0.08
    /// The least sum of p(1 − p) in a leaf: what keeps a leaf from telling of a handful of rows.
    package var minimumLeafWeight = 5.0
    /// What a leaf pays for the square of its value.
    package var l2Regularization = 1.0
    /// The least gain for which a leaf is split.
    package var minimumSplitGain = 0.0
    /// The part of the rows that a tree sees.
    package var rowShare = 0.8
    /// The part of the features that a tree sees.
    package var featureShare = 0.8
    /// Into how many bins the values of a feature fall.
    package var bins = 256
    /// Decides which rows and features a tree sees: the same seed on the same rows gives the same bytes.
    package var seed: UInt32 = 1

    package init() {}

    /// - Throws: `.parameter`, naming the first that is out of bounds.
    func check() throws(TrainingError) {
        try Self.check("rounds", rounds, 1...10_000)
        try Self.check("patience", patience, 1...10_000)
        try Self.check("maximumDepth", maximumDepth, 1...12)
        try Self.check("learningRate", learningRate, 0.001...1)
        try Self.check("minimumLeafWeight", minimumLeafWeight, 0...1_000_000)
        try Self.check("l2Regularization", l2Regularization, 0...1_000_000)
        try Self.check("minimumSplitGain", minimumSplitGain, 0...1_000_000)
        try Self.check("rowShare", rowShare, 0.05...1)
        try Self.check("featureShare", featureShare, 0.05...1)
        try Self.check("bins", bins, 2...1_024)
    }

    private static func check<Value: Comparable & Sendable & CustomStringConvertible>(
        _ name: String, _ value: Value, _ bounds: ClosedRange<Value>
    ) throws(TrainingError) {
        guard bounds.contains(value) else {
            throw .parameter(name, value: value.description, bounds: "\(bounds.lowerBound) to \(bounds.upperBound)")
        }
    }

    /// In the library's words, in the order in which they are set.
    var settings: [(name: String, value: String)] {
        [
            ("objective", "binary:logistic"), ("tree_method", "hist"), ("nthread", "1"), ("verbosity", "0"),
            ("max_depth", "\(maximumDepth)"), ("learning_rate", "\(learningRate)"), ("min_child_weight", "\(minimumLeafWeight)"),
            ("reg_lambda", "\(l2Regularization)"), ("gamma", "\(minimumSplitGain)"), ("subsample", "\(rowShare)"),
            ("colsample_bytree", "\(featureShare)"), ("max_bin", "\(bins)"),
            // From the seed and the round alone: the library's generator belongs to the thread, and others may have drawn from it.
            ("seed", "\(seed)"), ("seed_per_iteration", "1"),
        ]
    }

    /// As it stands in a model's metadata.
    package var recorded: JSONValue {
        .object([
            "rounds": .integer(Int64(rounds)), "patience": .integer(Int64(patience)), "maximumDepth": .integer(Int64(maximumDepth)),
            "learningRate": .number(learningRate), "minimumLeafWeight": .number(minimumLeafWeight),
            "l2Regularization": .number(l2Regularization), "minimumSplitGain": .number(minimumSplitGain), "rowShare": .number(rowShare),
            "featureShare": .number(featureShare), "bins": .integer(Int64(bins)), "seed": .integer(Int64(seed)),
        ])
    }
}
