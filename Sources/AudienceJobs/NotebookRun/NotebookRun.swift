import HindsightCore

/// What follows from what, for one job at one moment.
struct NotebookRun {
    typealias Reactions = [Reaction<NotebookRunSaga.Command>]

    let request: JobRequested
    let state: NotebookRunSaga.State

    private var job: JobID { request.job }

    func clone() -> Reaction<NotebookRunSaga.Command> {
        let content = CloneRequest(
            templateNoteId: request.templateNoteId, templateDigest: request.templateDigest, notePath: state.notePath)
        return .perform(effect(.cloneNote, "clone", content))
    }

    func reactions(to kind: RunEffect?, _ result: JSONValue, at now: Timestamp) throws -> Reactions {
        switch kind {
        case .cloneNote: afterClone(try CloneResult(result), at: now)
        case .setPermissions: afterPermissions(try PermissionsResult(result), at: now)
        case .insertParameters: afterParameters(try ParametersResult(result), at: now)
        case .runParagraph: afterParagraph(try RunResult(result), at: now)
        case .checkArtifact: afterCheck(try CheckResult(result), at: now)
        case nil: []
        }
    }

    func reactions(toRefusalOf kind: RunEffect?, _ result: JSONValue, at now: Timestamp) throws -> Reactions {
        switch kind {
        case .cloneNote, .setPermissions, .insertParameters: return fail(try Refusal(result).cause, at: now)
        case .runParagraph: return afterFailure(try RunResult(result), at: now)
        case .checkArtifact:
            let cause = try Refusal(result).cause
            let refused = ArtifactRefused(job: job, path: request.artifact.path, cause: cause, at: now)
            return [record(.refuseArtifact(refused))] + fail(cause, at: now)
        case nil: return []
        }
    }

    // MARK: - Steps forward

    private func afterClone(_ result: CloneResult, at now: Timestamp) -> Reactions {
        let cloned = NoteCloned(job: job, noteId: result.noteId, notePath: state.notePath, paragraphs: result.paragraphs, at: now)
        return [
            record(.recordClone(cloned)), .perform(effect(.setPermissions, "permissions", PermissionsRequest(noteId: result.noteId))),
        ]
    }

    private func afterPermissions(_ result: PermissionsResult, at now: Timestamp) -> Reactions {
        let content = ParametersRequest(
            job: job, noteId: state.noteId, title: state.parametersTitle, index: state.parametersIndex, interpreter: request.interpreter,
            parametersAs: request.parametersAs, outputName: request.artifact.path, digest: request.parametersDigest)
        return [
            record(.recordPermissions(PermissionsSet(job: job, permissions: result.permissions, at: now))),
            .perform(effect(.insertParameters, "parameters", content)),
        ]
    }

    private func afterParameters(_ result: ParametersResult, at now: Timestamp) -> Reactions {
        let inserted = ParametersInserted(
            job: job, paragraphId: result.paragraphId, title: state.parametersTitle, index: state.parametersIndex, at: now)
        var paragraphs = state.paragraphs
        paragraphs.insert(NoteParagraph(id: result.paragraphId, title: inserted.title, runs: true), at: inserted.index)
        return [record(.recordParameters(inserted))] + start(step: 0, pass: 1, of: paragraphs.filter(\.runs), at: now)
    }

    private func afterParagraph(_ result: RunResult, at now: Timestamp) -> Reactions {
        let paragraph = state.steps[state.step]
        let finished = ParagraphFinished(
            job: job, pass: state.pass, step: state.step, paragraphId: paragraph.id, title: paragraph.title, startedText: result.started,
            finishedText: result.finished, durationMilliseconds: result.durationMilliseconds, at: now)
        let next = state.step + 1
        if next < state.steps.count {
            return [record(.recordFinish(of: finished))] + start(step: next, pass: state.pass, of: state.steps, at: now)
        }
        let check = CheckRequest(job: job, artifact: request.artifact, reported: state.reported)
        return [record(.recordFinish(of: finished)), .perform(effect(.checkArtifact, "artifact/\(state.pass)", check))]
    }

