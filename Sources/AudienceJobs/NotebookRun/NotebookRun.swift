import HindsightCore

/// What follows from what, for one job at one moment: what all definitions of the saga share, and where they differ.
struct NotebookRun {
    typealias Reactions = [Reaction<NotebookRunSaga.Command>]

    enum Definition {
        case first, second
    }

    let definition: Definition
    let request: JobRequested
    let state: NotebookRunSaga.State

    var job: JobID { request.job }

    static func react(to input: SagaInput<JobEvent>, in state: NotebookRunSaga.State, by definition: Definition) -> Reactions {
        guard let request = state.request else { return [] }
        let run = NotebookRun(definition: definition, request: request, state: state)
        if let unreadable = state.unreadable, !run.isAboutCancel(input) {
            return [run.standStill("an answer of the notebook can't be read: \(unreadable)")]
        }
        switch input {
        case .event(.started, _):
            return [run.clone()]
        case .event(let event, _):
            return definition == .first ? [] : run.reactions(to: event)
        case .succeeded(let effect, let result, let now):
            do {
                return try run.reactions(to: RunEffect(rawValue: effect.kind), result, at: now)
            } catch {
                return [.park(reason: "the result of \(effect.kind) can't be read")]
            }
        case .rejected(let effect, _, let result, let now):
            do {
                return try run.reactions(toRefusalOf: RunEffect(rawValue: effect.kind), result, at: now)
            } catch {
                return [.park(reason: "the refusal of \(effect.kind) can't be read")]
            }
        case .cancelRequested(let reason, let now):
            return definition == .first ? [] : run.cancelled(byOperator: reason, at: now)
        case .skipped(let effect, _, let now):
            return definition == .first ? [] : run.skipped(RunEffect(rawValue: effect.kind), at: now)
        case .skippedInput(let input, _, let now):
            return run.skipped(input, at: now)
        case .fired(timer: NotebookRunSaga.retryTimer, _, _):
            return [.finish(outcome: JobStatus.failed.rawValue)]
        // The engine looks an unclear outcome up by itself.
        case .indeterminate, .fired, .signal, .compensated:
            return []
        }
    }

    func clone() -> Reaction<NotebookRunSaga.Command> {
        let content = CloneRequest(
            templateNoteId: request.templateNoteId, templateDigest: request.templateDigest, notePath: state.notePath)
        return .perform(effect(.cloneNote, inRound("clone"), content))
    }

    func reactions(to kind: RunEffect?, _ result: JSONValue, at now: Timestamp) throws -> Reactions {
        switch kind {
        case .cloneNote: afterClone(try CloneResult(result), at: now)
        case .setPermissions: afterPermissions(try PermissionsResult(result), at: now)
        case .insertParameters: afterParameters(try ParametersResult(result), at: now)
        case .runParagraph: afterParagraph(try RunResult(result), at: now)
        case .checkArtifact: afterCheck(try CheckResult(result), at: now)
        case .sweepDuplicates: conclude(at: now)
        case nil: []
        }
    }

    func reactions(toRefusalOf kind: RunEffect?, _ result: JSONValue, at now: Timestamp) throws -> Reactions {
        switch kind {
        case .cloneNote, .setPermissions, .insertParameters:
            // The first definition ends at once; the second knows its failure from the refusal.
            return definition == .first ? fail(try Refusal(result).cause, at: now) : wrapUp(at: now)
        case .runParagraph: return afterFailure(try RunResult(result), at: now)
        case .checkArtifact:
            let cause = try Refusal(result).cause
            let refused = ArtifactRefused(job: job, path: request.artifact.path, cause: cause, at: now)
            return [record(.refuseArtifact(refused))] + (definition == .first ? fail(cause, at: now) : wrapUp(at: now))
        case .sweepDuplicates: return conclude(at: now)
        case nil: return []
        }
    }

    // MARK: - Steps forward

