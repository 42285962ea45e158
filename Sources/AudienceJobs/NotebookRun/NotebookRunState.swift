package import HindsightCore

extension NotebookRunSaga {
    /// What the saga knows of its job.
    package struct State: Sendable, Equatable {
        var request: JobRequested?
        var notePath = ""
        var noteId = ""
        /// The template's paragraphs in the clone, in order; with the parameters' one once it stands.
        var paragraphs: [NoteParagraph] = []
        /// As last seen.
        var states: [String: ParagraphState] = [:]
        var pass = 1
        var step = 0
        /// In this pass: the session may have died without a trace.
        var contactWasLost = false
        var passesLost = 0
        /// Those lost while the notebook answered all the time: the paragraphs themselves may be the reason.
        var passesLostInContact = 0
        var reported: ReportedArtifact?
        /// 1, 2, 3…: a new one begins when the job is resumed.
        var round = 1
        var latestPass = 0
        /// What a preview counted.
        var counted: Int?
        /// Checked and taken in.
        var artifact: ArtifactAccepted?
        /// Audiences with more rows wait for an approval.
        var approvalRows: Int?
        var cancellation: JobCancelRequested?
        /// What went wrong in this pass.
        var failure: Failure?
        var wait: Wait?
        /// Nothing more is to be done at the notebook in this round.
        var isSwept = false
        /// Nothing can be cancelled any more.
        var end: End?
        /// Set by an answer that this definition can't read.
        var unreadable: String?

        struct Failure: Sendable, Equatable {
            var cause: FailureCause
            var paragraph: String?
        }

        enum End: Sendable, Equatable {
            /// It may be retried.
            case failed(JobFailed)
            case other(JobStatus)
        }

        /// For what somebody else has to do first.
        enum Wait: Sendable, Equatable {
            case turn, approval
        }

        var isOver: Bool { end != nil }
        var isCancelling: Bool { cancellation != nil }
        /// Whether the job is at work and yet nothing is under way: it stands at what a person has to look at.
        var standsStill: Bool { !isOver && wait == nil && (isSwept || unreadable != nil) }
        /// Of one pass, in order.
        var steps: [NoteParagraph] { paragraphs.runs(upTo: request?.preview?.paragraphId) }
        /// Of the paragraph with the parameters: right after the one with the defaults.
        var parametersIndex: Int { (paragraphs.firstIndex { $0.id == request?.variablesParagraph } ?? -1) + 1 }
        var parametersTitle: String { "job:\(request?.job.description ?? ""):params:\((request?.parametersDigest ?? "").prefix(16))" }
    }

    package static func initialState(of instance: String) -> State { State() }

    package static func evolve(_ state: inout State, with input: SagaInput<JobEvent>) {
        switch input {
        case .event(let event, _): state.learn(event)
        case .succeeded(let effect, let result, _):
            state.learn { try $0.learn(RunEffect(rawValue: effect.kind), result) }
        case .rejected(let effect, _, let result, _):
            state.learn { try $0.learn(refusalOf: RunEffect(rawValue: effect.kind), result) }
        case .indeterminate(let effect, _, _):
            if effect.kind == RunEffect.runParagraph.rawValue { state.contactWasLost = true }
        case .skipped(let effect, _, _):
            if effect.kind == RunEffect.sweepDuplicates.rawValue {
                state.isSwept = true
            } else {
                state.failure = State.Failure(cause: .stepSkipped)
            }
        case .skippedInput(let input, _, _): if input.carriesTheRun { state.goOnWithoutReactions() }
        case .fired, .signal, .cancelRequested, .compensated: break
        }
    }
}

extension SagaInput<JobEvent> {
    /// Whether the run stands still until something follows from it; all else comes in beside what is under way.
    var carriesTheRun: Bool {
        switch self {
        case .event(.started, _), .event(.resumed, _), .event(.approved, _), .succeeded, .rejected, .skipped: true
        case .skippedInput(let input, _, _): input.carriesTheRun
        case .event, .indeterminate, .fired, .signal, .cancelRequested, .compensated: false
        }
    }
}

