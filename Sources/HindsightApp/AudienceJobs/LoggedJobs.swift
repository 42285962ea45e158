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
    private let shown = ShownProgress()

    init(log: any EventLog, clock: any WallClock, identities: any IdentitySource, progressAfter: Duration) {
        self.log = log
        self.clock = clock
        self.identities = identities
        self.progressAfter = progressAfter
    }

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

    /// Records whole tenths alone: whoever follows a job wants to see that it moves, and the log is no place for more.
    func note(_ progress: ZeppelinPerformer.Progress, pass: Int) async {
        guard progress.status == "RUNNING", progress.runningTime >= progressAfter, let job = JobID(progress.job),
            await shown.isNew(progress.percent / 10, of: "\(job)/\(pass)/\(progress.step)", job)
        else { return }
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

/// The tenth that was recorded last, job by job.
private actor ShownProgress {
    private var tenths: [JobID: (run: String, tenth: Int)] = [:]

    func isNew(_ tenth: Int, of run: String, _ job: JobID) -> Bool {
        if let known = tenths[job], known.run == run, known.tenth >= tenth { return false }
        tenths[job] = (run, tenth)
        return true
    }
}
