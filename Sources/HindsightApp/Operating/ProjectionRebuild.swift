package import HindsightCore
package import HindsightRuntime

/// Rebuilds read models from the log, and records that it was done.
package struct ProjectionRebuild: Sendable {
    /// What a rebuild came to.
    package struct Report: Sendable, Equatable, Encodable {
        package let name: String
        package let version: Int
        package let position: Position
        package let digest: String
        package let previousDigest: String
        package var isEqual: Bool { digest == previousDigest }
    }

    private let projections: ProjectionRunner
    private let commands: CommandHandler
    private let actor: String

    /// - Parameter actor: Who does it: an opaque id.
    package init(_ projections: ProjectionRunner, commands: CommandHandler, actor: String) {
        self.projections = projections
        self.commands = commands
        self.actor = actor
    }

    /// Folds the whole log into new rows beside the old ones, compares them, and lets the new ones serve.
    ///
    /// - Parameter progress: Called after each page with the position reached and the head.
    package func rebuild(_ name: String, progress: (@Sendable (Position, Position) -> Void)? = nil) async throws -> Report {
        let before = try await projections.digest(of: name)
        try await projections.rebuild(name, progress: progress)
        let after = try await projections.digest(of: name, at: before.position)
        let report = Report(
            name: name, version: after.version, position: before.position, digest: after.digest, previousDigest: before.digest)
        let event = OperatorAct.projectionRebuilt(
            ProjectionRebuilt(
                projection: name, version: report.version, position: report.position, digest: report.digest,
                previousDigest: report.previousDigest))
        let stream = try StreamName("projection-\(name)")
        try await commands.decide(metadata: EventMetadata(actor: actor)) { try await $0.append([event], to: stream) }
        return report
    }
}
