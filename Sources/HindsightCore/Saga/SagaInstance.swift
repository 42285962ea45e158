/// One saga as its events left it: folded from the log alone, so any process can take it up at any moment.
///
/// Inputs whose reactions are not in the log yet are *unhandled*: after a crash they are planned again, and since planning is pure and an
/// append is all or nothing, nothing is done twice and nothing is forgotten. A plan is based on all that the saga's streams hold, and its
/// append fails if any of them has grown: so the recorded decisions are those of the log's order, and a replay comes to the same.
public struct SagaInstance<S: Saga>: Sendable {
    struct Unhandled: Sendable {
        let cause: EventID
        let input: SagaInput<S.Event>
        let reactions: [Reaction<S.Command>]
    }

    public let id: String
    public let stream: StreamName
    public private(set) var state: S.State
    public private(set) var standing = SagaStanding()
    /// The streams of the domain whose events concerned it, with the versions that it has seen.
    public private(set) var inputs: [StreamName: StreamVersion] = [:]
    /// Of the last event that it has seen.
    public private(set) var position: Position = 0
    /// The story that everything it leads to is part of: that of the first event which concerned it.
    public private(set) var correlation: String?
    /// The last event of its own stream.
    private var latest: EventID?
    var unhandled: [Unhandled] = []
    /// The input that was handled last, at most one: it is unhandled again if the saga parks over it in the same append.
    private var lastHandled: [Unhandled] = []

    public init(id: String) throws(EventLogError) {
        self.id = id
        stream = try S.stream(of: id)
        state = S.initialState(of: id)
    }

    public var status: SagaStanding.Status { standing.status }
    public var hasUnhandledInputs: Bool { !unhandled.isEmpty }

    /// Whether something can be stored now without an answer of a peer.
    public var canAdvance: Bool {
        standing.mayAct
            && (!unhandled.isEmpty || standing.openEffects.contains(where: isAttemptDue) || isUndoingDue)
    }

    /// Effects that can be sent or looked up now, without waiting for a timer.
    public var actionableEffects: [OpenEffect] {
        guard standing.mayAct else { return [] }
        return standing.openEffects.filter { $0.phase == .intended || $0.phase == .lookUpDue }
    }

    private var isUndoingDue: Bool {
        guard standing.undoing != nil, !isUndone else { return false }
        return standing.openEffects.allSatisfy { ($0.phase == .postponed || $0.phase == .retryDue) && $0.undoes == nil }
    }

    private var isUndone = false

    private func isAttemptDue(_ effect: OpenEffect) -> Bool {
        effect.phase == .retryDue && (standing.undoing == nil || effect.undoes != nil)
    }

    // MARK: - Folding the log

    /// Whether the event has been folded already.
    public func hasSeen(_ version: StreamVersion, of stream: StreamName) -> Bool {
        version <= (stream == self.stream ? standing.streamVersion : inputs[stream] ?? 0)
    }

    /// Folds an event of the log, if it concerns this instance.
    ///
    /// - Throws: `UnreadableEvent`.
    public mutating func consume(_ recorded: RecordedEvent) throws {
        if recorded.stream == stream {
            guard let event = try SagaLifecycle.codec.decode(recorded) else { return }
            consume(event, id: recorded.id, recordedAt: recorded.recordedAt, at: recorded.position)
        } else if let event = try S.Event.codec.decode(recorded), S.instances(for: event, in: recorded.stream).contains(id) {
            try consume(
                event, in: recorded.stream, version: recorded.version, id: recorded.id, at: recorded.position, metadata: recorded.metadata)
        }
    }

    /// Folds a domain event that is routed here.
    ///
    /// - Throws: `DecodingError` for metadata that no log takes.
    public mutating func consume(
        _ event: S.Event, in stream: StreamName, version: StreamVersion, id: EventID, at position: Position, metadata: JSONText
    ) throws {
        if inputs.isEmpty { correlation = try Attribution(metadata).correlationID }
        inputs[stream] = version
        self.position = position
        learn(.event(event, stream: stream), cause: id)
    }

    /// Folds an event of the saga's own stream.
    public mutating func consume(_ event: SagaLifecycle, id: EventID, recordedAt: Timestamp, at position: Position) {
        self.position = position
        fold(event, id: id, at: recordedAt)
    }

    /// Notes that everything of an input stream up to this version was read, whether it was routed here or not.
    public mutating func hasRead(through version: StreamVersion, of stream: StreamName) {
        if let known = inputs[stream], known < version { inputs[stream] = version }
    }

    /// What a successful append of this plan has made of it.
    public mutating func adopt(_ receipt: AppendReceipt) {
        position = receipt.lastPosition
        for written in receipt.streams where inputs[written.stream] != nil { inputs[written.stream] = written.version }
        // The append is whole. There may be a hundred thousand that wait: room for inputs that were handled is let go.
        lastHandled = []
        if unhandled.isEmpty { unhandled = [] }
    }

