/// One saga as its events left it: folded from the log alone, so any process can take it up at any moment.
///
/// Inputs whose reactions are not in the log yet are *unhandled*: after a crash they are planned again, and since planning is pure and an
/// append is all or nothing, nothing is done twice and nothing is forgotten.
public struct SagaInstance<S: Saga>: Sendable {
    public enum Status: Sendable, Hashable {
        case running
        case parked(reason: String)
        case finished(outcome: String)
    }

    /// An effect without a final outcome.
    public struct OpenEffect: Sendable, Hashable {
        public internal(set) var intent: EffectIntent
        public internal(set) var epoch: Int64
        /// The peer gave no definite answer; a timer brings the next look-up.
        public internal(set) var isIndeterminate = false
        public internal(set) var isLookUpDue = false
        public internal(set) var lookUps = 0

        public var reference: EffectReference { EffectReference(kind: intent.kind, key: intent.key) }
        var lookUpTimer: String { "look-up:\(intent.kind):\(intent.key)" }
    }

    public struct Timer: Sendable, Hashable {
        public let due: Timestamp
        public let wakeUp: WakeUp
    }

    /// What a timer is for.
    public enum WakeUp: String, Sendable {
        case reaction
        case lookUp = "look-up"
    }

    private struct Unhandled {
        let cause: EventID
        let reactions: [Reaction<S.Command>]
    }

    public let id: String
    public let stream: StreamName
    public private(set) var state: S.State
    public private(set) var status = Status.running
    public private(set) var definitionVersion: Int?
    public private(set) var streamVersion: StreamVersion = 0
    /// In the order of their intents.
    public private(set) var openEffects: [OpenEffect] = []
    public private(set) var timers: [String: Timer] = [:]
    private var unhandled: [Unhandled] = []

    public init(id: String) throws(EventLogError) {
        self.id = id
        stream = try S.stream(of: id)
        state = S.initialState(of: id)
    }

    public var hasUnhandledInputs: Bool { status == .running && !unhandled.isEmpty }

    /// Effects that can be sent or looked up now, without waiting for a timer.
    public var actionableEffects: [OpenEffect] {
        guard status == .running else { return [] }
        return openEffects.filter { !$0.isIndeterminate || $0.isLookUpDue }
    }

    // MARK: - Folding the log

    /// Folds a domain event that is routed here.
    public mutating func consume(_ event: S.Event, in stream: StreamName, id: EventID) {
        learn(.event(event, stream: stream), cause: id)
    }

    /// Folds an event of the saga's own stream.
    public mutating func consume(_ event: SagaLifecycle, id: EventID) {
        streamVersion += 1
        switch event {
        case .started(let started): definitionVersion = started.definitionVersion
        case .advanced(let advanced): advanced.causes.forEach { markHandled($0) }
        case .effectIntended(let intended): open(intended)
        case .effectSucceeded(let outcome):
            let reference = EffectReference(kind: outcome.effect, key: outcome.key)
            close(reference)
            learn(.succeeded(reference, result: outcome.result, at: outcome.at), cause: id)
        case .effectRejected(let outcome):
            let reference = EffectReference(kind: outcome.effect, key: outcome.key)
            close(reference)
            learn(.rejected(reference, reason: outcome.reason, result: outcome.result, at: outcome.at), cause: id)
        case .effectIndeterminate(let outcome):
            let reference = EffectReference(kind: outcome.effect, key: outcome.key)
            update(reference) { $0.isIndeterminate = true }
            learn(.indeterminate(reference, reason: outcome.reason, at: outcome.at), cause: id)
        case .timerSet(let timer):
            timers[timer.timer] = Timer(due: timer.due, wakeUp: WakeUp(rawValue: timer.wakeUp) ?? .reaction)
            markHandled(timer.cause)
            for effect in openEffects where effect.lookUpTimer == timer.timer { update(effect.reference) { $0.isLookUpDue = false } }
        case .timerFired(let timer):
            timers[timer.timer] = nil
            if timer.wakeUp == WakeUp.lookUp.rawValue {
                for effect in openEffects where effect.lookUpTimer == timer.timer {
                    update(effect.reference) {
                        $0.isLookUpDue = true
                        $0.lookUps += 1
                    }
                }
            } else {
                learn(.fired(timer: timer.timer, due: timer.due, at: timer.at), cause: id)
            }
        case .timerCancelled(let timer):
            timers[timer.timer] = nil
            markHandled(timer.cause)
        case .parked(let parked):
            status = .parked(reason: parked.reason)
            markHandled(parked.cause)
        case .finished(let finished):
            status = .finished(outcome: finished.outcome)
            markHandled(finished.cause)
            timers = [:]
            unhandled = []
        }
    }