extension NotebookRunSaga.State {
    /// An operator left out what the run stood at, so it can't come to a good end; unless its end is recorded, or somebody else's turn is
    /// next.
    fileprivate mutating func goOnWithoutReactions() {
        unreadable = nil
        if !isOver, wait == nil { failure = failure ?? Failure(cause: .stepSkipped) }
    }

    fileprivate mutating func learn(_ event: JobEvent) {
        switch event {
        case .requested(let requested): request = requested
        case .started(let started): (notePath, approvalRows) = (started.notePath, started.approvalRows)
        case .noteCloned(let cloned):
            // Another clone than before has paragraphs that nobody has run.
            if cloned.noteId != noteId { states = [:] }
            (noteId, paragraphs) = (cloned.noteId, cloned.paragraphs)
        case .parametersInserted(let inserted):
            paragraphs.insert(NoteParagraph(id: inserted.paragraphId, title: inserted.title, runs: true), at: inserted.index)
        case .paragraphRequested(let requested):
            (pass, step, latestPass) = (requested.pass, requested.step, requested.pass)
            failure = nil
        case .cancelRequested(let requested): cancellation = requested
        case .resumed(let resumed):
            round += 1
            (passesLost, passesLostInContact, contactWasLost) = (0, 0, false)
            (failure, wait, isSwept) = (nil, nil, false)
            // What the paragraphs before have reported still counts where they don't run again.
            if resumed.from != .failedParagraph { (reported, counted) = (nil, nil) }
        case .retried: (wait, end) = (.turn, nil)
        case .turnLost: wait = .turn
        case .artifactAccepted(let accepted): artifact = accepted
        case .approvalRequested: wait = .approval
        case .approved: wait = nil
        case .failed(let failed): (wait, end) = (nil, .failed(failed))
        case .finished: (wait, end) = (nil, .other(.finished))
        case .cancelled: (wait, end) = (nil, .other(.cancelled))
        case .rejected: (wait, end) = (nil, .other(.rejected))
        case .sessionLost(let lost):
            passesLost += 1
            if !contactWasLost, lost.cause != .paragraphAborted { passesLostInContact += 1 }
            contactWasLost = false
            reported = nil
        case .permissionsSet, .paragraphFinished, .paragraphFailed, .artifactRefused, .attached, .noticePosted, .noticeDelivered,
            .noticeUndeliverable, .paragraphProgressed, .previewCounted:
            break
        }
    }

    fileprivate mutating func learn(_ effect: RunEffect?, _ result: JSONValue) throws {
        switch effect {
        case .insertParameters: remember(try ParametersResult(result).states)
        case .runParagraph: learn(try RunResult(result))
        case .cloneNote: _ = try CloneResult(result)
        case .setPermissions: _ = try PermissionsResult(result)
        case .checkArtifact: _ = try CheckResult(result)
        case .sweepDuplicates: isSwept = true
        case nil: break
        }
    }

    fileprivate mutating func learn(refusalOf effect: RunEffect?, _ result: JSONValue) throws {
        switch effect {
        case .runParagraph:
            let run = try RunResult(result)
            learn(run)
            failure = Failure(cause: run.cause ?? .paragraphError, paragraph: steps.indices.contains(step) ? steps[step].title : nil)
        case .cloneNote, .setPermissions, .insertParameters, .checkArtifact: failure = Failure(cause: try Refusal(result).cause)
        case .sweepDuplicates: isSwept = true
        case nil: break
        }
    }

    fileprivate mutating func learn(_ result: RunResult) {
        remember(result.states)
        contactWasLost = contactWasLost || result.contactWasLost
        reported = result.reported ?? reported
        counted = result.counted ?? counted
    }

    private mutating func remember(_ seen: [ParagraphState]) {
        for paragraph in seen { states[paragraph.id] = paragraph }
    }

    fileprivate mutating func learn(_ body: (inout Self) throws -> Void) {
        do {
            try body(&self)
        } catch {
            unreadable = "\(error)"
        }
    }
}