    private mutating func fold(_ event: SagaLifecycle, id: EventID, at instant: Timestamp) {
        // Asked before, because an outcome closes its effect.
        let isOfTheSaga = event.settled.map { standing.isOfTheSaga($0) } ?? false
        standing.apply(event, id: id, at: instant)
        latest = id
        switch event {
        case .started, .effectTakenUp, .effectPostponed, .paused, .resumed, .retried: break
        case .advanced(let advanced): advanced.causes.forEach { markHandled($0) }
        case .effectIntended(let intended): markHandled(intended.cause)
        case .effectSucceeded(let outcome):
            if isOfTheSaga { learn(.succeeded(outcome.reference, result: outcome.result, at: outcome.at), cause: id) }
        case .effectRejected(let outcome):
            if let cause = outcome.cause { markHandled(cause) }
            guard isOfTheSaga, outcome.knownBy != EffectRejected.withdrawal else { return }
            learn(.rejected(outcome.reference, reason: outcome.reason, result: outcome.result, at: outcome.at), cause: id)
        case .effectIndeterminate(let outcome):
            if isOfTheSaga { learn(.indeterminate(outcome.reference, reason: outcome.reason, at: outcome.at), cause: id) }
        case .timerSet(let timer): markHandled(timer.cause)
        case .timerFired(let timer):
            guard timer.wakeUp == SagaStanding.WakeUp.reaction.rawValue else { return }
            learn(.fired(timer: timer.timer, due: timer.due, at: timer.at), cause: id)
        case .timerCancelled(let timer): markHandled(timer.cause)
        case .compensationStarted(let started):
            markHandled(started.cause)
            unhandled = []
        case .compensated(let compensated):
            isUndone = true
            learn(.compensated(at: compensated.at), cause: id)
        // The input stays unhandled: a retry plans it again.
        case .parked(let parked):
            guard let last = lastHandled.first, last.cause == EventID(parked.cause) else { return }
            unhandled.insert(last, at: 0)
            lastHandled = []
        case .finished: unhandled = []
        case .resolved(let resolved):
            guard isOfTheSaga else { return }
            switch resolved.outcome {
            case .succeeded: learn(.succeeded(resolved.reference, result: resolved.result, at: resolved.at), cause: id)
            case .rejected:
                learn(.rejected(resolved.reference, reason: resolved.reason, result: resolved.result, at: resolved.at), cause: id)
            }
        case .skipped(let skipped):
            if let cause = skipped.cause, let left = markHandled(cause) {
                learn(.skippedInput(left.input, reason: skipped.reason, at: skipped.at), cause: id)
            }
            guard isOfTheSaga, let reference = skipped.reference else { return }
            learn(.skipped(reference, reason: skipped.reason, at: skipped.at), cause: id)
        case .cancelRequested(let request): learn(.cancelRequested(reason: request.reason, at: request.at), cause: id)
        case .signalled(let signal): learn(.signal(signal.signal, data: signal.data, at: signal.at), cause: id)
        }
    }

    private mutating func learn(_ input: SagaInput<S.Event>, cause: EventID) {
        S.evolve(&state, with: input)
        guard !standing.isOver else { return }
        // While it is being undone, what was on its way still arrives, and leads nowhere.
        if standing.undoing != nil, !input.isOfUndoing { return }
        let reactions = S.react(to: input, in: state)
        if !reactions.isEmpty { unhandled.append(Unhandled(cause: cause, input: input, reactions: reactions)) }
    }

    /// - Returns: The input, if it was unhandled.
    @discardableResult
    private mutating func markHandled(_ cause: String) -> Unhandled? {
        guard !unhandled.isEmpty, let cause = EventID(cause), let index = unhandled.firstIndex(where: { $0.cause == cause }) else {
            return nil
        }
        let handled = unhandled.remove(at: index)
        lastHandled = [handled]
        return handled
    }

    /// Lets go of inputs that led to nothing in the log, although they might have.
    mutating func passOver(except kept: Set<EventID>) {
        guard standing.mayAct else { return }
        unhandled.removeAll { !kept.contains($0.cause) }
    }

    // MARK: - Planning the next append

