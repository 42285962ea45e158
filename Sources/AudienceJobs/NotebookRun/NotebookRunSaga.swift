package import HindsightCore

/// Runs a template's notebook for one job, a paragraph at a time, and takes its file in.
///
/// Clone → permissions → parameters → each enabled paragraph → check of the file → sweep → approval → offer → notice. Before anything is
/// sent the intent is in the log; what became of an unclear answer is looked up, never guessed. A pass whose session died begins again at
/// the first paragraph, because the variables of the paragraphs before died with it.
///
/// A job that is cancelled comes to the end of what is under way, which the adapter stops, and goes no further. One that failed keeps its
/// saga open for as long as it may be retried: a retry is a new round of the same saga and not another saga, since it goes on with the same
/// clone, with what is known of its paragraphs, and with keys that no round has used before; one stream tells the whole story.
package enum NotebookRunSaga: Saga {
    package typealias Event = JobEvent

    package enum Command: Sendable {
        case job(Job.Command, JobID)
        case offer(Offer.Command, OfferID)
    }

    package static let name = "notebook-run"
    package static let version = 2
    /// Passes that a job may lose while the notebook is well: more of them won't help.
    static let passesInContact = 3
    /// Passes in all, restarts of the notebook included.
    static let passes = 50
    /// How long a job that failed may be retried: its clone is kept for longer, but who comes later had better start anew.
    static let retryTime = Duration.hours(30 * 24)
    /// Ends the saga of a job that nobody retried; an hour later than retries end, so that clocks which differ cost nobody a retry.
    static let retryTimer = "retry-time"

    package static func instances(for event: JobEvent, in stream: StreamName) -> [String] { [event.job.description] }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .job(let command, let job): try await decisions.decide(Job.self, command, on: job.stream)
        case .offer(let command, let offer): try await decisions.decide(Offer.self, command, on: offer.stream)
        }
    }

    /// For how long a notebook that is away is waited for: a weekend, and the morning after it.
    static let patience = Duration.hours(72)
    private static let firstLooks: [Duration] = [.seconds(1), .seconds(2), .seconds(5), .seconds(15), .seconds(60)]
    /// Every five minutes for an hour, then four times an hour, to the end of ``patience``.
    private static let looks = firstLooks + Array(repeating: .seconds(300), count: 12) + Array(repeating: .seconds(900), count: 71 * 4)

    package static func policy(for kind: String) -> EffectPolicy {
        switch RunEffect(rawValue: kind) {
        // Longer than a paragraph may be pending and running together: the adapter's own limits come first.
        case .runParagraph: EffectPolicy(maximumAttempts: 10, timeLimit: .hours(4), patience: patience, lookUpWaits: looks)
        // What it leaves is in nobody's way, so it keeps no job waiting for long.
        case .sweepDuplicates:
            EffectPolicy(maximumAttempts: 5, timeLimit: .seconds(60), lookUpWaits: firstLooks, whenExhausted: .reject)
        case .cloneNote, .setPermissions, .insertParameters, .checkArtifact, nil:
            EffectPolicy(maximumAttempts: 10, timeLimit: .seconds(120), patience: patience, lookUpWaits: looks)
        }
    }

    package static func awaits(in state: State) -> String? {
        switch state.wait {
        case .turn: "the job's turn in the notebook's session"
        case .approval: "a manager's approval"
        case nil: nil
        }
    }

    package static func react(to input: SagaInput<JobEvent>, in state: State) -> [Reaction<Command>] {
        NotebookRun.react(to: input, in: state, by: .second)
    }

    package static func reactions(toRefusalOf command: Command, _ refusal: any Error, in state: State) -> [Reaction<Command>]? {
        NotebookRun.reactions(toRefusalOf: command, refusal, in: state)
    }
}

/// The notebook run as it was at first: without cancel, retry, approval and preview, and with a sweep inside of the last paragraph.
///
/// It begins nothing any more. What it has begun it brings to its end.
package enum FirstNotebookRunSaga: Saga {
    package typealias Event = JobEvent
    package typealias Command = NotebookRunSaga.Command
    package typealias State = NotebookRunSaga.State

    package static let name = NotebookRunSaga.name
    package static let version = 1

    package static func initialState(of instance: String) -> State { NotebookRunSaga.initialState(of: instance) }

    package static func instances(for event: JobEvent, in stream: StreamName) -> [String] {
        NotebookRunSaga.instances(for: event, in: stream)
    }

    package static func evolve(_ state: inout State, with input: SagaInput<JobEvent>) {
        // It never learned of them: what was decided after one is decided again as then.
        if case .skippedInput = input { return }
        NotebookRunSaga.evolve(&state, with: input)
    }

    package static func react(to input: SagaInput<JobEvent>, in state: State) -> [Reaction<Command>] {
        if case .skippedInput = input { return [] }
        return NotebookRun.react(to: input, in: state, by: .first)
    }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        try await NotebookRunSaga.dispatch(command, to: decisions)
    }

    package static func policy(for kind: String) -> EffectPolicy { NotebookRunSaga.policy(for: kind) }
}