    private func afterClone(_ result: CloneResult, at now: Timestamp) -> Reactions {
        let cloned = NoteCloned(job: job, noteId: result.noteId, notePath: state.notePath, paragraphs: result.paragraphs, at: now)
        return [record(.recordClone(cloned))] + unlessCancelled(result.noteId, at: now) { [setPermissions(of: result.noteId)] }
    }

    func setPermissions(of noteId: String) -> Reaction<NotebookRunSaga.Command> {
        .perform(effect(.setPermissions, inRound("permissions"), PermissionsRequest(noteId: noteId)))
    }

    private func afterPermissions(_ result: PermissionsResult, at now: Timestamp) -> Reactions {
        [record(.recordPermissions(PermissionsSet(job: job, permissions: result.permissions, at: now)))]
            + unlessCancelled(at: now) { [insertParameters()] }
    }

    func insertParameters() -> Reaction<NotebookRunSaga.Command> {
        let content = ParametersRequest(
            job: job, noteId: state.noteId, title: state.parametersTitle, index: state.parametersIndex, interpreter: request.interpreter,
            parametersAs: request.parametersAs, outputName: request.artifact.path, digest: request.parametersDigest)
        return .perform(effect(.insertParameters, inRound("parameters"), content))
    }

    private func afterParameters(_ result: ParametersResult, at now: Timestamp) -> Reactions {
        let inserted = ParametersInserted(
            job: job, paragraphId: result.paragraphId, title: state.parametersTitle, index: state.parametersIndex, at: now)
        var paragraphs = state.paragraphs
        paragraphs.insert(NoteParagraph(id: result.paragraphId, title: inserted.title, runs: true), at: inserted.index)
        return [record(.recordParameters(inserted))]
            + unlessCancelled(at: now) {
                start(step: 0, pass: state.latestPass + 1, of: paragraphs.runs(upTo: request.preview?.paragraphId), at: now)
            }
    }

    private func afterParagraph(_ result: RunResult, at now: Timestamp) -> Reactions {
        let paragraph = state.steps[state.step]
        let finished = ParagraphFinished(
            job: job, pass: state.pass, step: state.step, paragraphId: paragraph.id, title: paragraph.title, startedText: result.started,
            finishedText: result.finished, durationMilliseconds: result.durationMilliseconds,
            template: definition == .first ? nil : request.template, at: now)
        return [record(.recordFinish(of: finished))] + unlessCancelled(at: now) { next(at: now) }
    }

    private func next(at now: Timestamp) -> Reactions {
        let next = state.step + 1
        if next < state.steps.count { return start(step: next, pass: state.pass, of: state.steps, at: now) }
        if request.preview != nil { return wrapUp(at: now) }
        let check = CheckRequest(job: job, artifact: request.artifact, reported: state.reported)
        return [.perform(effect(.checkArtifact, "artifact/\(state.pass)", check))]
    }

    func start(step: Int, pass: Int, of steps: [NoteParagraph], at now: Timestamp) -> Reactions {
        let paragraph = steps[step]
        let requested = ParagraphRequested(job: job, pass: pass, step: step, paragraphId: paragraph.id, title: paragraph.title, at: now)
        let before = state.states[paragraph.id] ?? ParagraphState(id: paragraph.id, status: "READY", started: nil)
        let content = RunRequest(
            noteId: state.noteId, title: paragraph.title, step: step, steps: steps.count, before: before,
            resultWord: request.preview == nil ? request.artifact.result : nil,
            countWord: paragraph.id == request.preview?.paragraphId ? request.preview?.result : nil,
            pass: definition == .first ? nil : pass,
            session: definition == .first ? nil : InterpreterSession.setting(of: request.interpreter), form: form(of: paragraph))
        return [record(.requestParagraph(requested)), .perform(effect(.runParagraph, "run/\(pass)/\(step)", content))]
    }

