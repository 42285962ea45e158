import HindsightCore

/// How a run comes to its end: swept, then approved or not, delivered, failed or cancelled.
extension NotebookRun {
    /// Goes on, unless the job is to end.
    ///
    /// - Parameter noteId: Of the clone, where the state does not know it yet.
    func unlessCancelled(_ noteId: String? = nil, at now: Timestamp, _ forward: () -> Reactions) -> Reactions {
        state.isCancelling ? wrapUp(noteId, at: now) : forward()
    }

    /// The last thing done at the notebook, whatever the end: what a slow network left behind is removed. What comes then follows from the
    /// state.
    func wrapUp(_ noteId: String? = nil, at now: Timestamp) -> Reactions {
        let noteId = noteId ?? state.noteId
        guard !noteId.isEmpty else { return conclude(at: now) }
        return [.perform(effect(.sweepDuplicates, inRound("sweep"), SweepRequest(noteId: noteId)))]
    }

    func conclude(at now: Timestamp) -> Reactions {
        if state.isCancelling { return cancel(at: now) }
        if let failure = state.failure { return fail(failure.cause, paragraph: failure.paragraph, at: now) }
        if request.preview != nil {
            guard let rows = state.counted else { return fail(.noCount, at: now) }
            return [record(.act(.recordCount(PreviewCounted(job: job, rows: rows, at: now))))]
                + finish(Notice(counted: request, rows: rows), at: now)
        }
        guard let artifact = state.artifact else { return [standStill("the run ended without a file and without a failure")] }
        if request.kind == .audience, let limit = state.approvalRows, artifact.rows > limit {
            let notice = Notice(waiting: request, rows: artifact.rows, limit: limit)
            return [record(.act(.requestApproval(ApprovalRequested(job: job, rows: artifact.rows, limit: limit, at: now))))]
                + notify(.awaitingApproval, notice, at: now)
        }
        return deliver(artifact, at: now)
    }

    /// Attaches the audience to its offer, if it has one, and ends the job.
    func deliver(_ artifact: ArtifactAccepted, at now: Timestamp) -> Reactions {
        var reactions: Reactions = definition == .first ? [] : [record(.act(.beginDelivery))]
        if request.kind == .audience, let offer = request.offer {
            let audience = Offer.Audience(
                job: job, type: request.audienceType, cashback: request.cashback, precedence: request.precedence, path: artifact.path,
                rows: artifact.rows, sha256: artifact.sha256)
            reactions += [
                .command(.offer(.declare(offer.id, title: offer.title, at: now), offer.id)),
                .command(.offer(.attach(audience, at: now), offer.id)),
                record(.recordAttachment(JobAttached(job: job, offer: offer.id, audienceType: request.audienceType, at: now))),
            ]
        }
        return reactions + finish(Notice(finished: request, rows: artifact.rows), at: now)
    }

    private func finish(_ notice: Notice, at now: Timestamp) -> Reactions {
        [record(.finish(JobFinished(job: job, at: now)))] + notify(.finished, notice, at: now)
            + [.finish(outcome: JobStatus.finished.rawValue)]
    }

    /// - Parameter detail: What a manager reads besides.
    func fail(_ cause: FailureCause, paragraph: String? = nil, detail: String? = nil, at now: Timestamp) -> Reactions {
        let failed = JobFailed(
            job: job, cause: cause, reason: [cause.reason(paragraph: paragraph), detail].compactMap(\.self).joined(separator: " "),
            retryUntil: definition == .first ? nil : now.advanced(by: NotebookRunSaga.retryTime), at: now)
        let told = [record(.fail(failed))] + notify(.failed, Notice(failed: request, reason: failed.reason), at: now)
        return told + [definition == .first ? .finish(outcome: JobStatus.failed.rawValue) : retryTime(since: now)]
    }

