import EventLogSQLite
package import HindsightCore

extension Application {
    /// The numbers of the log, without a walk through all of it.
    package func summary() async throws(EventLogError) -> LogSummary { LogSummary(try await embeddedLog.info(), folder: folder) }

    /// The engine that keeps the log, by name.
    package var engine: String { LogSummary.engine }

    /// Looks through the whole file of the log; what it finds is at most 20 things of each area.
    ///
    /// - Parameter progress: Called with the position reached and the head.
    package func check(progress: (_ reached: Position, _ head: Position) -> Void = { _, _ in }) async throws -> [FileFinding] {
        try await embeddedLog.check(progress: progress).map(FileFinding.init)
    }

    /// Begins to take an export over.
    package func makeImport() async throws(EventLogError) -> LogImport { try await LogImport(into: embeddedLog) }

    /// Copies the log and the files of its models into another folder, while it is in use, and verifies the copies.
    ///
    /// - Parameter progress: Called with what is counted, what is done and what there is.
    package func backUp(
        to target: String, progress: (_ stage: LogBackup.Stage, _ done: Int64, _ all: Int64) -> Void = { _, _, _ in }
    ) async throws -> LogBackup {
        var models = ModelFiles.Copy()
        let head = try await embeddedLog.backUp(
            to: target,
            progress: { stage, done, all in
                switch stage {
                case .copying: progress(.copyingPages, done, all)
                case .verifying: progress(.verifyingEvents, done, all)
                }
            },
            completing: { head in models = try await modelFiles.copy(to: ModelShelf(logFolder: target), at: head.position) })
        return LogBackup(
            folder: target, head: head.position, recordedAt: head.recordedAt, digest: head.digest.hexadecimal, models: models)
    }

    /// The files of the models that the log names.
    package var modelFiles: ModelFiles { ModelFiles(log: log, clock: clock, shelf: ModelShelf(logFolder: folder)) }

    /// The log as the engine that keeps it in the folder: what can be done with files and not with every log.
    private var embeddedLog: SQLiteEventLog {
        guard let log = (log as? MeasuredEventLog)?.engine as? SQLiteEventLog ?? log as? SQLiteEventLog else {
            preconditionFailure("an application is opened on the log of a folder")
        }
        return log
    }
}

/// A copy of the log that was verified.
package struct LogBackup: Sendable, Equatable, Encodable {
    package enum Stage: Sendable {
        case copyingPages, verifyingEvents
    }

    package let folder: String
    package let head: Position
    package let recordedAt: Timestamp?
    package let digest: String
    /// Of the trained models that the copy names.
    package let models: ModelFiles.Copy
}

/// Something in the file of the log that is not as an append leaves it.
package struct FileFinding: Sendable, Equatable, Encodable {
    /// Which part of the file: pages, schema, references, names, positions, streams, index or end.
    package let area: String
    /// Where, if it concerns one event.
    package let position: Position?
    package let problem: String
    /// Damage always is one.
    package let severity = DecodingCheck.Finding.Severity.error

    init(_ finding: LogFinding) { (area, position, problem) = (finding.area.rawValue, finding.position, finding.problem) }
}
