package import HindsightCore

/// Runs a template's notebook for one job, a paragraph at a time, and takes its file in.
///
/// Clone → permissions → parameters → each enabled paragraph → check of the file → offer → notice. Before anything is sent the intent is
/// in the log; what became of an unclear answer is looked up, never guessed. A pass whose session died begins again at the first
/// paragraph, because the variables of the paragraphs before died with it.
package enum NotebookRunSaga: Saga {
    package typealias Event = JobEvent

    package enum Command: Sendable {
        case job(Job.Command, JobID)
        case offer(Offer.Command, OfferID)
    }

    package static let name = "notebook-run"
    package static let version = 1
    /// Passes that a job may lose while the notebook is well: more of them won't help.
    static let passesInContact = 3
    /// Passes in all, restarts of the notebook included.
    static let passes = 50

    package static func instances(for event: JobEvent, in stream: StreamName) -> [String] { [event.job.description] }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .job(let command, let job): try await decisions.decide(Job.self, command, on: job.stream)
        case .offer(let command, let offer): try await decisions.decide(Offer.self, command, on: offer.stream)
        }
    }

    package static func policy(for kind: String) -> EffectPolicy {
        let waits: [Duration] = [.seconds(1), .seconds(2), .seconds(5), .seconds(15), .seconds(60), .seconds(300), .seconds(3_600)]
        return switch RunEffect(rawValue: kind) {
        // Longer than a paragraph may be pending and running together: the adapter's own limits come first.
        case .runParagraph: EffectPolicy(maximumAttempts: 10, timeLimit: .hours(4), lookUpWaits: waits)
        case .cloneNote, .setPermissions, .insertParameters, .checkArtifact, nil:
            EffectPolicy(maximumAttempts: 10, timeLimit: .seconds(120), lookUpWaits: waits)
        }
    }

    package static func react(to input: SagaInput<JobEvent>, in state: State) -> [Reaction<Command>] {
        guard let request = state.request else { return [] }
        if let unreadable = state.unreadable { return [.park(reason: "an answer of the notebook can't be read: \(unreadable)")] }
        let run = NotebookRun(request: request, state: state)
        switch input {
        case .event(.started, _):
            return [run.clone()]
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
        // The engine looks an unclear outcome up by itself; nothing of a job waits for a timer.
        case .event, .indeterminate, .fired, .signal, .cancelRequested, .skipped, .compensated:
            return []
        }
    }
}
