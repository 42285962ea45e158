/// How a saga stands as far as the engine goes: folded from the engine's own events, whatever the saga is about.
public struct SagaStanding: Sendable {
    public enum Status: Sendable, Hashable {
        case running
        /// Waits for a person.
        case parked(reason: String)
        case finished(outcome: String)
    }

    public struct Timer: Sendable, Hashable {
        public let due: Timestamp
        public let wakeUp: WakeUp
        /// The event that set it, where its id was told.
        let setBy: EventID?
    }

    /// What a timer is for.
    public enum WakeUp: String, Sendable {
        case reaction
        case lookUp = "look-up"
        case retry
    }

    /// An effect that succeeded and can be undone.
    public struct Applied: Sendable, Hashable {
        public let reference: EffectReference
        public let compensation: Compensation
        public let result: JSONValue
    }

    /// What is parked: an input, by its event's id, or an effect.
    public private(set) var parkedOver: String?
    public private(set) var status = Status.running
    /// How often it has been parked.
    public private(set) var parkings = 0
    /// Why it is paused; `nil` if it isn't.
    public private(set) var pause: String?
    public private(set) var definitionVersion: Int?
    public private(set) var streamVersion: StreamVersion = 0
    /// In the order of their intents.
    public private(set) var openEffects: [OpenEffect] = []
    public private(set) var timers = TimerList()
    /// In the order of their success.
    public private(set) var applied: [Applied] = []
    /// Why what was applied is being undone; `nil` if it isn't.
    public private(set) var undoing: String?

    public init() {}

    /// Whether anything may be begun.
    public var mayAct: Bool { status == .running && pause == nil }

    public var isOver: Bool { if case .finished = status { true } else { false } }

    public func openEffect(_ reference: EffectReference) -> OpenEffect? { openEffects.first { $0.reference == reference } }

    // MARK: - Folding

    /// - Parameters:
    ///   - id: Of the event; only needed to name the causes of others.
    ///   - instant: When the event was recorded, or is about to be.
    public mutating func apply(_ event: SagaLifecycle, id: EventID? = nil, at instant: Timestamp) {
        streamVersion += 1
        switch event {
        case .started(let started): definitionVersion = started.definitionVersion
        case .advanced, .signalled, .cancelRequested, .compensated: break
        case .effectIntended(let intended): intend(intended, id: id, at: instant)
        case .effectTakenUp(let taken):
            update(taken.reference) {
                $0.takeOvers += 1
                $0.isOfUnknownAge = true
                $0.epoch = taken.epoch
                $0.phase = .lookUpDue
                $0.latest = id
            }
        case .effectSucceeded(let outcome):
            settle(outcome.reference, result: outcome.result)
        case .effectRejected(let outcome): close(outcome.reference)
        case .effectPostponed(let outcome):
            update(outcome.reference) {
                $0.phase = .postponed
                $0.postponements += 1
                $0.latest = id
            }
        case .effectIndeterminate(let outcome):
            update(outcome.reference) {
                $0.phase = .unknown
                $0.isIndeterminate = true
                $0.latest = id
            }
        case .timerSet(let timer):
            timers[timer.timer] = Timer(due: timer.due, wakeUp: WakeUp(rawValue: timer.wakeUp) ?? .reaction, setBy: id)
            updateThoseWaiting(for: timer.timer) {
                if $0.phase == .lookUpDue || $0.phase == .intended { $0.phase = .unknown }
                $0.latest = id
            }
        case .timerFired(let timer):
            timers[timer.timer] = nil
            updateThoseWaiting(for: timer.timer) { effect in
                effect.latest = id
                if timer.wakeUp == WakeUp.lookUp.rawValue {
                    effect.phase = .lookUpDue
                    effect.lookUps += 1
                } else {
                    effect.phase = .retryDue
                    effect.dueAgainAt = timer.at
                }
            }
        case .timerCancelled(let timer): timers[timer.timer] = nil
        case .compensationStarted(let started): undoing = started.reason
        case .parked(let parked):
            status = .parked(reason: parked.reason)
            parkings += 1
            parkedOver = parked.cause
        case .finished(let finished):
            status = .finished(outcome: finished.outcome)
            (timers, openEffects, applied, parkedOver, pause) = (TimerList(), [], [], nil, nil)
        case .retried(let retried):
            unpark()
            for effect in openEffects {
                timers[effect.timer(.lookUp)] = nil
                timers[effect.timer(.retry)] = nil
                update(effect.reference) {
                    $0.beginAnew(at: instant)
                    $0.dueAgainAt = retried.at
                    $0.latest = id
                }
            }
        case .resolved(let resolved):
            unpark()
            switch resolved.outcome {
            case .succeeded: settle(resolved.reference, result: resolved.result)
            case .rejected: close(resolved.reference)
            }
        case .skipped(let skipped):
            unpark()
            guard let reference = skipped.reference else { return }
            if let undone = openEffect(reference)?.undoes { applied.removeAll { $0.reference == undone } }
            applied.removeAll { undoing != nil && $0.reference == reference }
            close(reference)
        case .paused(let paused): pause = paused.reason
        case .resumed: pause = nil
        }
    }

