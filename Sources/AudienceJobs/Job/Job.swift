package import HindsightCore

/// Decides whether what is to be recorded of a job fits where it stands. What was recorded already is not recorded again.
package enum Job: Decider {
    package enum Command: Sendable {
        case request(JobRequested)
        case start(JobStarted)
        case recordClone(NoteCloned)
        case recordPermissions(PermissionsSet)
        case recordParameters(ParametersInserted)
        case requestParagraph(ParagraphRequested)
        case recordFinish(of: ParagraphFinished)
        case recordFailure(of: ParagraphFailed)
        case recordLostSession(SessionLost)
        case acceptArtifact(ArtifactAccepted)
        case refuseArtifact(ArtifactRefused)
        case recordAttachment(JobAttached)
        case finish(JobFinished)
        case fail(JobFailed)
        case post(NoticePosted)
        case recordDelivery(NoticeDelivered)
        case recordUndeliverable(NoticeUndeliverable)
        case act(Act)
    }

    package typealias Event = JobEvent

    package struct State: Sendable, Equatable {
        package fileprivate(set) var phase = Phase.absent
        fileprivate(set) var request: JobRequested?
        /// Paragraphs of one pass: the template's enabled ones and the one with the parameters; of a preview those that it runs.
        fileprivate var steps = 0
        /// The latest pass.
        var pass = 0
        /// How far the paragraph that runs has been seen to be; `nil` while nothing was recorded of it.
        fileprivate(set) var tenth: Int?
        /// Since the latest pass began, or the job was resumed.
        var failure: Failure?
        package fileprivate(set) var isCancelling = false
        /// Where a job goes on that waits for its turn again.
        var resumption: Resumption?
        /// Whether it is known what became of each.
        fileprivate(set) var notices: [String: Bool] = [:]
    }

    package enum Phase: Sendable, Equatable {
        case absent, requested, cloning, cloned, permitted
        /// Between paragraphs; `next` is the one that comes.
        case prepared(pass: Int, next: Int)
        case running(pass: Int, step: Int)
        /// A paragraph failed: either the session was lost, or the job fails.
        case stopped(pass: Int)
        case checking, accepted, refused, finished, failed
        case counted, awaitingApproval, approved, rejected, cancelled
        /// It failed, or lost its turn, and waits for it again.
        case waiting
    }

    /// What went wrong, as far as it matters to where the job may go on.
    struct Failure: Sendable, Equatable {
        var before: Phase
        var step = 0
        var sessionLives = false
        var cause: FailureCause?
        var retryUntil: Timestamp?
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        /// Another form has this id already.
        case idTaken
        case outOfOrder(JobStatus?)
        case over(JobStatus)
        /// Nothing is attached or finished any more.
        case beingCancelled
        case nothingToRetry(JobStatus)
        /// The first definition of the notebook run knew no retry.
        case begunByEarlierVersion
        case tooLate(since: Timestamp)
        case nothingToApprove(JobStatus?)
        case needsReason
        /// What a person has to look at.
        case needsOperator(reason: String)

        package var description: String {
            switch self {
            case .idTaken: "a job with this id was requested with another form"
            case .outOfOrder(let status): "this does not fit a job that is \(status?.rawValue ?? "unknown")"
            case .over(let status): "the job is \(status.rawValue) already: there is nothing to cancel"
            case .beingCancelled: "the job is being cancelled"
            case .nothingToRetry(let status): "the job is \(status.rawValue): only one that failed can be retried"
            case .begunByEarlierVersion: "the job was begun by an earlier version, which can't do this: ask for the job anew"
            case .tooLate(let instant): "the job could be retried until \(instant): ask for it anew"
            case .nothingToApprove(let status): "the job waits for nobody's approval: it is \(status?.rawValue ?? "unknown")"
            case .needsReason: "reason: is missing: say why"
            case .needsOperator(let reason): reason
            }
        }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [JobEvent] {
        switch command {
        case .request(var again):
            guard state.phase != .absent else { return [.requested(again)] }
            guard let request = state.request else { throw .outOfOrder(state.status) }
            again.at = request.at
            guard again == request else { throw .idTaken }
            return []
        case .start(let started): return try record(.started(started), state, in: .requested)
        case .recordClone(let cloned): return try record(.noteCloned(cloned), state, in: .cloning)
        case .recordPermissions(let set): return try record(.permissionsSet(set), state, in: .cloned)
        case .recordParameters(let inserted): return try record(.parametersInserted(inserted), state, in: .permitted)
        case .requestParagraph(let requested):
            return try record(.paragraphRequested(requested), state, in: .prepared(pass: requested.pass, next: requested.step))
        case .recordFinish(let finished):
            return try record(.paragraphFinished(finished), state, in: .running(pass: finished.pass, step: finished.step))
        case .recordFailure(let failed):
            return try record(.paragraphFailed(failed), state, in: .running(pass: failed.pass, step: failed.step))
        case .recordLostSession(let lost): return try record(.sessionLost(lost), state, in: .stopped(pass: lost.pass))
        case .acceptArtifact(let accepted): return try record(.artifactAccepted(accepted), state, in: .checking)
        case .refuseArtifact(let refused): return try record(.artifactRefused(refused), state, in: .checking)
        case .recordAttachment(let attached):
            return try record(.attached(attached), notCancelling(state), in: .accepted, .approved)
        case .finish(let finished):
            return try record(.finished(finished), notCancelling(state), in: .accepted, .approved, .counted)
        case .fail(let failed): return try fail(failed, state)
        case .post(let notice): return try post(notice, state)
        case .recordDelivery(let delivered):
            guard let isKnown = state.notices[delivered.notice] else { throw .outOfOrder(state.status) }
            return isKnown ? [] : [.noticeDelivered(delivered)]
        case .recordUndeliverable(let undeliverable):
            guard let isKnown = state.notices[undeliverable.notice] else { throw .outOfOrder(state.status) }
            return isKnown ? [] : [.noticeUndeliverable(undeliverable)]
        case .act(let act): return try decide(act, state)
        }
    }

    static func notCancelling(_ state: State) throws(Rejection) -> State {
        guard !state.isCancelling else { throw .beingCancelled }
        return state
    }

    static func record(_ event: JobEvent, _ state: State, in phases: Phase...) throws(Rejection) -> [JobEvent] {
        guard phases.contains(state.phase) else { throw .outOfOrder(state.status) }
        return [event]
    }

    private static func fail(_ failed: JobFailed, _ state: State) throws(Rejection) -> [JobEvent] {
        switch state.phase {
        case .cloning, .cloned, .permitted, .prepared, .stopped, .refused, .running, .checking, .accepted, .counted, .approved:
            return [.failed(failed)]
        case .absent, .requested, .finished, .failed, .awaitingApproval, .rejected, .cancelled, .waiting:
            throw .outOfOrder(state.status)
        }
    }

    private static func post(_ notice: NoticePosted, _ state: State) throws(Rejection) -> [JobEvent] {
        guard state.status?.isOver == true || state.phase == .awaitingApproval else { throw .outOfOrder(state.status) }
        return state.notices[notice.notice] == nil ? [.noticePosted(notice)] : []
    }

    package static func evolve(_ state: inout State, with event: JobEvent) {
        switch event {
        case .requested(let requested): (state.phase, state.request) = (.requested, requested)
        case .started: state.phase = .cloning
        case .noteCloned(let cloned):
            state.phase = .cloned
            state.steps = cloned.paragraphs.runs(upTo: state.request?.preview?.paragraphId).count + 1
        case .permissionsSet: state.phase = .permitted
        case .parametersInserted: state.phase = .prepared(pass: state.pass + 1, next: 0)
        case .paragraphRequested(let requested):
            (state.phase, state.pass) = (.running(pass: requested.pass, step: requested.step), requested.pass)
            (state.failure, state.tenth) = (nil, nil)
        case .paragraphFinished(let finished):
            let next = finished.step + 1
            state.phase = next < state.steps ? .prepared(pass: finished.pass, next: next) : .checking
        case .paragraphFailed(let failed):
            state.phase = .stopped(pass: failed.pass)
            state.failure = Failure(before: state.phase, step: failed.step, sessionLives: failed.sessionLives ?? false)
        case .sessionLost(let lost): state.phase = .prepared(pass: lost.pass + 1, next: 0)
        case .artifactAccepted: state.phase = .accepted
        case .artifactRefused: state.phase = .refused
        case .attached: break
        case .finished: state.phase = .finished
        case .failed(let failed):
            var failure = state.failure ?? Failure(before: state.phase)
            (failure.cause, failure.retryUntil) = (failed.cause, failed.retryUntil)
            (state.phase, state.failure) = (.failed, failure)
        case .cancelRequested: state.isCancelling = true
        case .cancelled: state.phase = .cancelled
        case .retried(let retried): (state.phase, state.resumption) = (.waiting, retried.from)
        case .turnLost: (state.phase, state.resumption) = (.waiting, .firstParagraph)
        case .resumed(let resumed): state.resume(resumed)
        case .approvalRequested: state.phase = .awaitingApproval
        case .approved: state.phase = .approved
        case .rejected: state.phase = .rejected
        case .previewCounted: state.phase = .counted
        case .paragraphProgressed(let progressed): state.tenth = progressed.tenth
        case .noticePosted(let notice): state.notices[notice.notice] = false
        case .noticeDelivered(let delivered): state.notices[delivered.notice] = true
        case .noticeUndeliverable(let undeliverable): state.notices[undeliverable.notice] = true
        }
    }
}

extension Job.State {
    /// `nil` for a job that nobody has asked for.
    package var status: JobStatus? {
        switch phase {
        case .absent: nil
        case .requested, .waiting: .requested
        case .cloning: .cloning
        case .cloned, .permitted: .preparing
        case .prepared, .running, .stopped: .running
        case .checking, .accepted, .refused, .approved, .counted: .checking
        case .awaitingApproval: .awaitingApproval
        case .finished: .finished
        case .failed: .failed
        case .cancelled: .cancelled
        case .rejected: .rejected
        }
    }

    var job: JobID? { request?.job }

    /// The interpreter setting whose session the job's paragraphs run in.
    package var session: String? { request.map { InterpreterSession.setting(of: $0.interpreter) } }

    fileprivate mutating func resume(_ resumed: JobResumed) {
        (resumption, failure) = (nil, nil)
        phase =
            switch resumed.from {
            case .clone: .cloning
            case .permissions: .cloned
            case .parameters: .permitted
            case .failedParagraph, .firstParagraph: .prepared(pass: resumed.pass, next: resumed.step)
            }
    }
}
