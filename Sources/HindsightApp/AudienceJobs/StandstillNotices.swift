import AudienceJobs
import HindsightCore
import HindsightRuntime

/// Tells whom a form names that its job waits for an operator: once each time that the job's saga is parked.
///
/// The saga can't tell of it itself, because one that is parked does nothing. Whoever works on the log does, and what was told already is
/// not told again, however many do.
struct StandstillNotices: Sendable {
    let log: any EventLog
    let clock: any WallClock
    let identities: any IdentitySource
    let board: AudienceBoard

    /// Tells of all jobs that stand now.
    ///
    /// - Returns: Whether there was anything to tell.
    func post() async throws -> Bool {
        var isTold = false
        for job in try await board.openJobs() where job.status.isAtWork {
            if try await post(of: job.id) { isTold = true }
        }
        return isTold
    }

    func post(of job: JobID) async throws -> Bool {
        let stream = try StreamName("\(Self.prefix)\(job)")
        let receipt = try await CommandHandler(log: log, clock: clock, identities: identities).decide { batch in
            let standing = try await batch.state(of: SagaControl.self, on: stream).standing
            guard case .parked = standing.status else { return }
            try await batch.decide(Job.self, .act(.tellOfStandstill(number: standing.parkings, at: batch.now)), on: job.stream)
        }
        return receipt != nil
    }

    /// Tells of those that stand, and of each that comes to a stand, until the task is cancelled.
    func work() async throws {
        let seen = try await log.head().position
        _ = try await post()
        let selection = EventSelection(EventFilter(types: [SagaParked.type]), after: seen)
        for try await recorded in log.events(selection, goingOnLive: true) {
            guard let id = recorded.stream.description.afterBytePrefix(Self.prefix), let job = JobID(id) else { continue }
            _ = try await post(of: job)
        }
    }

    private static let prefix = "saga-\(NotebookRunSaga.name):"
}
