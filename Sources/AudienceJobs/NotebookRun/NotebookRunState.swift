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
        /// Set by an answer that this definition can't read.
        var unreadable: String?

        var steps: [NoteParagraph] { paragraphs.filter(\.runs) }
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
            guard effect.kind == RunEffect.runParagraph.rawValue else { return }
            state.learn { try $0.learn(RunResult(result)) }
        case .indeterminate(let effect, _, _):
            if effect.kind == RunEffect.runParagraph.rawValue { state.contactWasLost = true }
        case .fired, .signal, .cancelRequested, .skipped, .compensated: break
        }
    }
}

extension NotebookRunSaga.State {
    fileprivate mutating func learn(_ event: JobEvent) {
        switch event {
        case .requested(let requested): request = requested
        case .started(let started): notePath = started.notePath
        case .noteCloned(let cloned): (noteId, paragraphs) = (cloned.noteId, cloned.paragraphs)
        case .parametersInserted(let inserted):
            paragraphs.insert(NoteParagraph(id: inserted.paragraphId, title: inserted.title, runs: true), at: inserted.index)
        case .paragraphRequested(let requested): (pass, step) = (requested.pass, requested.step)
        case .sessionLost(let lost):
            passesLost += 1
            if !contactWasLost, lost.cause != .paragraphAborted { passesLostInContact += 1 }
            contactWasLost = false
            reported = nil
        case .permissionsSet, .paragraphFinished, .paragraphFailed, .artifactAccepted, .artifactRefused, .attached, .finished, .failed,
            .noticePosted, .noticeDelivered, .noticeUndeliverable:
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
        case nil: break
        }
    }

    fileprivate mutating func learn(_ result: RunResult) {
        remember(result.states)
        contactWasLost = contactWasLost || result.contactWasLost
        reported = result.reported ?? reported
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