    /// The event that leads to this one of the engine's, which is about to be appended: the last one about its effect, or about its timer.
    func cause(of event: SagaLifecycle) -> EventID? {
        switch event {
        case .effectIntended(let intended): openEffect(intended.reference)?.latest
        case .effectTakenUp(let taken): openEffect(taken.reference)?.latest
        case .effectSucceeded(let outcome): openEffect(outcome.reference)?.latest
        case .effectRejected(let outcome): openEffect(outcome.reference)?.latest
        case .effectPostponed(let outcome): openEffect(outcome.reference)?.latest
        case .effectIndeterminate(let outcome): openEffect(outcome.reference)?.latest
        case .timerSet(let timer): openEffects.first { $0.isWaiting(for: timer.timer) }?.latest
        case .timerFired(let timer): timers[timer.timer]?.setBy
        case .parked(let parked): openEffects.first { "\($0.reference)" == parked.cause }?.latest
        case .started, .advanced, .timerCancelled, .compensationStarted, .compensated, .finished, .retried, .resolved, .skipped,
            .cancelRequested, .paused, .resumed, .signalled:
            nil
        }
    }

    private mutating func unpark() {
        if case .parked = status { status = .running }
        parkedOver = nil
    }

    private mutating func intend(_ intended: EffectIntended, id: EventID?, at instant: Timestamp) {
        let before = openEffect(intended.reference)
        close(intended.reference)
        openEffects.append(OpenEffect(intended, id: id, after: before, at: instant))
    }

    /// Closes an effect that was done.
    private mutating func settle(_ reference: EffectReference, result: JSONValue) {
        guard let effect = openEffect(reference) else { return }
        close(reference)
        if let undone = effect.undoes {
            applied.removeAll { $0.reference == undone }
        } else if let compensation = effect.compensation {
            applied.append(Applied(reference: reference, compensation: compensation, result: result))
        }
    }

    private mutating func close(_ reference: EffectReference) {
        guard let index = openEffects.firstIndex(where: { $0.reference == reference }) else { return }
        if !timers.isEmpty {
            timers[openEffects[index].timer(.lookUp)] = nil
            timers[openEffects[index].timer(.retry)] = nil
        }
        openEffects.remove(at: index)
    }

    private mutating func update(_ reference: EffectReference, _ change: (inout OpenEffect) -> Void) {
        for index in openEffects.indices where openEffects[index].reference == reference { change(&openEffects[index]) }
    }

    private mutating func updateThoseWaiting(for timer: String, _ change: (inout OpenEffect) -> Void) {
        for index in openEffects.indices where openEffects[index].isWaiting(for: timer) { change(&openEffects[index]) }
    }
}