    private mutating func learn(_ input: SagaInput<S.Event>, cause: EventID) {
        S.evolve(&state, with: input)
        if case .finished = status { return }
        let reactions = S.react(to: input, in: state)
        if !reactions.isEmpty { unhandled.append(Unhandled(cause: cause, reactions: reactions)) }
    }

    private mutating func markHandled(_ cause: String) {
        unhandled.removeAll { $0.cause.description == cause }
    }

    private mutating func open(_ intended: EffectIntended) {
        let intent = EffectIntent(
            saga: intended.saga, instance: intended.instance, kind: intended.effect, key: intended.key, attempt: intended.attempt,
            request: intended.request, deadline: intended.deadline)
        close(EffectReference(kind: intent.kind, key: intent.key))
        openEffects.append(OpenEffect(intent: intent, epoch: intended.epoch))
        markHandled(intended.cause)
    }

    private mutating func close(_ reference: EffectReference) {
        for effect in openEffects where effect.reference == reference { timers[effect.lookUpTimer] = nil }
        openEffects.removeAll { $0.reference == reference }
    }

    private mutating func update(_ reference: EffectReference, _ change: (inout OpenEffect) -> Void) {
        for index in openEffects.indices where openEffects[index].reference == reference { change(&openEffects[index]) }
    }

    // MARK: - Planning the next append

    /// Puts everything that follows now into the batch: first `news` of the engine itself, then all reactions, with what they lead to.
    ///
    /// Call it on a copy; the instance itself learns from the log, once the append is in it.
    public mutating func plan(_ news: [SagaLifecycle] = [], in batch: DecisionBatch, epoch: Int64) async throws {
        await batch.base(on: streamVersion, of: stream)
        if definitionVersion == nil, let first = unhandled.first {
            try await record(
                .started(SagaStarted(saga: S.name, definitionVersion: S.version, instance: id, cause: first.cause.description)), in: batch)
        }
        for event in news { try await record(event, in: batch) }
        var unmarked: [String] = []
        while status == .running, !unhandled.isEmpty {
            let next = unhandled.removeFirst()
            let cause = next.cause.description
            let versionBefore = streamVersion
            for reaction in next.reactions where status == .running {
                try await carryOut(reaction, cause: cause, in: batch, epoch: epoch)
            }
            if streamVersion == versionBefore { unmarked.append(cause) }
        }
        if case .finished = status { return }
        if !unmarked.isEmpty { try await record(.advanced(SagaAdvanced(causes: unmarked)), in: batch) }
    }

    private mutating func carryOut(
        _ reaction: Reaction<S.Command>, cause: String, in batch: DecisionBatch, epoch: Int64
    ) async throws {
        let now = batch.now
        switch reaction {
        case .command(let command):
            try await dispatch(command, cause: cause, in: batch)
        case .perform(let effect):
            try await record(intent(effect, attempt: 1, cause: cause, epoch: epoch, now: now), in: batch)
        case .schedule(let timer, let due):
            try await record(
                .timerSet(TimerSet(timer: timer, due: due, cause: cause, wakeUp: WakeUp.reaction.rawValue)), in: batch)
        case .cancelTimer(let timer):
            guard timers[timer] != nil else { return }
            try await record(.timerCancelled(TimerCancelled(timer: timer, cause: cause)), in: batch)
        case .finish(let outcome):
            try await record(.finished(SagaFinished(outcome: outcome, cause: cause)), in: batch)
        case .park(let reason):
            try await record(.parked(SagaParked(reason: reason, cause: cause)), in: batch)
        }
    }

