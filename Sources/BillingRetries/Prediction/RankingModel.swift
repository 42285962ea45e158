/// Tells how likely a charge is to be approved, so that the windows in which it may be tried can be ranked.
///
/// The same matrix always gives the same scores, whoever else is asking.
package protocol RankingModel: Sendable {
    /// Of the artifact it was read from: what a recorded prediction names.
    var digest: ModelDigest { get }
    /// The columns it expects, in their order.
    var features: FeatureSchema { get }

    /// The probability of approval of each row, calibrated, from 0 to 1.
    ///
    /// - Parameter matrix: One row for each window; as many columns as ``features`` has names.
    /// - Throws: `.otherWidth` for another number of columns, `.failed` with the engine's own words.
    func scores(for matrix: FeatureMatrix) throws(RankingError) -> [Float]
}

package enum RankingError: Error, Sendable, Equatable, CustomStringConvertible {
    case otherWidth(expected: Int, found: Int)
    case failed(String)

    package var description: String {
        switch self {
        case .otherWidth(let expected, let found):
            "the model reads \(expected) features a row, and got \(found): give it the columns that its artifact names"
        case .failed(let reason):
            "the model could not be asked, so the rules decide (\(reason)): promote another model, or roll back, if this goes on"
        }
    }
}
