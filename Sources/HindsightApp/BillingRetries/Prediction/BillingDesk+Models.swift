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
        let position = min(position ?? head, head)
        let past = try await TrainingPast.read(log, through: position)
        let outcome = try await Self.learn(from: past, progress)
        try shelf.store(outcome.artifact)
        let report = outcome.report
        let stream = try BillingRetries.model(ModelRegister.retries)
        try await handler(act).decide(metadata: act.metadata) { batch in
            let event = ModelTrained(
                model: ModelRegister.retries, digest: outcome.artifact.digest, trainedThrough: position, cut: report.cut,
                rows: outcome.artifact.metadata.rows, heldOutRows: report.measures.rows, measures: report.measures, at: batch.now)
            try await batch.decide(ModelRegister.self, .record(event), on: stream)
        }
        let register = try await models(at: try await self.log.head().position)
        guard let trained = register.trained.last(where: { $0.digest == outcome.artifact.digest }) else { preconditionFailure("what was recorded, or had been before, is in the register") }
        return Training(trained: trained, report: report, payers: past.payers.count, withoutSnapshot: past.withoutSnapshot)
    }

    /// On a thread of its own, since it takes minutes and never suspends.
    private static func learn(
        from past: TrainingPast, _ progress: @escaping @Sendable (RetryModelTraining.Progress) -> Void
    ) async throws -> RetryModelTraining.Outcome {
        let work = Task.detached(priority: .utility) {
            try RetryModelTraining(BoostingTrainer()).train(on: past.payers, trainedUntil: past.until, progress: progress)
        }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            work.cancel()
        }
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
