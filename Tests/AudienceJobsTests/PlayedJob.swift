import AudienceJobs
import HindsightCore
import Testing

/// One job and its saga, without a log: what the saga wants of the job is decided by the job, and what was decided comes back to the saga.
struct PlayedJob<S: Saga> where S.Event == JobEvent, S.Command == NotebookRunSaga.Command {
    private(set) var job = Job.initialState
    private var offer = Offer.initialState
    private var state = S.initialState(of: Facts.job.description)
    private(set) var events: [JobEvent] = []
    private(set) var effects: [Effect] = []
    private(set) var timers: [String] = []
    private(set) var outcome: String?
    private(set) var parked: String?

    /// The effect that is under way.
    var effect: String? { effects.last?.kind }
    var keys: [String] { effects.map { String($0.key.dropFirst(Facts.job.description.count + 1)) } }
    var awaits: String? { S.awaits(in: state) }
    var kinds: [String] { events.map { String(type(of: $0.payload).type.description.dropFirst("audience-jobs.".count)) } }

    mutating func decide(_ command: Job.Command) throws {
        for event in try Job.decide(command, given: job) { learn(event) }
        try settle()
    }

    mutating func act(_ act: Job.Act) throws { try decide(.act(act)) }

    mutating func succeed(_ content: some EffectContent) throws { try answer { .succeeded($0, result: content.json, at: Facts.now) } }

    mutating func refuse(_ content: some EffectContent) throws {
        try answer { .rejected($0, reason: "", result: content.json, at: Facts.now) }
    }

    /// The sweep ends well, and before anything follows from that somebody acts.
    mutating func sweep(thenBefore act: Job.Act) throws {
        let reference = try #require(effects.last).reference
        let input = SagaInput<JobEvent>.succeeded(reference, result: [:], at: Facts.now)
        S.evolve(&state, with: input)
        pending.append((input, S.react(to: input, in: state)))
        try self.act(act)
    }

    /// A person says what became of what is under way.
    mutating func resolve(_ outcome: SagaResolved.Outcome, _ given: JSONValue = [:]) throws {
        let effect = try #require(effects.last)
        let intent = EffectIntent(
            saga: S.name, instance: Facts.job.description, kind: effect.kind, key: effect.key, attempt: 1, request: effect.request,
            deadline: Facts.now)
        let result = try S.result(of: intent, resolvedAs: outcome, given: given, reason: "seen there")
        try answer {
            switch outcome {
            case .succeeded: .succeeded($0, result: result, at: Facts.now)
            case .rejected: .rejected($0, reason: "seen there", result: result, at: Facts.now)
            }
        }
    }

    mutating func skip() throws { try answer { .skipped($0, reason: "", at: Facts.now) } }

    /// The saga sees the act, and nothing follows yet: nobody works, or it is parked.
    mutating func actUnhandled(_ act: Job.Act) throws { for event in try Job.decide(.act(act), given: job) { learn(event) } }

    mutating func retryParked() throws {
        parked = nil
        try settle()
    }

    /// An operator leaves out what the saga is parked over.
    mutating func skipParked() throws {
        parked = nil
        try see(.skippedInput(pending.removeFirst().input, reason: "nobody can read it", at: Facts.now))
    }

    /// What another job has done to the offer.
    mutating func happen(_ event: OfferEvent) { Offer.evolve(&offer, with: event) }

    mutating func see(_ input: SagaInput<JobEvent>) throws {
        S.evolve(&state, with: input)
        pending.append((input, S.react(to: input, in: state)))
        try settle()
    }

