import ArgumentParser
import AudienceJobs
import HindsightApp
import HindsightCore
import HindsightRuntime

/// The job that is meant.
struct JobArgument: ParsableArguments {
    @Argument(help: "The job's id, as `hindsight audience list` shows it.", transform: JobArgument.job) var id: JobID

    private static func job(_ text: String) throws -> JobID {
        guard let job = JobID(text) else { throw ValidationError("'\(text)' is no job: \(JobID.rule)") }
        return job
    }
}

extension AudienceCommand {
    struct Cancel: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "End a job; what runs in the notebook is stopped first.",
            discussion: "It is recorded at once. Whoever works on the log, like `hindsight serve`, carries it out.")
        @OptionGroup var job: JobArgument
        @Option(help: "Why, for whoever reads the job later.") var reason: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws { try await AudienceCommand.perform(.cancel(reason: reason), on: job.id, session) }
    }

    struct Retry: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Let a job that failed go on, from where that is safe.",
            discussion: "It waits for its turn again. Whoever works on the log, like `hindsight serve`, carries it out.")
        @OptionGroup var job: JobArgument
        @Option(help: "Why, for whoever reads the job later.") var reason: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws { try await AudienceCommand.perform(.retry(reason: reason), on: job.id, session) }
    }

    struct Approve: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Let an audience be attached that is larger than the limit.")
        @OptionGroup var job: JobArgument
        @Option(help: "Why, for whoever reads the job later.") var reason: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws { try await AudienceCommand.perform(.approve(reason: reason), on: job.id, session) }
    }

    struct Reject: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Refuse an audience that is larger than the limit.",
            discussion: "The job ends, and its file is attached to nothing; it stays in the shared directory.")
        @OptionGroup var job: JobArgument
        @Option(help: "Why, for whoever reads the job later.") var reason: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws { try await AudienceCommand.perform(.reject(reason: reason), on: job.id, session) }
    }

    private static func perform(_ act: JobDesk.Act, on id: JobID, _ session: Session) async throws {
        let application = try session.open(for: .writing)
        try await JobDesk(log: application.log, clock: application.clock)
            .perform(act, on: id, metadata: EventMetadata(actor: session.actor))
        guard let view = try await application.openAudienceBoard().view(of: id) else {
            throw AudienceError.unknownJob(id)
        }
        await application.close()
        try show(view, session)
    }
}
