package import BillingRetries

/// A ranking model of gradient-boosted trees, read from its artifact.
///
/// Any number of tasks may ask it at once. A call takes well under a millisecond for 192 rows and doesn't wait for others.
package struct GradientBoostedTrees: RankingModel {
    package static let format = "xgboost-json"

    package let digest: ModelDigest
    package let features: FeatureSchema
    private let calibration: ProbabilityCalibration
    private let booster: Booster

    /// - Parameters:
    ///   - artifact: Its bytes have met their digest, so that the library reads only what it wrote.
    ///   - expected: The features that will be computed; `nil` takes those of the artifact.
    /// - Throws: `.unknownFormat`, `.otherFeatures`, or `.refused` with the library's own words.
    package init(_ artifact: ModelArtifact, expecting expected: FeatureSchema? = nil) throws(ModelArtifactError) {
        let metadata = artifact.metadata
        guard metadata.format == Self.format else { throw .unknownFormat(metadata.format, known: Self.format) }
        if let expected, let difference = expected.difference(from: metadata.features) { throw .otherFeatures(difference) }
        do {
            booster = try Booster(json: artifact.model)
        } catch {
            throw .refused(error.reason)
        }
        guard booster.featureCount == metadata.features.names.count else {
            throw .otherFeatures("\(booster.featureCount) columns, where its metadata names \(metadata.features.names.count)")
        }
        digest = artifact.digest
        features = metadata.features
        calibration = metadata.calibration
    }

    package func scores(for matrix: FeatureMatrix) throws(RankingError) -> [Float] {
        try booster.scores(for: matrix).map(calibration.probability(of:))
    }
}

extension Booster {
    func scores(for matrix: FeatureMatrix) throws(RankingError) -> [Float] {
        guard matrix.featureCount == featureCount else { throw .otherWidth(expected: featureCount, found: matrix.featureCount) }
        do {
            return try predictions(for: matrix)
        } catch {
            throw .failed(error.reason)
        }
    }
}