    /// Puts everything that follows now into the batch: first `news` of the engine itself, then all reactions, with what they lead to.
    ///
    /// Call it on a copy; once the append is in the log, the copy is the instance: see ``adopt(_:)``.
    nonisolated(nonsending) public mutating func plan(_ news: [SagaLifecycle] = [], in batch: DecisionBatch, epoch: Int64) async throws {
        batch.base(on: standing.streamVersion, of: stream)
        for (stream, version) in inputs { batch.base(on: version, of: stream) }
        if standing.definitionVersion == nil, let first = unhandled.first, standing.mayAct {
            try batch.attribute(to: first.cause, correlation: correlation)
            try await record(
                .started(SagaStarted(saga: S.name, definitionVersion: S.version, instance: id, cause: first.cause.description)), in: batch)
        }
        for event in news {
            try batch.attribute(to: standing.cause(of: event) ?? latest, correlation: correlation)
            try await record(event, in: batch)
        }
        guard standing.mayAct else { return }
        for effect in standing.openEffects where isAttemptDue(effect) {
            guard try await isStillWanted(effect, in: batch, epoch: epoch) else { continue }
            try batch.attribute(to: effect.latest, correlation: correlation)
            try await record(nextAttempt(of: effect, epoch: epoch, now: batch.now), in: batch)
        }
        try await react(in: batch, epoch: epoch)
        try await undo(in: batch, epoch: epoch)
    }

    /// Asks the saga whether what was not done is still to be done, and lets it decide otherwise.
    nonisolated(nonsending) private mutating func isStillWanted(
        _ effect: OpenEffect, in batch: DecisionBatch, epoch: Int64
    ) async throws -> Bool {
        // An instant that is in the log, so that a replay comes to the same.
        let now = effect.dueAgainAt ?? batch.now
        guard effect.undoes == nil, let command = S.reconsideration(of: effect.reference, in: state, at: now) else { return true }
        try batch.attribute(to: effect.latest, correlation: correlation)
        var reactions = (try await dispatch(command, cause: "\(effect.reference)", in: batch) ?? [])[...]
        while standing.mayAct, let reaction = reactions.popFirst() {
            if let instead = try await carryOut(reaction, cause: "\(effect.reference)", in: batch, epoch: epoch) {
                reactions = instead[...]
            }
        }
        try await react(in: batch, epoch: epoch)
        return standing.mayAct && standing.openEffect(effect.reference).map(isAttemptDue) ?? false
    }

    nonisolated(nonsending) private mutating func react(in batch: DecisionBatch, epoch: Int64) async throws {
        var unmarked: [String] = []
        while standing.mayAct, let next = unhandled.first {
            let cause = next.cause.description
            let versionBefore = standing.streamVersion
            unhandled.removeFirst()
            try batch.attribute(to: next.cause, correlation: correlation)
            var reactions = next.reactions[...]
            while standing.mayAct, let reaction = reactions.popFirst() {
                if let instead = try await carryOut(reaction, cause: cause, in: batch, epoch: epoch) { reactions = instead[...] }
            }
            if case .parked = standing.status {
                // It stands at this input until a person retries or skips it.
                unhandled.insert(next, at: 0)
            } else if standing.streamVersion == versionBefore {
                unmarked.append(cause)
            }
        }
        if standing.isOver || unmarked.isEmpty { return }
        try await record(.advanced(SagaAdvanced(causes: unmarked)), in: batch)
    }

    /// - Returns: What follows in place of the reactions that were to come, after a refusal.
    nonisolated(nonsending) private mutating func carryOut(
        _ reaction: Reaction<S.Command>, cause: String, in batch: DecisionBatch, epoch: Int64
    ) async throws -> [Reaction<S.Command>]? {
        switch reaction {
        case .command(let command):
            return try await dispatch(command, cause: cause, in: batch)
        case .perform(let effect):
            try await record(intent(effect, attempt: 1, cause: cause, epoch: epoch, now: batch.now), in: batch)
        case .withdraw(let reference, let reason):
            guard let effect = standing.openEffect(reference), effect.phase == .postponed || effect.phase == .retryDue else { return nil }
            let rejected = EffectRejected(
                effect: reference.kind, key: reference.key, attempt: effect.intent.attempt, epoch: epoch,
                knownBy: EffectRejected.withdrawal, at: batch.now, reason: reason, result: [:], cause: cause)
            try await record(.effectRejected(rejected), in: batch)
        case .schedule(let timer, let due):
            try await record(
                .timerSet(TimerSet(timer: timer, due: due, cause: cause, wakeUp: SagaStanding.WakeUp.reaction.rawValue)), in: batch)
        case .cancelTimer(let timer):
            guard standing.timers[timer] != nil else { return nil }
            try await record(.timerCancelled(TimerCancelled(timer: timer, cause: cause)), in: batch)
        case .compensate(let reason):
            try await record(.compensationStarted(SagaCompensationStarted(reason: reason, cause: cause)), in: batch)
        case .finish(let outcome):
            try await record(.finished(SagaFinished(outcome: outcome, cause: cause)), in: batch)
        case .park(let reason):
            try await record(.parked(SagaParked(reason: reason, cause: cause)), in: batch)
        }
        return nil
    }

