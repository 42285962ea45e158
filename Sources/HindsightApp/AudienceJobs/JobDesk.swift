package import AudienceJobs
package import HindsightCore
import HindsightRuntime

/// What managers do to jobs: each act is an event of the job, with who did it. Whoever works on the log carries it out.
package struct JobDesk: Sendable {
    package enum Act: Sendable, Equatable {
        case cancel(reason: String)
        case retry(reason: String?)
        case approve(reason: String?)
        case reject(reason: String)
    }

    private let log: any EventLog
    private let clock: any WallClock
    private let identities: any IdentitySource

    package init(log: any EventLog, clock: any WallClock, identities: any IdentitySource = RandomIdentities()) {
        self.log = log
        self.clock = clock
        self.identities = identities
    }

    /// - Throws: ``AudienceError`` for a job that nobody has asked for; `Job.Rejection`.
    package func perform(_ act: Act, on job: JobID, metadata: EventMetadata) async throws {
        let by = metadata.actor
        try await CommandHandler(log: log, clock: clock, identities: identities).decide(metadata: metadata) { batch in
            guard let status = try await batch.state(of: Job.self, on: job.stream).status else { throw AudienceError.unknownJob(job) }
            let now = batch.now
            let command: Job.Act =
                switch act {
                case .cancel(let reason): .cancel(JobCancelRequested(job: job, by: by, reason: reason, at: now))
                case .retry(let reason): .retry(by: by, reason: reason, at: now)
                case .approve(let reason): .approve(JobApproved(job: job, by: by, reason: reason, at: now))
                case .reject(let reason): .reject(JobRejected(job: job, by: by, reason: reason, at: now))
                }
            if case .cancel = act, status.isAtWork { try await hasten(job, in: batch) }
            try await batch.decide(Job.self, .act(command), on: job.stream)
        }
    }

    /// Lets what waits for its next try, or for a person, be looked at now: nobody who cancels wants to wait for hours.
    private func hasten(_ job: JobID, in batch: DecisionBatch) async throws {
        let stream = try StreamName("saga-\(NotebookRunSaga.name):\(job)")
        let standing = try await batch.state(of: SagaControl.self, on: stream).standing
        guard standing.definitionVersion != FirstNotebookRunSaga.version else { throw Job.Rejection.begunByEarlierVersion }
        do {
            try await batch.decide(SagaControl.self, .retry(reason: "the job is being cancelled", at: batch.now), on: stream)
        } catch SagaControl.Rejection.nothingToRetry, SagaControl.Rejection.notStarted, SagaControl.Rejection.finished {
            return
        }
    }
}
