package import HindsightCore

/// Brings one notice to its recipient by mail or webhook, and records what became of it. The inbox needs no way: there the notice is
/// delivered when it is posted.
///
/// What was not taken, as far as is known, is tried again, later and later, and given up after two days. Neither a mail server nor a
/// webhook can be asked afterwards, so a repeat carries the same id, by which it is recognised: by every webhook's receiver, which may
/// therefore be told as often as it takes, but not by every reader of mail. A mail whose answer was lost goes out twice more at most,
/// and then a person has to look.
package enum NoticeDelivery: Saga {
    package typealias Event = JobEvent

    package struct State: Sendable, Equatable {
        var request: NoticeRequest?
        /// How often it was sent, or tried to.
        var attempts = 0
        /// Tries that were surely not taken.
        var refusals = 0
    }

    package static let name = "notice-delivery"
    package static let version = 1
    package static let effect = "send-notice"
    static let retryTimer = "again"
    /// Before the second, third… try.
    static let waits: [Duration] = [
        .seconds(60), .seconds(300), .seconds(900), .hours(1), .hours(4), .hours(12), .hours(24),
    ]

    package static func initialState(of instance: String) -> State { State() }

    package static func instances(for event: JobEvent, in stream: StreamName) -> [String] {
        if case .noticePosted(let notice) = event, notice.channel != NoticePosted.inbox { [notice.notice] } else { [] }
    }

    package static func policy(for kind: String) -> EffectPolicy {
        // A mail server may take ten minutes over the last answer: RFC 5321, section 4.5.3.2.6.
        EffectPolicy(maximumAttempts: 3, timeLimit: .seconds(1_800), lookUpWaits: [.seconds(60)])
    }

    package static func evolve(_ state: inout State, with input: SagaInput<JobEvent>) {
        switch input {
        case .event(.noticePosted(let notice), _): state.request = NoticeRequest(notice)
        case .succeeded, .indeterminate: state.attempts += 1
        case .rejected:
            state.attempts += 1
            state.refusals += 1
        case .event, .fired, .signal, .cancelRequested, .skipped, .skippedInput, .compensated: break
        }
    }

    package static func react(to input: SagaInput<JobEvent>, in state: State) -> [Reaction<Job.Command>] {
        guard let request = state.request else { return [] }
        let send = Reaction<Job.Command>.perform(Effect(effect, key: request.notice, request: request.json))
        do {
            switch input {
            case .event(.noticePosted, _): return [send]
            case .fired(timer: retryTimer, _, _): return [send]
            case .succeeded(_, let result, let now):
                let delivered = NoticeDelivered(request, attempts: state.attempts, reply: try NoticeAnswer(result).reply, at: now)
                return [.command(.recordDelivery(delivered)), .finish(outcome: "delivered")]
            case .rejected(_, let reason, let result, let now):
                let answer = try NoticeAnswer(result)
                if answer.isForNow, state.refusals <= waits.count {
                    let wait = max(waits[state.refusals - 1], .seconds(answer.retryAfterSeconds ?? 0))
                    return [.schedule(timer: retryTimer, at: now.advanced(by: wait))]
                }
                let undeliverable = NoticeUndeliverable(request, attempts: state.attempts, reply: answer.reply, reason: reason, at: now)
                return [.command(.recordUndeliverable(undeliverable)), .finish(outcome: "undeliverable")]
            case .cancelRequested(let reason, let now), .skipped(_, let reason, let now):
                let undeliverable = NoticeUndeliverable(request, attempts: state.attempts, reply: nil, reason: reason, at: now)
                return [.command(.recordUndeliverable(undeliverable)), .finish(outcome: "undeliverable")]
            // The engine sends it again by itself.
            case .event, .indeterminate, .fired, .signal, .skippedInput, .compensated: return []
            }
        } catch {
            return [.park(reason: "the answer to a notice can't be read")]
        }
    }

    package static func result(
        of effect: EffectIntent, resolvedAs outcome: SagaResolved.Outcome, given: JSONValue, reason: String
    ) throws -> JSONValue {
        let result = NoticeAnswer().json.merging(given)
        try UnusableResult.check(result, as: NoticeAnswer.self, like: NoticeAnswer().json, of: effect.kind, outcome)
        return result
    }

    package static func dispatch(_ command: Job.Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .recordDelivery(let delivered): try await decisions.decide(Job.self, command, on: delivered.job.stream)
        case .recordUndeliverable(let undeliverable): try await decisions.decide(Job.self, command, on: undeliverable.job.stream)
        default: preconditionFailure("a delivery records its own outcome alone")
        }
    }
}
