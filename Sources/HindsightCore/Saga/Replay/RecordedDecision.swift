/// Events of the log from where a decision may begin.
struct RecordedStretch {
    private let begin: Position
    private let events: [RecordedEvent]
    let identities: RecordedIdentities

    /// - Parameter events: Contiguous, and at least one.
    init(_ events: [RecordedEvent]) {
        self.events = events
        begin = events.first?.position ?? 1
        identities = RecordedIdentities(events)
    }

    /// Of its last event.
    var end: Position { begin + Position(events.count) - 1 }

    subscript(position: Position) -> RecordedEvent? {
        let index = Int(position - begin)
        return events.indices.contains(index) ? events[index] : nil
    }

    func events(from position: Position) -> ArraySlice<RecordedEvent> { events.dropFirst(Int(position - begin)) }

    /// Where an append whose first event in the saga's own stream is `own` may have begun before it.
    func mayBegin(before own: RecordedEvent) throws -> [Position] {
        var begins: [Position] = []
        while let event = self[own.position - Position(begins.count) - 1], event.stream != own.stream,
            try Self.mayBeOfOneAppend(event, own)
        {
            begins.append(event.position)
        }
        return begins
    }

    /// The last event that the append which holds `own` may have.
    func endOfAppend(from own: RecordedEvent) throws -> Position {
        try events(from: own.position).prefix { try Self.mayBeOfOneAppend($0, own) }.last?.position ?? own.position
    }

    /// Events of one append are recorded at one instant, in one's name, and not for two sagas.
    private static func mayBeOfOneAppend(_ event: RecordedEvent, _ own: RecordedEvent) throws -> Bool {
        guard event.recordedAt == own.recordedAt, event.stream == own.stream || event.stream.category != own.stream.category else {
            return false
        }
        return try event.metadata == own.metadata || Attribution(event.metadata).actor == Attribution(own.metadata).actor
    }
}

/// The ids that the log has where a decision is made again, since causes are named by them.
struct RecordedIdentities: IdentitySource {
    private struct Place: Hashable {
        let stream: StreamName
        let version: StreamVersion
    }

    private let recorded: [Place: EventID]
    /// For what the log does not have.
    private let others = SeededIdentities(seed: "replay")

    init(_ events: some Sequence<RecordedEvent>) {
        recorded = Dictionary(events.map { (Place(stream: $0.stream, version: $0.version), $0.id) }) { first, _ in first }
    }

    func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        recorded[Place(stream: stream, version: version)] ?? others.eventID(in: stream, version: version, at: instant)
    }
}

extension SagaLifecycle {
    /// Whether a worker stored it, and not a person or another program.
    var isDecision: Bool {
        switch self {
        case .started, .advanced, .effectIntended, .effectTakenUp, .effectSucceeded, .effectRejected, .effectPostponed,
            .effectIndeterminate, .timerSet, .timerFired, .timerCancelled, .compensationStarted, .compensated, .parked, .finished:
            true
        case .retried, .resolved, .skipped, .cancelRequested, .paused, .resumed, .signalled: false
        }
    }

    /// Whether it tells of the world outside, or of the engine's dealings with it, so that it can't be computed from what was before.
    func isFact(in standing: SagaStanding) -> Bool {
        switch self {
        case .effectTakenUp, .effectSucceeded, .effectPostponed, .effectIndeterminate, .timerFired: true
        case .effectRejected(let outcome): !outcome.isDecided
        case .timerSet(let timer): timer.wakeUp != SagaStanding.WakeUp.reaction.rawValue
        case .parked(let parked): standing.openEffects.contains { "\($0.reference)" == parked.cause }
        // The next attempt: after a timer it follows, after a look-up or a long wait it is the worker's.
        case .effectIntended(let intended): standing.openEffect(intended.reference).map { $0.phase != .retryDue } ?? false
        case .started, .advanced, .timerCancelled, .compensationStarted, .compensated, .finished: false
        case .retried, .resolved, .skipped, .cancelRequested, .paused, .resumed, .signalled: false
        }
    }

