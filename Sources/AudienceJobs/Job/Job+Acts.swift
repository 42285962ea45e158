package import HindsightCore

/// What people do to a job, and what the saga's second definition makes of it: when it may be done, and what follows.
extension Job {
    package enum Act: Sendable {
        case cancel(JobCancelRequested)
        case recordCancellation(JobCancelled)
        case retry(by: String?, reason: String?, at: Timestamp)
        /// - Parameter isSessionOurs: Whether no other job has used the session since this one failed.
        case resume(session: String, isSessionOurs: Bool, at: Timestamp)
        case loseTurn(TurnLost)
        case requestApproval(ApprovalRequested)
        /// Refused if nothing may be attached any more; records nothing by itself.
        case beginDelivery
        /// Always refused: a person has to look at the job, or cancel it.
        case standStill(reason: String)
        /// Somebody is told that the job waits for an operator, for the `number`th time.
        case tellOfStandstill(number: Int, at: Timestamp)
        case approve(JobApproved)
        case reject(JobRejected)
        case recordProgress(ParagraphProgressed)
        case recordCount(PreviewCounted)
    }

    static func decide(_ act: Act, _ state: State) throws(Rejection) -> [JobEvent] {
        switch act {
        case .cancel(let requested): return try cancel(requested, state)
        case .recordCancellation(let cancelled):
            guard state.isCancelling, state.status?.isAtWork == true else { throw .outOfOrder(state.status) }
            return [.cancelled(cancelled)]
        case .retry(let by, let reason, let now): return try retry(by: by, reason: reason, at: now, state)
        case .resume(let session, let isOurs, let now):
            guard state.phase == .waiting else { throw .outOfOrder(state.status) }
            return [resumed(session, isSessionOurs: isOurs, at: now, state)]
        case .loseTurn(let lost):
            guard case .running(lost.pass, _) = state.phase else { throw .outOfOrder(state.status) }
            return [.turnLost(lost)]
        case .requestApproval(let requested): return try record(.approvalRequested(requested), notCancelling(state), in: .accepted)
        case .beginDelivery:
            guard [.accepted, .approved].contains(try notCancelling(state).phase) else { throw .outOfOrder(state.status) }
            return []
        case .standStill(let reason): throw .needsOperator(reason: reason)
        case .tellOfStandstill(let number, let now):
            return standstill(number, at: now, state)
        case .approve(let approved):
            guard state.phase == .awaitingApproval else { throw .nothingToApprove(state.status) }
            return [.approved(approved)]
        case .reject(let rejected):
            guard state.phase == .awaitingApproval else { throw .nothingToApprove(state.status) }
            guard rejected.reason.contains(where: { !$0.isWhitespace }) else { throw .needsReason }
            return [.rejected(rejected)]
        case .recordProgress(let progressed):
            // One that comes late is of a paragraph that is over.
            guard case .running(progressed.pass, progressed.step) = state.phase else { return [] }
            // Whoever follows a job wants to see that it moves, and the log is no place for more.
            if let tenth = state.tenth, progressed.tenth <= tenth { return [] }
            return [.paragraphProgressed(progressed)]
        case .recordCount(let counted): return try record(.previewCounted(counted), state, in: .checking)
        }
    }

    private static func standstill(_ number: Int, at now: Timestamp, _ state: State) -> [JobEvent] {
        // It may have gone on, and come to its end, since it was seen to stand.
        guard let request = state.request, let status = state.status, status.isAtWork else { return [] }
        let name = number > 1 ? "standstill-\(number)" : "standstill"
        var events: [JobEvent] = []
        for notice in request.notices(of: name, status, Notice(standing: request), at: now) where state.notices[notice.notice] == nil {
            events.append(.noticePosted(notice))
            if notice.isInInbox { events.append(.noticeDelivered(notice.delivered)) }
        }
        return events
    }

    private static func cancel(_ requested: JobCancelRequested, _ state: State) throws(Rejection) -> [JobEvent] {
        guard let status = state.status else { throw .outOfOrder(nil) }
        guard requested.reason.contains(where: { !$0.isWhitespace }) else { throw .needsReason }
        guard !status.isOver else { throw .over(status) }
        if state.isCancelling { return [] }
        switch state.phase {
        // Nothing is under way: it ends at once.
        case .requested, .waiting, .awaitingApproval, .approved:
            let cancelled = JobCancelled(
                job: requested.job, by: requested.by, reason: JobCancelled.words(by: requested.by, reason: requested.reason),
                at: requested.at)
            return [.cancelRequested(requested), .cancelled(cancelled)]
        default: return [.cancelRequested(requested)]
        }
    }

    private static func retry(by: String?, reason: String?, at now: Timestamp, _ state: State) throws(Rejection) -> [JobEvent] {
        guard let status = state.status, let job = state.job else { throw .outOfOrder(nil) }
        guard state.phase == .failed, let failure = state.failure else { throw .nothingToRetry(status) }
        guard let end = failure.retryUntil else { throw .begunByEarlierVersion }
        guard now <= end else { throw .tooLate(since: end) }
        return [.retried(JobRetried(job: job, from: resumption(after: failure), by: by, reason: reason, at: now))]
    }

    /// From where it is safe: what a step left behind is looked up, so only paragraphs are at risk. They need what those before them
    /// worked out, and that has outlived nothing but an error.
    private static func resumption(after failure: Failure) -> Resumption {
        switch (failure.cause, failure.before) {
        case (.noteMissing, _), (_, .cloning): .clone
        case (_, .cloned): .permissions
        case (_, .permitted): .parameters
        case (_, .stopped) where failure.sessionLives: .failedParagraph
        default: .firstParagraph
        }
    }

    private static func resumed(_ session: String, isSessionOurs: Bool, at now: Timestamp, _ state: State) -> JobEvent {
        guard let job = state.job else { preconditionFailure("a job that waits was requested") }
        var from = state.resumption ?? .firstParagraph
        if from == .failedParagraph, !isSessionOurs { from = .firstParagraph }
        return .resumed(
            JobResumed(
                job: job, from: from, pass: state.pass + 1, step: from == .failedParagraph ? state.failure?.step ?? 0 : 0,
                session: session, at: now))
    }
}
