package import HindsightCore

/// Trains a model again and again, since what was learned decays: train, compare with the champion, let it be asked beside it, and then
/// propose it to a person, who alone promotes.
///
/// A shadow keeps its place through its time and its review, and then until a person has decided, also where trainings come faster: a better
/// model that was trained meanwhile is only recorded, and the first one after the decision comes next.
package enum RetrainingSaga: Saga {
    package typealias Event = ModelEvent

    package struct State: Sendable {
        package let model: String
        fileprivate var schedule: RetrainingScheduled?
        /// The model that is a shadow for its time, or is reviewed, or waits for a person.
        fileprivate var trial: Trial?

        fileprivate struct Trial: Sendable, Equatable {
            let model: ModelDigest
            let since: Timestamp
        }
    }

    package enum Command: Sendable, Equatable {
        case record(ModelTrained)
        case fail(account: String, at: Timestamp)
        case beginShadow(ModelDigest, at: Timestamp)
        case propose(ModelDigest, ShadowRecord, at: Timestamp)
    }

    package static let name = "retraining"
    package static let version = 1
    package static let trainEffect = "train-model"
    package static let reviewEffect = "review-shadow"
    private static let trainTimer = "train"
    private static let shadowTimer = "shadow-end"

    package static func initialState(of instance: String) -> State { State(model: instance) }

    package static func instances(for event: ModelEvent, in stream: StreamName) -> [String] { stream.id.map { [String($0)] } ?? [] }

    package static func evolve(_ state: inout State, with input: SagaInput<ModelEvent>) {
        switch input {
        case .event(.retrainingScheduled(let scheduled), _): state.schedule = scheduled.everyDays > 0 ? scheduled : nil
        case .event(.promoted(let promoted), _):
            // A person was faster: another model is asked beside the champion, or the shadow is the champion by now.
            let isShadow = promoted.digest == state.trial?.model
            if promoted.role == (isShadow ? .champion : .shadow) { state.trial = nil }
        case .event(.rolledBack(let back), _) where back.role == .shadow && back.from == state.trial?.model: state.trial = nil
        case .succeeded(let effect, let result, let now) where effect.kind == trainEffect:
            if state.trial == nil, state.schedule != nil, let trained = better(result) {
                state.trial = State.Trial(model: trained.digest, since: now)
            }
        // Without a review there is no proposal, and nobody has to decide.
        case .rejected(let effect, _, _, _) where effect.kind == reviewEffect: state.trial = nil
        case .skipped(let effect, _, _) where effect.kind == reviewEffect: state.trial = nil
        case .event, .succeeded, .rejected, .indeterminate, .fired, .signal, .cancelRequested, .skipped, .skippedInput, .compensated: break
        }
    }

    package static func react(to input: SagaInput<ModelEvent>, in state: State) -> [Reaction<Command>] {
        switch input {
        case .event(.retrainingScheduled(let scheduled), _):
            guard scheduled.everyDays > 0 else { return [.cancelTimer(trainTimer)] }
            return [.schedule(timer: trainTimer, at: scheduled.at.advanced(by: .days(scheduled.everyDays)))]
        case .event(.trainingRequested(let requested), _): return [.perform(training(of: state.model, until: requested.at))]
        case .fired(trainTimer, let due, let now):
            guard let schedule = state.schedule else { return [] }
            return [
                .perform(training(of: state.model, until: due)),
                .schedule(timer: trainTimer, at: now.advanced(by: .days(schedule.everyDays))),
            ]
        case .succeeded(let effect, let result, let now) where effect.kind == trainEffect: return trained(result, in: state, at: now)
        case .fired(shadowTimer, _, _):
            guard let trial = state.trial else { return [] }
            let request: JSONValue = ["model": .string(trial.model.hexadecimal), "since": .string(trial.since.description)]
            return [.perform(Effect(reviewEffect, key: "\(state.model):review:\(trial.model):\(trial.since)", request: request))]
        case .succeeded(let effect, let result, let now) where effect.kind == reviewEffect:
            do {
                let review = try result.coded(as: Review.self)
                return [.command(.propose(review.model, review.shadow, at: now))]
            } catch {
                return [.park(reason: "the review cannot be read: \(error)")]
            }
        case .rejected(_, let reason, _, let now): return [.command(.fail(account: reason, at: now))]
        case .skipped(_, let reason, let now): return [.command(.fail(account: "skipped: \(reason)", at: now))]
        case .event, .succeeded, .indeterminate, .fired, .signal, .cancelRequested, .skippedInput, .compensated: return []
        }
    }

    private static func training(of model: String, until instant: Timestamp) -> Effect {
        Effect(
            trainEffect, key: "\(model):train:\(instant)", request: ["model": .string(model), "until": .string(instant.description)])
    }

    /// The model that a training brought, if it is better; what cannot be read is told by ``trained(_:in:at:)``.
    private static func better(_ result: JSONValue) -> ModelTrained? {
        guard case .success(let trained) = Result(catching: { try result.coded(as: ModelTrained.self) }), trained.isBetter else {
            return nil
        }
        return trained
    }

    private static func trained(_ result: JSONValue, in state: State, at now: Timestamp) -> [Reaction<Command>] {
        let trained: ModelTrained
        do {
            trained = try result.coded(as: ModelTrained.self)
        } catch {
            return [.park(reason: "what was trained cannot be read: \(error)")]
        }
        // Without a schedule somebody asked for it, and looks after it; a shadow that is on trial keeps its place.
        guard trained.isBetter, let schedule = state.schedule, state.trial == State.Trial(model: trained.digest, since: now) else {
            return [.command(.record(trained))]
        }
        return [
            .command(.record(trained)), .command(.beginShadow(trained.digest, at: now)),
            .schedule(timer: shadowTimer, at: now.advanced(by: .days(schedule.shadowDays))),
        ]
    }

    /// What a review of a shadow brings.
    package struct Review: Sendable, Codable {
        package let model: ModelDigest
        package let shadow: ShadowRecord

        package init(model: ModelDigest, shadow: ShadowRecord) {
            self.model = model
            self.shadow = shadow
        }

        package func json() throws -> JSONValue { try JSONValue(coding: self) }
    }

    package static func policy(for kind: String) -> EffectPolicy {
        EffectPolicy(maximumAttempts: 3, timeLimit: .hours(2), lookUpWaits: [.zero], whenExhausted: .reject)
    }

    package static func awaits(in state: State) -> String? { "a schedule of retraining, or the next model" }

    package static var refusesCancellation: String? { "retraining goes by its schedule: set everyDays to 0 to end it" }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        let stream = try BillingRetries.model(ModelRegister.retries)
        switch command {
        case .record(let trained): try await decisions.decide(ModelRegister.self, .record(trained), on: stream)
        case .fail(let account, let now):
            try await decisions.decide(ModelRegister.self, .recordFailure(account: account, at: now), on: stream)
        case .beginShadow(let digest, let now):
            let register = try await decisions.state(of: ModelRegister.self, on: stream)
            // Nothing new came of the same past.
            guard register.holder(of: .shadow) != digest, register.holder(of: .champion) != digest else { return }
            try await decisions.decide(
                ModelRegister.self, .promote(digest, to: .shadow, reason: "did better than the champion", at: now), on: stream)
        case .propose(let digest, let shadow, let now):
            try await decisions.decide(ModelRegister.self, .propose(digest, shadow, at: now), on: stream)
        }
    }
}

extension ModelTrained {
    /// As it stands in the engine's event.
    package func json() throws -> JSONValue { try JSONValue(coding: self) }
}
