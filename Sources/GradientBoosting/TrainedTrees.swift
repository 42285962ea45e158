package import BillingRetries
package import HindsightCore

/// Trees fresh from training, to be calibrated and kept.
package struct TrainedTrees: Sendable {
    /// XGBoost's JSON.
    package let model: [UInt8]
    /// Trees that were kept.
    package let rounds: Int
    /// The log loss on the rows to validate on, round by round, those after the best included; empty without such rows.
    package let validationLogLosses: [Double]
    let parameters: BoostingParameters
    let rows: Int
    let booster: Booster

    /// What the trees say before calibration: the scores to fit a calibration on.
    package func rawScores(for matrix: FeatureMatrix) throws(RankingError) -> [Float] { try booster.scores(for: matrix) }

    /// - Parameter trainedUntil: The instant before which all that was learned from was recorded.
    package func artifact(
        features: FeatureSchema, trainedUntil: Timestamp, calibration: ProbabilityCalibration
    ) throws -> ModelArtifact {
        precondition(features.names.count == booster.featureCount, "the schema names the columns that were trained on")
        return try ModelArtifact(
            model: model,
            metadata: ModelMetadata(
                format: GradientBoostedTrees.format, engineVersion: XGBoost.version, features: features, trainedUntil: trainedUntil,
                rows: rows,
                parameters: parameters.recorded, calibration: calibration))
    }
}
