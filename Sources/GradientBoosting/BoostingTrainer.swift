package import BillingRetries
package import HindsightCore

/// XGBoost as the domain's trainer.
package struct BoostingTrainer: TreeTrainer {
    private let boosting: BoostingParameters

    package init(_ parameters: BoostingParameters = .retries) { boosting = parameters }

    package var format: String { GradientBoostedTrees.format }
    package var engineVersion: String { XGBoost.version }
    package var parameters: JSONValue { boosting.recorded }

    package func train(on rows: LabelledRows, progress: (Double) -> Void) throws -> any GrownTrees {
        try GradientBoostedTrees.train(on: rows, parameters: boosting) { progress(Double($0.number) / Double(boosting.rounds)) }
    }
}

extension TrainedTrees: GrownTrees {}

extension BoostingParameters {
    /// For some hundred thousand charges in which neither money nor the card decided: few features matter, and most hours differ little.
    package static let retries: BoostingParameters = {
        var parameters = BoostingParameters()
        (parameters.rounds, parameters.maximumDepth, parameters.minimumLeafWeight) = (150, 5, 20)
        (parameters.l2Regularization, parameters.featureShare, parameters.seed) = (5, 0.7, 3)
        return parameters
    }()
}
