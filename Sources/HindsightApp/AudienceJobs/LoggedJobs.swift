import AudienceJobs
import HindsightCore
import HindsightRuntime
import ZeppelinAdapter

/// What the log says of jobs while they run, and how what is seen of them comes into it.
struct LoggedJobs: JobFacts {
    let log: any EventLog
    let clock: any WallClock
    let identities: any IdentitySource
    /// What has run for less shows no progress: it is over before anybody looks.
    let progressAfter: Duration

    func parameters(of job: JobID) async throws -> JSONValue {
        for try await recorded in log.events(EventSelection(EventFilter(stream: job.stream), limit: 1)) {
            if case .requested(let requested)? = try JobEvent.codec.decode(recorded) { return requested.parameters }
        }
        throw AudienceError.unknownJob(job)
    }

    func isCancelled(_ job: JobID) async throws -> Bool {
        try await !log.read(EventSelection(EventFilter(stream: job.stream, types: [JobCancelRequested.type]), limit: 1)).isEmpty
    }

    func user(of session: String) async throws -> JobID? {
        let selection = EventSelection(query: InterpreterSession.uses(of: session), direction: .backwards, limit: 1)
        return try await log.read(selection).first.flatMap { JobID(of: $0.stream) }
    }

    func note(_ progress: ZeppelinPerformer.Progress, pass: Int) async {
        guard progress.status == "RUNNING", progress.runningTime >= progressAfter, let job = JobID(progress.job) else { return }
        let progressed = ParagraphProgressed(
            job: job, pass: pass, step: progress.step, paragraphId: progress.paragraphId, percent: progress.percent, at: clock.now())
        do {
            try await CommandHandler(log: log, clock: clock, identities: identities)
                .handle(Job.self, .act(.recordProgress(progressed)), on: job.stream)
        } catch {
            // Without it the job runs as well; a log that takes nothing more is reported by whoever records the paragraph's end.
            return
        }
    }
}
