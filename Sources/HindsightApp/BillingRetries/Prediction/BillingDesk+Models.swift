package import BillingRetries
import Foundation
import GradientBoosting
package import HindsightCore
import HindsightRuntime

/// Training, and who decides by what was trained.
extension BillingDesk {
    /// A training that has ended.
    package struct Training: Sendable {
        package let trained: ModelTrained
        package let report: RetryModelTraining.Report
        package let payers: Int
        /// Payers left out, since nobody has recorded a snapshot of them.
        package let withoutSnapshot: Int
    }

    /// Learns from the log as it is at a position, keeps the model on the shelf and tells it in the log; it decides nothing yet.
    ///
    /// The same log at the same position gives the same model, under the same digest.
    /// - Parameter through: The log's end for `nil`.
    /// - Throws: ``RetryTrainingError`` where there is too little to learn from; ``ModelFileError``.
    package func train(
        through position: Position? = nil, keepingOn shelf: ModelShelf, _ act: Act,
        progress: @escaping @Sendable (RetryModelTraining.Progress) -> Void = { _ in }
    ) async throws -> Training {
        let head = try await log.head().position
        let training = try await learn(through: min(position ?? head, head), keepingOn: shelf, progress: progress)
        try await decideOnModels(.record(training.trained), act)
        return training
    }

    /// As ``train(through:keepingOn:_:progress:)``, without telling it in the log.
    func learn(
        through position: Position, keepingOn shelf: ModelShelf,
        progress: @escaping @Sendable (RetryModelTraining.Progress) -> Void = { _ in }
    ) async throws -> Training {
        let past = try await TrainingPast.read(log, through: position)
        let champion = try await models(at: position).holder(of: .champion)
        let outcome = try await Self.learn(from: past, comparingWith: Self.rival(champion, on: shelf), progress)
        try shelf.store(outcome.artifact)
        let report = outcome.report
        let trained = ModelTrained(
            model: ModelRegister.retries, digest: outcome.artifact.digest, trainedThrough: position, cut: report.cut,
            rows: outcome.artifact.metadata.rows, heldOutRows: report.measures.rows, measures: report.measures,
            segmentMeasures: report.segmentMeasures, champion: champion, championMeasures: report.championMeasures,
            comparison: report.comparison, at: now)
        return Training(trained: trained, report: report, payers: past.payers.count, withoutSnapshot: past.withoutSnapshot)
    }

    /// A champion whose file is gone, cut or of another version keeps no new one from being trained.
    private static func rival(_ champion: ModelDigest?, on shelf: ModelShelf) -> RetryModelTraining.Rival {
        guard let champion else { return .segmentRates }
        do {
            return .champion(try shelf.model(champion))
        } catch .missing {
            return .unreadableChampion("the champion's file is missing")
        } catch {
            return .unreadableChampion("the champion's file cannot be used: \(error)")
        }
    }

    /// On a thread of its own, since it takes minutes and never suspends.
    private static func learn(
        from past: TrainingPast, comparingWith rival: RetryModelTraining.Rival,
        _ progress: @escaping @Sendable (RetryModelTraining.Progress) -> Void
    ) async throws -> RetryModelTraining.Outcome {
        let work = Task.detached(priority: .utility) {
            try RetryModelTraining(BoostingTrainer()).train(
                on: past.payers, trainedUntil: past.until, comparingWith: rival, progress: progress)
        }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            work.cancel()
        }
    }

    /// Lets a server train a model now; `hindsight billing models` shows when it has.
    package func requestTraining(_ act: Act) async throws { try await decideOnModels(.requestTraining(at: now), act) }

    package func scheduleRetraining(everyDays: Int, shadowDays: Int, _ act: Act) async throws {
        try await decideOnModels(.scheduleRetraining(everyDays: everyDays, shadowDays: shadowDays, at: now), act)
    }

    /// - Throws: `ModelRegister.Rejection`; `ModelArtifactError` where the model's file is not what the log says.
    package func promote(
        _ digest: ModelDigest, to role: ModelRole, reason: String, from shelf: ModelShelf, _ act: Act
    ) async throws {
        // A model that can't be read must not be given a role: the rules would decide, and nobody would know why.
        _ = try shelf.model(digest)
        try await decideOnModels(.promote(digest, to: role, reason: reason, at: now), act)
    }

    package func rollBackModel(_ role: ModelRole, reason: String, _ act: Act) async throws {
        try await decideOnModels(.rollBack(role, reason: reason, at: now), act)
    }

    private func decideOnModels(_ command: ModelRegister.Command, _ act: Act) async throws {
        try await handler(act).handle(
            ModelRegister.self, command, on: BillingRetries.model(ModelRegister.retries), metadata: act.metadata)
    }

    package func models(at position: Position) async throws -> ModelRegister.State {
        try await state(of: ModelRegister.self, on: BillingRetries.model(ModelRegister.retries), at: position)
    }
}