    /// The saga of a job that failed stays open for a retry.
    private func retryTime(since failure: Timestamp) -> Reaction<NotebookRunSaga.Command> {
        .schedule(timer: NotebookRunSaga.retryTimer, at: failure.advanced(by: NotebookRunSaga.retryTime).advanced(by: .hours(1)))
    }

    func cancel(at now: Timestamp) -> Reactions {
        guard let wish = state.cancellation else { return [.park(reason: "nobody is known to have cancelled the job")] }
        var reason = JobCancelled.words(by: wish.by, reason: wish.reason)
        let isRunningOn = state.failure?.cause == .stopIgnored
        if isRunningOn { reason += ". " + FailureCause.stopIgnored.reason(paragraph: state.failure?.paragraph) }
        let cancelled = JobCancelled(job: job, by: wish.by, reason: reason, cause: isRunningOn ? .stopIgnored : nil, at: now)
        return [record(.act(.recordCancellation(cancelled)))]
    }

    // MARK: - What people do

    /// What follows from the job's own events; most of them this saga has recorded itself.
    func reactions(to event: JobEvent) -> Reactions {
        switch event {
        case .cancelled(let cancelled):
            let notice = Notice(cancelled: request, reason: cancelled.reason)
            return notify(.cancelled, notice, at: cancelled.at) + [.finish(outcome: JobStatus.cancelled.rawValue)]
        case .approved(let approved):
            return state.artifact.map { deliver($0, at: approved.at) } ?? [.park(reason: "there is no file to approve of")]
        case .rejected(let rejected):
            let notice = Notice(rejected: request, reason: rejected.words)
            return notify(.rejected, notice, at: rejected.at) + [.finish(outcome: JobStatus.rejected.rawValue)]
        case .retried: return [.cancelTimer(NotebookRunSaga.retryTimer)]
        case .resumed(let resumed): return resume(resumed)
        // The wish shows at the end of what is under way, if anything is.
        case .cancelRequested(let wish): return state.standsStill ? cancel(at: wish.at) : []
        case .requested, .started, .noteCloned, .permissionsSet, .parametersInserted, .paragraphRequested,
            .paragraphFinished, .paragraphFailed, .sessionLost, .artifactAccepted, .artifactRefused, .attached, .finished, .failed,
            .noticePosted, .noticeDelivered, .noticeUndeliverable, .approvalRequested, .paragraphProgressed, .previewCounted, .turnLost:
            return []
        }
    }

    private func resume(_ resumed: JobResumed) -> Reactions {
        switch resumed.from {
        case .clone: [clone()]
        case .permissions: [setPermissions(of: state.noteId)]
        case .parameters: [insertParameters()]
        case .failedParagraph, .firstParagraph: start(step: resumed.step, pass: resumed.pass, of: state.steps, at: resumed.at)
        }
    }

    /// An operator's wish becomes one of the job, so that the job's own stream tells of it.
    func cancelled(byOperator reason: String, at now: Timestamp) -> Reactions {
        state.isOver ? [] : [record(.act(.cancel(JobCancelRequested(job: job, by: nil, reason: reason, at: now))))]
    }

    /// An operator left an effect out: nothing that the job can do without but the sweep.
    func skipped(_ kind: RunEffect?, at now: Timestamp) -> Reactions { kind == .sweepDuplicates ? conclude(at: now) : wrapUp(at: now) }

    /// An operator left out what follows from an input. What was recorded of it before the saga was parked stands.
    func skipped(_ input: SagaInput<JobEvent>, at now: Timestamp) -> Reactions {
        switch state.end {
        case .failed(let failed):
            if case .fired = input { return [.finish(outcome: JobStatus.failed.rawValue)] }
            return [retryTime(since: failed.at)]
        case .other(let status): return [.finish(outcome: status.rawValue)]
        case nil:
            guard state.wait == nil, input.carriesTheRun else { return [] }
            return state.isSwept ? conclude(at: now) : wrapUp(at: now)
        }
    }
}
