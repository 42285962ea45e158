import HindsightCore

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
    }

    package typealias Event = JobEvent

    package struct State: Sendable, Equatable {
        package fileprivate(set) var phase = Phase.absent
        fileprivate var request: JobRequested?
        /// Paragraphs of one pass: the template's enabled ones and the one with the parameters.
        fileprivate var steps = 0
        /// Whether it is known what became of each.
        fileprivate var notices: [String: Bool] = [:]
    }

    package enum Phase: Sendable, Equatable {
        case absent, requested, cloning, cloned, permitted
        /// Between paragraphs; `next` is the one that comes.
        case prepared(pass: Int, next: Int)
        case running(pass: Int, step: Int)
        /// A paragraph failed: either the session was lost, or the job fails.
        case stopped(pass: Int)
        case checking, accepted, refused, finished, failed
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        /// Another form has this id already.
        case idTaken
        case outOfOrder(JobStatus?)

        package var description: String {
            switch self {
            case .idTaken: "a job with this id was requested with another form"
            case .outOfOrder(let status): "this does not fit a job that is \(status?.rawValue ?? "unknown")"
            }
        }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [JobEvent] {
        switch (command, state.phase) {
        case (.request(let requested), .absent): return [.requested(requested)]
        case (.request(var again), _):
            guard let request = state.request else { throw .outOfOrder(state.status) }
            again.at = request.at
            guard again == request else { throw .idTaken }
            return []
        case (.start(let started), .requested): return [.started(started)]
        case (.recordClone(let cloned), .cloning): return [.noteCloned(cloned)]
        case (.recordPermissions(let set), .cloned): return [.permissionsSet(set)]
        case (.recordParameters(let inserted), .permitted): return [.parametersInserted(inserted)]
        case (.requestParagraph(let requested), .prepared(let pass, let next)) where (pass, next) == (requested.pass, requested.step):
            return [.paragraphRequested(requested)]
        case (.recordFinish(let finished), .running(let pass, let step)) where (pass, step) == (finished.pass, finished.step):
            return [.paragraphFinished(finished)]
        case (.recordFailure(let failed), .running(let pass, let step)) where (pass, step) == (failed.pass, failed.step):
            return [.paragraphFailed(failed)]
        case (.recordLostSession(let lost), .stopped(let pass)) where pass == lost.pass: return [.sessionLost(lost)]
        case (.acceptArtifact(let accepted), .checking): return [.artifactAccepted(accepted)]
        case (.refuseArtifact(let refused), .checking): return [.artifactRefused(refused)]
        case (.recordAttachment(let attached), .accepted): return [.attached(attached)]
        case (.finish(let finished), .accepted): return [.finished(finished)]
        case (.fail(let failed), .cloning), (.fail(let failed), .cloned), (.fail(let failed), .permitted), (.fail(let failed), .stopped),
            (.fail(let failed), .refused):
            return [.failed(failed)]
        case (.post(let notice), .finished), (.post(let notice), .failed):
            guard state.notices[notice.notice] == nil else { return [] }
            guard notice.channel == NoticePosted.inbox else { return [.noticePosted(notice)] }
            return [
                .noticePosted(notice), .noticeDelivered(NoticeDelivered(NoticeRequest(notice), attempts: 1, reply: nil, at: notice.at)),
            ]
        case (.recordDelivery(let delivered), _) where state.notices[delivered.notice] != nil:
            return state.notices[delivered.notice] == true ? [] : [.noticeDelivered(delivered)]
        case (.recordUndeliverable(let undeliverable), _) where state.notices[undeliverable.notice] != nil:
            return state.notices[undeliverable.notice] == true ? [] : [.noticeUndeliverable(undeliverable)]
        case (.start, _), (.recordClone, _), (.recordPermissions, _), (.recordParameters, _), (.requestParagraph, _), (.recordFinish, _),
            (.recordFailure, _), (.recordLostSession, _), (.acceptArtifact, _), (.refuseArtifact, _), (.recordAttachment, _), (.finish, _),
            (.fail, _), (.post, _), (.recordDelivery, _), (.recordUndeliverable, _):
            throw .outOfOrder(state.status)
        }
    }

    package static func evolve(_ state: inout State, with event: JobEvent) {
        switch event {
        case .requested(let requested): (state.phase, state.request) = (.requested, requested)
        case .started: state.phase = .cloning
        case .noteCloned(let cloned): (state.phase, state.steps) = (.cloned, cloned.paragraphs.count(where: \.runs) + 1)
        case .permissionsSet: state.phase = .permitted
        case .parametersInserted: state.phase = .prepared(pass: 1, next: 0)
        case .paragraphRequested(let requested): state.phase = .running(pass: requested.pass, step: requested.step)
        case .paragraphFinished(let finished):
            let next = finished.step + 1
            state.phase = next < state.steps ? .prepared(pass: finished.pass, next: next) : .checking
        case .paragraphFailed(let failed): state.phase = .stopped(pass: failed.pass)
        case .sessionLost(let lost): state.phase = .prepared(pass: lost.pass + 1, next: 0)
        case .artifactAccepted: state.phase = .accepted
        case .artifactRefused: state.phase = .refused
        case .attached: break
        case .finished: state.phase = .finished
        case .failed: state.phase = .failed
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
        case .requested: .requested
        case .cloning: .cloning
        case .cloned, .permitted: .preparing
        case .prepared, .running, .stopped: .running
        case .checking, .accepted, .refused: .checking
        case .finished: .finished
        case .failed: .failed
        }
    }
}