/// An effect without a final outcome.
public struct OpenEffect: Sendable, Hashable {
    public enum Phase: Sendable, Hashable {
        /// It is about to be sent, or was.
        case intended
        /// It may have been done; a timer brings the next look-up.
        case unknown
        case lookUpDue
        /// It surely was not done; a timer brings the next attempt.
        case postponed
        case retryDue
    }

    public internal(set) var intent: EffectIntent
    /// Of the worker that intended it, or took it up last.
    public internal(set) var epoch: Int64
    public internal(set) var phase = Phase.intended
    /// Whether an outcome of this attempt was recorded as unknown.
    public internal(set) var isIndeterminate = false
    /// Of the first attempt, or of a person's last `retry`.
    public internal(set) var since: Timestamp
    /// Of this attempt.
    public internal(set) var intendedAt: Timestamp
    /// When the next attempt fell due, by the clock of whoever said so.
    var dueAgainAt: Timestamp?
    /// Whether an attempt before this one may have been done: then nothing but an answer under its key says that it was not.
    public let isInDoubt: Bool
    /// Of the first attempt that may have been done: the peer has known the key since then, at the earliest.
    public let doubtedSince: Timestamp
    /// Attempts before the first one that counts: a person's `retry` begins anew.
    public internal(set) var attemptsBefore = 0
    /// Attempts that surely were not done.
    public internal(set) var postponements = 0
    /// Those before a person's last `retry`.
    var postponementsBefore = 0
    public internal(set) var lookUps = 0
    public internal(set) var takeOvers = 0
    /// Whether no clock can be relied on to tell how long ago the first attempt was that may have been done: another worker took it up since,
    /// or a person had it tried again.
    public internal(set) var isOfUnknownAge: Bool
    public let compensation: Compensation?
    /// The last event about it, where its id was told.
    var latest: EventID?
    /// The effect that this one takes back.
    public let undoes: EffectReference?

    fileprivate init(_ intended: EffectIntended, id: EventID?, after before: OpenEffect?, at instant: Timestamp) {
        intent = EffectIntent(
            saga: intended.saga, instance: intended.instance, kind: intended.effect, key: intended.key, attempt: intended.attempt,
            request: intended.request, deadline: intended.deadline, postponements: before?.postponements ?? 0,
            intendedAt: instant)
        epoch = intended.epoch
        (compensation, undoes) = (intended.compensation, intended.undoes)
        (intendedAt, latest) = (instant, id)
        isInDoubt = intended.inDoubt ?? false
        doubtedSince = isInDoubt ? before?.doubtedSince ?? instant : instant
        since = before?.since ?? instant
        attemptsBefore = before?.attemptsBefore ?? 0
        postponements = before?.postponements ?? 0
        postponementsBefore = before?.postponementsBefore ?? 0
        takeOvers = before?.takeOvers ?? 0
        isOfUnknownAge = isInDoubt ? before?.isOfUnknownAge ?? false : false
    }

    public var reference: EffectReference { intent.reference }

    /// How often it was sent, as far as limits go.
    var attempts: Int { intent.attempt - attemptsBefore }

    /// Of them, those that the peer may have seen.
    var attemptsSeen: Int { attempts - (postponements - postponementsBefore) }

    func timer(_ wakeUp: SagaStanding.WakeUp) -> String { "\(wakeUp.rawValue):\(reference)" }

    func isWaiting(for timer: String) -> Bool { timer == self.timer(.lookUp) || timer == self.timer(.retry) }

    fileprivate mutating func beginAnew(at instant: Timestamp) {
        (since, attemptsBefore, lookUps, takeOvers, isOfUnknownAge) = (instant, intent.attempt, 0, 0, true)
        postponementsBefore = postponements
        // What may have been done is looked up first, always.
        phase = phase == .postponed || phase == .retryDue ? .retryDue : .lookUpDue
    }
}