    nonisolated(nonsending) private mutating func dispatch(
        _ command: S.Command, cause: String, in batch: DecisionBatch
    ) async throws -> [Reaction<S.Command>]? {
        let known = batch.decided.count
        do {
            try await S.dispatch(command, to: batch)
        } catch let error as EventLogError {
            throw error
        } catch {
            if let instead = S.reactions(toRefusalOf: command, error, in: state) { return instead }
            // A decider's no that the saga did not expect: a person has to look at it.
            try await record(.parked(SagaParked(reason: "\(error)", cause: cause)), in: batch)
        }
        for decided in batch.decided.dropFirst(known) {
            guard let event = try decided.event.member(of: S.Event.self), S.instances(for: event, in: decided.stream).contains(id) else {
                continue
            }
            inputs[decided.stream] = decided.version
            learn(.event(event, stream: decided.stream), cause: decided.id)
        }
        return nil
    }

    /// The next step back: what is open is waited for, what was never done is let go, what was applied last is undone first.
    nonisolated(nonsending) private mutating func undo(in batch: DecisionBatch, epoch: Int64) async throws {
        guard standing.mayAct, isUndoingDue else { return }
        try batch.attribute(to: latest, correlation: correlation)
        for effect in standing.openEffects {
            let rejected = EffectRejected(
                effect: effect.intent.kind, key: effect.intent.key, attempt: effect.intent.attempt, epoch: epoch,
                knownBy: EffectRejected.compensation,
                at: batch.now, reason: "not tried again, since what came before is being undone", result: [:])
            try await record(.effectRejected(rejected), in: batch)
        }
        guard let last = standing.applied.last else {
            try await record(.compensated(SagaCompensated(at: batch.now)), in: batch)
            return try await react(in: batch, epoch: epoch)
        }
        let effect = last.compensation.effect(undoing: last.reference, result: last.result)
        try await record(
            intent(effect, attempt: 1, cause: "undo", undoes: last.reference, epoch: epoch, now: batch.now), in: batch)
    }

    nonisolated(nonsending) private mutating func record(_ event: SagaLifecycle, in batch: DecisionBatch) async throws {
        for id in try await batch.append([event], to: stream) { fold(event, id: id, at: batch.now) }
    }

    // MARK: - Intents

    func intent(
        _ effect: Effect, attempt: Int, cause: String, undoes: EffectReference? = nil, since: Timestamp? = nil, inDoubt: Bool = false,
        epoch: Int64, now: Timestamp
    ) -> SagaLifecycle {
        let policy = S.policy(for: effect.kind)
        var deadline = now.advanced(by: policy.timeLimit)
        if let limit = policy.totalTimeLimit { deadline = min(deadline, (since ?? now).advanced(by: limit)) }
        return .effectIntended(
            EffectIntended(
                saga: S.name, definitionVersion: standing.definitionVersion ?? S.version, instance: id, effect: effect.kind,
                key: effect.key, attempt: attempt, epoch: epoch, cause: cause, deadline: deadline, request: effect.request,
                compensation: effect.compensation, undoes: undoes, inDoubt: inDoubt ? true : nil))
    }

    /// - Parameter inDoubt: Whether an earlier attempt may have been done.
    func nextAttempt(of effect: OpenEffect, inDoubt: Bool = false, epoch: Int64, now: Timestamp) -> SagaLifecycle {
        let again = Effect(effect.intent.kind, key: effect.intent.key, request: effect.intent.request, undoneBy: effect.compensation)
        return intent(
            again, attempt: effect.intent.attempt + 1, cause: "attempt:\(effect.intent.attempt)", undoes: effect.undoes,
            since: effect.since, inDoubt: inDoubt, epoch: epoch, now: now)
    }

    /// The engine's news of an attempt that was held back, unsent, until its time was almost over: the claim anew, or the question whether
    /// it is still right.
    public func newsOfHolding(_ effect: OpenEffect, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        let isQuestioned = isReconsidered(effect, at: now)
        guard !isQuestioned || effect.isInDoubt else {
            return triedAnew(effect, "it was held back by the limits of its peer", epoch: epoch, now: now)
        }
        return [renewal(of: effect, epoch: epoch, now: now)]
    }

    private func renewal(of effect: OpenEffect, epoch: Int64, now: Timestamp) -> SagaLifecycle {
        let same = Effect(effect.intent.kind, key: effect.intent.key, request: effect.intent.request, undoneBy: effect.compensation)
        return intent(
            same, attempt: effect.intent.attempt, cause: "attempt:\(effect.intent.attempt)", undoes: effect.undoes, since: effect.since,
            inDoubt: effect.isInDoubt, epoch: epoch, now: now)
    }
}

extension SagaStanding {
    /// Whether an effect is the saga's own wish, and not one of the engine to take another one back.
    fileprivate func isOfTheSaga(_ reference: EffectReference) -> Bool { openEffect(reference).map { $0.undoes == nil } ?? false }
}