    private mutating func dispatch(_ command: S.Command, cause: String, in batch: DecisionBatch) async throws {
        let known = await batch.decided.count
        do {
            try await S.dispatch(command, to: batch)
        } catch let error as EventLogError {
            throw error
        } catch {
            // A decider's no that the saga did not expect: a person has to look at it.
            try await record(.parked(SagaParked(reason: "\(error)", cause: cause)), in: batch)
        }
        for decided in await batch.decided.dropFirst(known) {
            guard let event = decided.event as? S.Event, S.instances(for: event, in: decided.stream).contains(id) else { continue }
            learn(.event(event, stream: decided.stream), cause: decided.id)
        }
    }

    private mutating func record(_ event: SagaLifecycle, in batch: DecisionBatch) async throws {
        for id in try await batch.append([event], to: stream) { consume(event, id: id) }
    }

    private func intent(_ effect: Effect, attempt: Int, cause: String, epoch: Int64, now: Timestamp) -> SagaLifecycle {
        .effectIntended(
            EffectIntended(
                saga: S.name, definitionVersion: definitionVersion ?? S.version, instance: id, effect: effect.kind, key: effect.key,
                attempt: attempt, epoch: epoch, cause: cause,
                deadline: now.advanced(by: S.policy(for: effect.kind).timeLimit), request: effect.request))
    }

    // MARK: - What an answer means

    /// The engine's news after the peer answered, or failed to.
    public func news(of outcome: EffectOutcome, for effect: OpenEffect, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        news(of: outcome, for: effect, knownBy: "answer", epoch: epoch, now: now)
    }

    /// The engine's news after a look-up.
    public func news(of lookUp: LookUp, for effect: OpenEffect, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        switch lookUp {
        case .settled(let outcome):
            return news(of: outcome, for: effect, knownBy: "look-up", epoch: epoch, now: now)
        case .unknown(let reason):
            return doubt(effect, reason: reason, epoch: epoch, now: now)
        case .absent:
            let attempt = effect.intent.attempt + 1
            let cause = "attempt:\(effect.intent.attempt)"
            guard attempt <= S.policy(for: effect.intent.kind).maximumAttempts else {
                let reason = "\(effect.intent.kind) was sent \(effect.intent.attempt) times without effect"
                return [.parked(SagaParked(reason: reason, cause: cause))]
            }
            let again = Effect(effect.intent.kind, key: effect.intent.key, request: effect.intent.request)
            return [intent(again, attempt: attempt, cause: cause, epoch: epoch, now: now)]
        }
    }

    private func news(
        of outcome: EffectOutcome, for effect: OpenEffect, knownBy: String, epoch: Int64, now: Timestamp
    ) -> [SagaLifecycle] {
        let intent = effect.intent
        switch outcome {
        case .succeeded(let result):
            let succeeded = EffectSucceeded(
                effect: intent.kind, key: intent.key, attempt: intent.attempt, epoch: epoch, knownBy: knownBy, at: now, result: result)
            return [.effectSucceeded(succeeded)]
        case .rejected(let reason, let result):
            let rejected = EffectRejected(
                effect: intent.kind, key: intent.key, attempt: intent.attempt, epoch: epoch, knownBy: knownBy, at: now, reason: reason,
                result: result)
            return [.effectRejected(rejected)]
        case .indeterminate(let reason):
            return doubt(effect, reason: reason, epoch: epoch, now: now)
        }
    }

    private func doubt(_ effect: OpenEffect, reason: String, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        var news: [SagaLifecycle] = []
        let cause = "\(effect.intent.kind):\(effect.intent.key)"
        if !effect.isIndeterminate {
            news.append(
                .effectIndeterminate(
                    EffectIndeterminate(
                        effect: effect.intent.kind, key: effect.intent.key, attempt: effect.intent.attempt, epoch: epoch, at: now,
                        reason: reason)))
        }
        let waits = S.policy(for: effect.intent.kind).lookUpWaits
        if effect.lookUps < waits.count {
            news.append(
                .timerSet(
                    TimerSet(
                        timer: effect.lookUpTimer, due: now.advanced(by: waits[effect.lookUps]), cause: cause,
                        wakeUp: WakeUp.lookUp.rawValue)))
        } else {
            news.append(.parked(SagaParked(reason: "the outcome of \(cause) stays unknown: \(reason)", cause: cause)))
        }
        return news
    }
}
