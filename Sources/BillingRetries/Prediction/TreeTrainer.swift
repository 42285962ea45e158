package import HindsightCore

/// An engine that grows trees: what the domain asks of it.
package protocol TreeTrainer: Sendable {
    /// How the engine's bytes are to be read, such as `xgboost-json`.
    var format: String { get }
    /// Of the engine's library.
    var engineVersion: String { get }
    /// What the engine is told, in its words.
    var parameters: JSONValue { get }

    /// Learns on the calling thread: the same rows give the same bytes.
    ///
    /// - Parameter progress: Called with the part that is done, from 0 to 1.
    /// - Throws: In the engine's own words; when the task is cancelled as well.
    func train(on rows: LabelledRows, progress: (Double) -> Void) throws -> any GrownTrees
}

/// Trees fresh from training.
package protocol GrownTrees: Sendable {
    /// What the artifact keeps.
    var model: [UInt8] { get }

    /// The chance of approval of each row, before calibration.
    func rawScores(for matrix: FeatureMatrix) throws(RankingError) -> [Float]
}
