import HindsightCore

/// What follows where the job or the offer says no, so that nobody has to look at what is clear.
extension NotebookRun {
    static func reactions(
        toRefusalOf command: NotebookRunSaga.Command, _ refusal: any Error, in state: NotebookRunSaga.State
    ) -> Reactions? {
        guard let request = state.request else { return nil }
        return NotebookRun(definition: .second, request: request, state: state).reactions(toRefusalOf: command, refusal)
    }

    private func reactions(toRefusalOf command: NotebookRunSaga.Command, _ refusal: any Error) -> Reactions? {
        switch command {
        case .offer(.attach(_, let now), _):
            guard let refusal = refusal as? Offer.Rejection else { return nil }
            return fail(.offerRefused, detail: refusal.advice, at: now)
        // The end that came first tells of itself.
        case .job where state.isOver && state.isCancelling: return []
        case .job(.act(.recordCancellation), _), .offer: return nil
        case .job: return state.cancellation.map { cancel(at: $0.at) }
        }
    }

    /// Waits for a person, unless the job is being cancelled.
    func standStill(_ reason: String) -> Reaction<NotebookRunSaga.Command> {
        definition == .first ? .park(reason: reason) : record(.act(.standStill(reason: reason)))
    }

    /// Whether the input leads to the job's end without what the notebook has answered.
    func isAboutCancel(_ input: SagaInput<JobEvent>) -> Bool {
        guard definition != .first else { return false }
        return switch input {
        case .cancelRequested, .event(.cancelRequested, _), .event(.cancelled, _): true
        default: false
        }
    }
}

extension Offer.Rejection {
    /// In words for the manager whose audience it was.
    fileprivate var advice: String {
        switch self {
        case .precedenceTaken(let precedence, let type):
            "Its audience “\(type)” has the precedence \(precedence) by now. Please order the offer's audiences anew and retry, or ask for "
                + "the audience again with another precedence."
        case .tooManyAudiences: "It has \(Offer.mostAudiences) types of audiences already. Please ask for the audience with another offer."
        case .notDeclared, .orderIncomplete: "It said: \(self)"
        }
    }
}