    /// Why a fact can't be one, whatever the world was like; `nil` if it can.
    func contradiction(to standing: SagaStanding) -> String? {
        switch self {
        case .effectTakenUp(let fact): contradiction(fact.effect, fact.key, fact.attempt, standing)
        case .effectSucceeded(let fact): contradiction(fact.effect, fact.key, fact.attempt, standing)
        case .effectRejected(let fact): contradiction(fact.effect, fact.key, fact.attempt, standing)
        case .effectPostponed(let fact): contradiction(fact.effect, fact.key, fact.attempt, standing)
        case .effectIndeterminate(let fact): contradiction(fact.effect, fact.key, fact.attempt, standing)
        case .effectIntended(let fact): contradiction(fact, standing)
        case .timerSet(let fact):
            standing.openEffects.contains { $0.isWaiting(for: fact.timer) } ? nil : "the timer \(fact.timer) belongs to no open effect"
        case .timerFired(let fact):
            if standing.timers[fact.timer]?.due != fact.due {
                "no timer \(fact.timer) was set to \(fact.due)"
            } else {
                fact.at < fact.due ? "the timer \(fact.timer) fired before it was due" : nil
            }
        default: nil
        }
    }

    /// Another attempt is the same effect.
    private func contradiction(_ fact: EffectIntended, _ standing: SagaStanding) -> String? {
        guard let effect = standing.openEffect(fact.reference) else { return "\(fact.reference) was not open" }
        let attempt = effect.intent.attempt
        guard (attempt...attempt + 1).contains(fact.attempt) else { return "\(fact.reference) was at attempt \(attempt)" }
        guard fact.request == effect.intent.request, fact.compensation == effect.compensation, fact.undoes == effect.undoes else {
            return "\(fact.reference) was intended otherwise at first"
        }
        return nil
    }

    private func contradiction(_ kind: String, _ key: String, _ attempt: Int, _ standing: SagaStanding) -> String? {
        let reference = EffectReference(kind: kind, key: key)
        guard let effect = standing.openEffect(reference) else { return "\(reference) was not open" }
        return effect.intent.attempt == attempt ? nil : "\(reference) was at attempt \(effect.intent.attempt)"
    }

    /// The ids of the inputs that it names, among other causes.
    var causes: [String] {
        switch self {
        case .started(let event): [event.cause]
        case .advanced(let event): event.causes
        case .effectIntended(let event): [event.cause]
        case .effectRejected(let event): event.cause.map { [$0] } ?? []
        case .timerSet(let event): [event.cause]
        case .timerCancelled(let event): [event.cause]
        case .compensationStarted(let event): [event.cause]
        case .parked(let event): [event.cause]
        case .finished(let event): [event.cause]
        default: []
        }
    }

    /// Without what a worker read off its clock, or has by chance; and without the version of the definition, if another one is compared.
    func comparable(acrossDefinitions: Bool) -> SagaLifecycle {
        let noTime = Timestamp(microsecondsSince1970: 0)
        switch self {
        case .started(var started):
            if acrossDefinitions { started.definitionVersion = 0 }
            return .started(started)
        case .effectIntended(var intended):
            (intended.epoch, intended.deadline) = (0, noTime)
            if acrossDefinitions { intended.definitionVersion = 0 }
            return .effectIntended(intended)
        case .effectRejected(var rejected) where rejected.isDecided:
            (rejected.epoch, rejected.at) = (0, noTime)
            return .effectRejected(rejected)
        case .compensated(var compensated):
            compensated.at = noTime
            return .compensated(compensated)
        default: return self
        }
    }
}

extension DecisionBatch.Decided {
    /// Whether the log has this very decision there.
    func isRecorded(as recorded: RecordedEvent, acrossDefinitions: Bool) throws -> Bool {
        guard recorded.stream == stream, recorded.version == version, recorded.type == Swift.type(of: event.payload).type else {
            return false
        }
        guard let data = recorded.data else { return true }
        if let event = event as? SagaLifecycle {
            guard let known = try SagaLifecycle.codec.decode(recorded) else { return false }
            return known.comparable(acrossDefinitions: acrossDefinitions) == event.comparable(acrossDefinitions: acrossDefinitions)
        }
        return try Self.equals(event, recorded, data)
    }

    private static func equals<Event: DomainEvent>(_ event: Event, _ recorded: RecordedEvent, _ data: JSONText) throws -> Bool {
        let computed = try event.encoded(id: recorded.id)
        if computed.schemaVersion == recorded.schemaVersion {
            return try JSON.decode(JSONValue.self, from: computed.data.bytes) == JSON.decode(JSONValue.self, from: data.bytes)
        }
        // Written by an earlier version of its schema: equal is what reads as the same.
        return try Event.codec.decode(recorded) == event
    }
}