    private mutating func answer(_ input: (EffectReference) -> SagaInput<JobEvent>) throws {
        try see(input(try #require(effects.last).reference))
    }

    // MARK: - The engine's part

    /// Those to one input after the other.
    private var pending: [(input: SagaInput<JobEvent>, reactions: [Reaction<NotebookRunSaga.Command>])] = []

    private mutating func dispatch(_ command: NotebookRunSaga.Command) throws {
        switch command {
        case .job(let command, _): for event in try Job.decide(command, given: job) { learn(event) }
        case .offer(let command, _): for event in try Offer.decide(command, given: offer) { Offer.evolve(&offer, with: event) }
        }
    }

    /// - Returns: What follows in place of the reactions that were to come.
    private mutating func carryOut(_ command: NotebookRunSaga.Command) throws -> [Reaction<NotebookRunSaga.Command>]? {
        do {
            try dispatch(command)
        } catch Job.Rejection.needsOperator(let reason) {
            if let instead = S.reactions(toRefusalOf: command, Job.Rejection.needsOperator(reason: reason), in: state) { return instead }
            parked = reason
        } catch Job.Rejection.needsReason {
            parked = "\(Job.Rejection.needsReason)"
        } catch {
            guard let instead = S.reactions(toRefusalOf: command, error, in: state) else { throw error }
            return instead
        }
        return nil
    }

    private mutating func learn(_ event: JobEvent) {
        Job.evolve(&job, with: event)
        events.append(event)
        let input = SagaInput<JobEvent>.event(event, stream: Facts.job.stream)
        S.evolve(&state, with: input)
        if outcome == nil { pending.append((input, S.react(to: input, in: state))) }
    }

    private mutating func settle() throws {
        while parked == nil, outcome == nil, let next = pending.first {
            pending.removeFirst()
            try carryOut(next.reactions)
            // It stands at this input until somebody retries or skips it.
            if parked != nil { pending.insert(next, at: 0) }
        }
    }

    private mutating func carryOut(_ reactions: [Reaction<NotebookRunSaga.Command>]) throws {
        var reactions = reactions[...]
        while parked == nil, outcome == nil, let reaction = reactions.popFirst() {
            switch reaction {
            case .command(let command): if let instead = try carryOut(command) { reactions = instead[...] }
            case .perform(let effect): effects.append(effect)
            case .schedule(let timer, _): timers.append(timer)
            case .cancelTimer(let timer): timers.removeAll { $0 == timer }
            case .finish(let outcome): self.outcome = outcome
            case .park(let reason): parked = reason
            case .compensate, .withdraw: Issue.record("a job undoes nothing")
            }
        }
    }
}

extension PlayedJob {
    /// Stages that a job comes through.
    enum Stage: Int, CaseIterable {
        case cloning, permissions, parameters, first, second, third, checking, sweeping

        var effect: String {
            switch self {
            case .cloning: "clone-note"
            case .permissions: "set-permissions"
            case .parameters: "insert-parameters"
            case .first, .second, .third: "run-paragraph"
            case .checking: "check-artifact"
            case .sweeping: "sweep-duplicates"
            }
        }
    }

    /// A job whose effect of this stage is under way.
    init(at stage: Stage, approvalRows: Int? = nil, form: JSONValue = Facts.form) async throws {
        try decide(.request(try await Facts.request(form)))
        try decide(.start(JobStarted(job: Facts.job, notePath: "/x", session: "python", approvalRows: approvalRows, at: Facts.now)))
        for next in Stage.allCases.prefix(stage.rawValue) { try go(on: next) }
    }

    /// What is under way ends well.
    mutating func go(on stage: Stage) throws {
        switch stage {
        case .cloning: try succeed(CloneResult(noteId: "2CLONE", paragraphs: Facts.note.paragraphs.map(\.step)))
        case .permissions:
            try succeed(PermissionsResult(permissions: .init(owners: ["svc"], readers: ["svc"], runners: ["svc"], writers: ["svc"])))
        case .parameters: try succeed(ParametersResult(paragraphId: "px", states: []))
        case .first, .second, .third: try succeed(Facts.run("FINISHED"))
        case .checking: try succeed(CheckResult(rows: 500, bytes: 9_000, sha256: "00"))
        case .sweeping: try succeed(Nothing())
        }
    }

    mutating func sweep() throws { try go(on: .sweeping) }
}

private struct Nothing: EffectContent {}

/// An answer that nobody can read.
struct Nonsense: EffectContent { var nothing = 1 }

extension Facts {
    static func run(
        _ status: String, cause: FailureCause? = nil, contactWasLost: Bool = false, counted: Int? = nil
    ) -> RunResult {
        RunResult(
            status: status, started: "later", finished: "later", durationMilliseconds: 5, contactWasLost: contactWasLost, cause: cause,
            error: nil, reported: nil, counted: counted, states: [])
    }
}
