/// Charges of the past to learn from or to be measured on: what was known before each, and whether it was approved.
package struct LabelledRows: Sendable {
    package let matrix: FeatureMatrix
    /// Approved or not, row by row.
    package let labels: [Bool]
    /// What a row counts for; `nil` when each counts for one.
    package let weights: [Float]?

    /// - Throws: `LabelledRowsError` unless there is a label for each row, and a weight if there are any: finite, not negative, not all zero.
    package init(_ matrix: FeatureMatrix, labels: [Bool], weights: [Float]? = nil) throws(LabelledRowsError) {
        guard labels.count == matrix.rowCount else { throw .labels(labels.count, rows: matrix.rowCount) }
        if let weights {
            guard weights.count == matrix.rowCount else { throw .weights(weights.count, rows: matrix.rowCount) }
            if let row = weights.firstIndex(where: { !($0.isFinite && $0 >= 0) }) { throw .weight(weights[row], row: row) }
            guard weights.contains(where: { $0 > 0 }) else { throw .weightless }
        }
        self.matrix = matrix
        self.labels = labels
        self.weights = weights
    }

    /// The weighted share of approved rows; NaN without rows.
    package var approvedShare: Double {
        guard let weights else { return Double(labels.count { $0 }) / Double(labels.count) }
        var (approved, all) = (0.0, 0.0)
        for (label, weight) in zip(labels, weights) {
            all += Double(weight)
            if label { approved += Double(weight) }
        }
        return approved / all
    }
}

package enum LabelledRowsError: Error, Sendable, Equatable, CustomStringConvertible {
    case labels(Int, rows: Int)
    case weights(Int, rows: Int)
    case weight(Float, row: Int)
    case weightless

    package var description: String {
        switch self {
        case .labels(let count, let rows): "\(count) labels for \(rows) rows: give each row one"
        case .weights(let count, let rows): "\(count) weights for \(rows) rows: give each row one, or none at all"
        case .weight(let weight, let row): "the weight of row \(row) is \(weight): give a finite number that is not negative"
        case .weightless: "all weights are zero: give at least one row some"
        }
    }
}
