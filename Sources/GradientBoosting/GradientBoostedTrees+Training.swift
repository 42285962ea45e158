package import BillingRetries

/// A round of training that has ended.
package struct BoostingRound: Sendable, Equatable {
    /// From 1.
    package let number: Int
    /// `nil` without rows to validate on.
    package let validationLogLoss: Double?
}

extension GradientBoostedTrees {
    /// Learns from rows, on the calling thread: the same rows, parameters and seed give the same bytes.
    ///
    /// It takes seconds to minutes and never suspends, so call it where a thread may be kept busy. It ends early when its task is cancelled.
    ///
    /// - Parameters:
    ///   - validation: Rows that are not learned from and decide how many rounds are kept; `nil` keeps all of them.
    ///   - afterRound: Called after each round, to show how far it is.
    /// - Throws: ``TrainingError``.
    package static func train(
        on rows: LabelledRows, validation: LabelledRows? = nil, parameters: BoostingParameters = BoostingParameters(),
        afterRound: (BoostingRound) -> Void = { _ in }
    ) throws(TrainingError) -> TrainedTrees {
        try parameters.check()
        guard rows.matrix.rowCount > 0 else { throw .noRows }
        let approvedShare = rows.approvedShare
        guard approvedShare > 0, approvedShare < 1 else { throw .oneClass(rows: rows.matrix.rowCount) }
        if let validation {
            guard validation.matrix.rowCount > 0 else { throw .emptyValidation }
            guard validation.matrix.featureCount == rows.matrix.featureCount else {
                throw .otherWidth(training: rows.matrix.featureCount, validation: validation.matrix.featureCount)
            }
        }
        do {
            return try grow(on: rows, validation: validation, from: approvedShare, parameters, afterRound)
        } catch let error as TrainingError {
            throw error
        } catch let error as XGBoostError {
            throw .failed(error.reason)
        } catch {
            throw .failed("\(error)")
        }
    }

    private static func grow(
        on rows: LabelledRows, validation: LabelledRows?, from approvedShare: Double, _ parameters: BoostingParameters,
        _ afterRound: (BoostingRound) -> Void
    ) throws -> TrainedTrees {
        let training = try DataMatrix(rows)
        let held = try validation.map { try DataMatrix($0) }
        let booster = try OwnedBooster(cachedFor: [training] + (held.map { [$0] } ?? []))
        for setting in parameters.settings { try booster.set(setting.name, setting.value) }
        // Where the first tree starts.
        try booster.set("base_score", "\(Float(min(max(approvedShare, 1e-6), 1 - 1e-6)))")
        var losses: [Double] = []
        var best = (rounds: parameters.rounds, loss: Double.infinity)
        for round in 0..<parameters.rounds {
            if Task.isCancelled { throw TrainingError.cancelled }
            try booster.train(round: round, on: training)
            guard let held else {
                afterRound(BoostingRound(number: round + 1, validationLogLoss: nil))
                continue
            }
            let loss = PredictionMeasures.logLoss(
                probabilities: try booster.predictions(for: held), labels: held.rows.labels, weights: held.rows.weights)
            if loss < best.loss { best = (round + 1, loss) }
            losses.append(loss)
            afterRound(BoostingRound(number: round + 1, validationLogLoss: loss))
            if round + 1 - best.rounds >= parameters.patience { break }
        }
        let kept = held == nil ? booster : try booster.firstRounds(best.rounds)
        let model = try kept.json()
        return TrainedTrees(
            model: model, rounds: best.rounds, validationLogLosses: losses, parameters: parameters, rows: rows.matrix.rowCount,
            booster: try Booster(json: model))
    }
}
