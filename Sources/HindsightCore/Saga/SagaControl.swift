/// Decides on what people and other programs may do to a saga, from the engine's events alone.
public enum SagaControl: Decider {
    public enum Command: Sendable {
        case retry(reason: String, at: Timestamp)
        /// - Parameter effect: May be left out while only one is open.
        case resolve(
            EffectReference?, SagaResolved.Outcome, result: JSONValue, proof: String, reason: String, at: Timestamp)
        /// - Parameter effect: May be left out for the input that a saga is parked over, and while only one effect is open.
        case skip(EffectReference?, reason: String, at: Timestamp)
        case cancel(reason: String, at: Timestamp)
        case pause(reason: String, at: Timestamp)
        case resume(reason: String, at: Timestamp)
        case signal(String, data: JSONValue, at: Timestamp)
    }

    public enum Rejection: Error, Sendable, Equatable {
        case notStarted
        case finished(outcome: String)
        case nothingToRetry
        case alreadyPaused
        case notPaused
        case alreadyCancelled
        case noOpenEffect
        case unknownEffect(EffectReference)
        /// The caller has to name one of them.
        case severalEffects([EffectReference])
        case underWay(EffectReference)
    }

    public struct State: Sendable {
        public fileprivate(set) var standing = SagaStanding()
        fileprivate var isCancelled = false
    }

    public static let initialState = State()

    public static func evolve(_ state: inout State, with event: SagaLifecycle) {
        // No limit of time is decided here, so the instant does not matter.
        state.standing.apply(event, at: Timestamp(microsecondsSince1970: 0))
        if case .cancelRequested = event { state.isCancelled = true }
    }

    public static func decide(_ command: Command, given state: State) throws(Rejection) -> [SagaLifecycle] {
        let standing = state.standing
        guard standing.streamVersion > 0 else { throw .notStarted }
        if case .finished(let outcome) = standing.status { throw .finished(outcome: outcome) }
        switch command {
        case .retry(let reason, let now):
            let waits = standing.openEffects.contains { $0.phase == .unknown || $0.phase == .postponed }
            guard standing.parkedOver != nil || waits else { throw .nothingToRetry }
            return [.retried(SagaRetried(reason: reason, at: now))]
        case .resolve(let reference, let outcome, let result, let proof, let reason, let now):
            let effect = try effect(meantBy: reference, in: standing)
            let resolved = SagaResolved(
                effect: effect.intent.kind, key: effect.intent.key, attempt: effect.intent.attempt, outcome: outcome, result: result,
                proof: proof, reason: reason, at: now)
            return [.resolved(resolved)]
        case .skip(let reference, let reason, let now):
            // Without a name, what it stands at is meant, whatever else is under way.
            if reference == nil, let cause = standing.parkedOver, !standing.openEffects.contains(where: { "\($0.reference)" == cause }) {
                return [.skipped(SagaSkipped(cause: cause, reason: reason, at: now))]
            }
            let effect = try effect(meantBy: reference, in: standing)
            return [.skipped(SagaSkipped(effect: effect.intent.kind, key: effect.intent.key, reason: reason, at: now))]
        case .cancel(let reason, let now):
            guard !state.isCancelled, standing.undoing == nil else { throw .alreadyCancelled }
            return [.cancelRequested(SagaCancelRequested(reason: reason, at: now))]
        case .pause(let reason, let now):
            guard standing.pause == nil else { throw .alreadyPaused }
            return [.paused(SagaPaused(reason: reason, at: now))]
        case .resume(let reason, let now):
            guard standing.pause != nil else { throw .notPaused }
            return [.resumed(SagaResumed(reason: reason, at: now))]
        case .signal(let name, let data, let now):
            return [.signalled(SagaSignalled(signal: name, data: data, at: now))]
        }
    }

    /// The open effect that a person means to settle, if nobody is at it now.
    ///
    /// - Parameter reference: `nil` stands for the only one.
    public static func effect(meantBy reference: EffectReference?, in standing: SagaStanding) throws(Rejection) -> OpenEffect {
        let effect: OpenEffect
        if let reference {
            guard let named = standing.openEffect(reference) else { throw .unknownEffect(reference) }
            effect = named
        } else {
            guard let first = standing.openEffects.first else { throw .noOpenEffect }
            guard standing.openEffects.count == 1 else { throw .severalEffects(standing.openEffects.map(\.reference)) }
            effect = first
        }
        guard effect.phase != .intended || standing.parkedOver != nil else { throw .underWay(effect.reference) }
        return effect
    }
}

extension SagaControl.Rejection: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notStarted: "the saga has not begun"
        case .finished(let outcome): "the saga is over already, with the outcome “\(outcome)”"
        case .nothingToRetry: "the saga stands at nothing that could be tried again"
        case .alreadyPaused: "the saga is paused already"
        case .notPaused: "the saga is not paused"
        case .alreadyCancelled: "the saga is being cancelled already"
        case .noOpenEffect: "the saga has no effect whose outcome is open"
        case .unknownEffect(let effect): "the saga has no open effect \(effect)"
        case .severalEffects(let effects):
            "the saga has several open effects, so name one: \(effects.map(\.description).joined(separator: ", "))"
        case .underWay(let effect):
            "\(effect) is under way: wait for its outcome, which comes at the latest with its time limit"
        }
    }
}