    private func start(step: Int, pass: Int, of steps: [NoteParagraph], at now: Timestamp) -> Reactions {
        let paragraph = steps[step]
        let requested = ParagraphRequested(job: job, pass: pass, step: step, paragraphId: paragraph.id, title: paragraph.title, at: now)
        let before = state.states[paragraph.id] ?? ParagraphState(id: paragraph.id, status: "READY", started: nil)
        let content = RunRequest(
            noteId: state.noteId, title: paragraph.title, step: step, steps: steps.count, before: before,
            resultWord: request.artifact.result, form: form(of: paragraph))
        return [record(.requestParagraph(requested)), .perform(effect(.runParagraph, "run/\(pass)/\(step)", content))]
    }

    /// What a paragraph's dynamic form is filled with, each time that it runs.
    private func form(of paragraph: NoteParagraph) -> FormRequest? {
        guard request.parametersAs == .forms, paragraph.title == state.parametersTitle else { return nil }
        return FormRequest(job: job, outputName: request.artifact.path, digest: request.parametersDigest)
    }

    private func afterCheck(_ result: CheckResult, at now: Timestamp) -> Reactions {
        let path = request.artifact.path
        let accepted = ArtifactAccepted(
            job: job, path: path, rows: result.rows, bytes: result.bytes, sha256: result.sha256, at: now)
        var reactions: Reactions = [record(.acceptArtifact(accepted))]
        if request.kind == .audience, let offer = request.offer {
            let audience = Offer.Audience(
                job: job, type: request.audienceType, cashback: request.cashback, precedence: request.precedence, path: path,
                rows: result.rows, sha256: result.sha256)
            reactions += [
                .command(.offer(.declare(offer.id, title: offer.title, at: now), offer.id)),
                .command(.offer(.attach(audience, at: now), offer.id)),
                record(.recordAttachment(JobAttached(job: job, offer: offer.id, audienceType: request.audienceType, at: now))),
            ]
        }
        reactions.append(record(.finish(JobFinished(job: job, at: now))))
        let notice = Notice(finished: request, rows: result.rows)
        return reactions + notify(.finished, notice, at: now) + [.finish(outcome: JobStatus.finished.rawValue)]
    }

    // MARK: - When something went wrong

    private func afterFailure(_ result: RunResult, at now: Timestamp) -> Reactions {
        let paragraph = state.steps[state.step]
        let cause = result.cause ?? .paragraphError
        let failed = ParagraphFailed(
            job: job, pass: state.pass, step: state.step, paragraphId: paragraph.id, title: paragraph.title, status: result.status,
            cause: cause, error: result.error, durationMilliseconds: result.durationMilliseconds, at: now)
        let recorded: Reactions = [record(.recordFailure(of: failed))]
        guard isSessionLost(cause, hasStarted: result.started != nil), mayTryAgain(after: cause) else {
            return recorded + fail(cause, paragraph: paragraph.title, at: now)
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

    private func mayTryAgain(after cause: FailureCause) -> Bool {
        let isFromOutside = state.contactWasLost || cause == .paragraphAborted
        return state.passesLost + 1 < NotebookRunSaga.passes
            && (isFromOutside || state.passesLostInContact + 1 < NotebookRunSaga.passesInContact)
    }

    private func fail(_ cause: FailureCause, paragraph: String? = nil, at now: Timestamp) -> Reactions {
        let failed = JobFailed(job: job, cause: cause, reason: cause.reason(paragraph: paragraph), at: now)
        let notice = Notice(failed: request, reason: failed.reason)
        return [record(.fail(failed))] + notify(.failed, notice, at: now) + [.finish(outcome: JobStatus.failed.rawValue)]
    }

    // MARK: - Forms of reactions

    /// One notice for each recipient that the form names.
    private func notify(_ status: JobStatus, _ notice: Notice, at now: Timestamp) -> Reactions {
        request.notify.enumerated().map { index, target in
            let parts = target.split(separator: ":", maxSplits: 1).map(String.init)
            return record(
                .post(
                    NoticePosted(
                        job: job, notice: "\(job):\(status.rawValue):\(index + 1)", channel: parts[0], recipient: parts.dropFirst().first,
                        status: status, subject: notice.subject, text: notice.text, at: now)))
        }
    }

    private func record(_ command: Job.Command) -> Reaction<NotebookRunSaga.Command> { .command(.job(command, job)) }

    /// The key is the job and the step, so that a step is one effect however often it is tried.
    private func effect(_ kind: RunEffect, _ step: String, _ content: some EffectContent) -> Effect {
        Effect(kind.rawValue, key: "\(job)/\(step)", request: content.json)
    }
}