    /// What a paragraph's dynamic form is filled with, each time that it runs.
    private func form(of paragraph: NoteParagraph) -> FormRequest? {
        guard request.parametersAs == .forms, paragraph.title == state.parametersTitle else { return nil }
        return FormRequest(job: job, outputName: request.artifact.path, digest: request.parametersDigest)
    }

    private func afterCheck(_ result: CheckResult, at now: Timestamp) -> Reactions {
        let accepted = ArtifactAccepted(
            job: job, path: request.artifact.path, rows: result.rows, bytes: result.bytes, sha256: result.sha256, at: now)
        return [record(.acceptArtifact(accepted))] + (definition == .first ? deliver(accepted, at: now) : wrapUp(at: now))
    }

    // MARK: - When something went wrong

    private func afterFailure(_ result: RunResult, at now: Timestamp) -> Reactions {
        let paragraph = state.steps[state.step]
        let cause = result.cause ?? .paragraphError
        if definition != .first, cause == .sessionTaken, !state.isCancelling {
            return [record(.act(.loseTurn(TurnLost(job: job, pass: state.pass, at: now))))]
        }
        let failed = ParagraphFailed(
            job: job, pass: state.pass, step: state.step, paragraphId: paragraph.id, title: paragraph.title, status: result.status,
            cause: cause, error: result.error, durationMilliseconds: result.durationMilliseconds,
            sessionLives: definition == .first ? nil : sessionOutlived(result), at: now)
        let recorded: Reactions = [record(.recordFailure(of: failed))]
        guard !state.isCancelling, isSessionLost(cause, hasStarted: result.started != nil), mayTryAgain(after: cause) else {
            return recorded + (definition == .first ? fail(cause, paragraph: paragraph.title, at: now) : wrapUp(at: now))
        }
        let lost = SessionLost(job: job, pass: state.pass, cause: cause, at: now)
        return recorded + [record(.recordLostSession(lost))] + start(step: 0, pass: state.pass + 1, of: state.steps, at: now)
    }

    /// An error after a gap in contact counts as well: the session may have been replaced by an empty one meanwhile. What never started,
    /// for want of its interpreter, would not start in a new session either.
    private func isSessionLost(_ cause: FailureCause, hasStarted: Bool) -> Bool {
        switch cause {
        case .paragraphAborted, .interpreterDied: true
        case .namesLost: state.step > 0
        case .paragraphError: state.step > 0 && state.contactWasLost && hasStarted
        default: false
        }
    }

    private func sessionOutlived(_ result: RunResult) -> Bool {
        result.cause == .paragraphError && result.status == "ERROR" && !state.contactWasLost
    }

    private func mayTryAgain(after cause: FailureCause) -> Bool {
        let isFromOutside = state.contactWasLost || cause == .paragraphAborted
        return state.passesLost + 1 < NotebookRunSaga.passes
            && (isFromOutside || state.passesLostInContact + 1 < NotebookRunSaga.passesInContact)
    }

    // MARK: - Forms of reactions

    /// One notice for each recipient that the form names; those of later rounds have names of their own.
    func notify(_ status: JobStatus, _ notice: Notice, at now: Timestamp) -> Reactions {
        let name = state.round > 1 ? "\(status.rawValue)-\(state.round)" : status.rawValue
        return request.notices(of: name, status, notice, at: now).flatMap { posted in
            let posting: Reactions = [record(.post(posted))]
            // The first definition did not say so.
            guard posted.isInInbox, definition != .first else { return posting }
            return posting + [record(.recordDelivery(posted.delivered))]
        }
    }

    func record(_ command: Job.Command) -> Reaction<NotebookRunSaga.Command> { .command(.job(command, job)) }

    /// The key is the job and the step, so that a step is one effect however often it is tried.
    func effect(_ kind: RunEffect, _ step: String, _ content: some EffectContent) -> Effect {
        Effect(kind.rawValue, key: "\(job)/\(step)", request: content.json)
    }

    /// A step that each round may take once.
    func inRound(_ step: String) -> String { state.round > 1 ? "\(step)/\(state.round)" : step }
}
