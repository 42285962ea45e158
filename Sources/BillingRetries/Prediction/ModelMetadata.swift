package import HindsightCore

/// What a model was made of: enough to train it again, and to know whether it may be asked.
package struct ModelMetadata: Sendable, Hashable, Codable {
    /// How the model's own bytes are to be read, such as `xgboost-json`.
    package let format: String
    /// Of the library that trained it.
    package let engineVersion: String
    package let features: FeatureSchema
    /// Only events recorded before this instant were learned from.
    package let trainedUntil: Timestamp
    /// Rows that it learned from.
    package let rows: Int
    /// What the training was told, in the engine's words.
    package let parameters: JSONValue
    package let calibration: ProbabilityCalibration

    package init(
        format: String, engineVersion: String, features: FeatureSchema, trainedUntil: Timestamp, rows: Int, parameters: JSONValue,
        calibration: ProbabilityCalibration
    ) {
        self.format = format
        self.engineVersion = engineVersion
        self.features = features
        self.trainedUntil = trainedUntil
        self.rows = rows
        self.parameters = parameters
        self.calibration = calibration
    }
}
