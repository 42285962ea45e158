/// Rows of numbers for a model, one row after the other; a missing number is NaN.
package struct FeatureMatrix: Sendable {
    package let values: [Float]
    package let featureCount: Int
    package let rowCount: Int

    /// - Throws: `.unevenRows` if the values don't fill whole rows, `.infinite` for a number that no model can split on.
    package init(_ values: [Float], featureCount: Int) throws(FeatureMatrixError) {
        precondition(featureCount > 0, "a matrix has at least one column")
        guard values.count.isMultiple(of: featureCount) else {
            throw .unevenRows(values: values.count, featureCount: featureCount)
        }
        if let index = values.firstIndex(where: \.isInfinite) {
            throw .infinite(row: index / featureCount, column: index % featureCount)
        }
        self.values = values
        self.featureCount = featureCount
        rowCount = values.count / featureCount
    }
}

package enum FeatureMatrixError: Error, Sendable, Equatable, CustomStringConvertible {
    case unevenRows(values: Int, featureCount: Int)
    case infinite(row: Int, column: Int)

    package var description: String {
        switch self {
        case .unevenRows(let values, let featureCount):
            "\(values) values are no whole rows of \(featureCount): give every row a value for each feature, NaN for one that is missing"
        case .infinite(let row, let column):
            "row \(row), column \(column) is infinite: give a finite number, or NaN for one that is missing"
        }
    }
}
