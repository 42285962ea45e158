public import HindsightCore
import HeapModule

/// What drives sagas of any kind: a simulation, a service, a command.
public protocol SagaRunning: Sendable {
    var name: String { get async }
    /// The earliest timer; `nil` if none is set.
    var nextDue: Timestamp? { get async }

    /// Reads what is new in the log.
    func catchUp() async throws

    /// Does all that can be done without waiting for a timer.
    ///
    /// - Returns: Whether there was anything to do.
    func settle() async throws -> Bool

    /// Fires the timers that are due by the clock, in the order of their instants.
    func fireDueTimers() async throws
}

/// Runs all instances of one saga: follows the log, stores what they react, carries out their effects.
///
/// The order of everything appended follows from the log alone: in each round, inputs are handled in the order of the instances' names,
/// then effects are sent side by side, then their outcomes are stored in the order of names again, however fast each answer came.
public actor SagaRunner<S: Saga>: SagaRunning {
    private let log: any EventLog
    private let clock: any WallClock
    private let identities: any IdentitySource
    private let performer: any EffectPerformer
    private let fence: Fence?
    private let metadata: EventMetadata
    private let maximumConcurrentEffects: Int

    private var instances: [String: SagaInstance<S>] = [:]
    private var consumedThrough: Position = 0
    /// Instances that may have something to do now.
    private var active: Set<String> = []
    private var timers = Heap<DueTimer>()
    /// Intents that this runner stored and has not sent yet. Any other open intent may have been sent before a crash: it is looked up.
    private var fresh: Set<FreshIntent> = []

    private struct FreshIntent: Hashable {
        let instance: String
        let reference: EffectReference
        let attempt: Int
    }

    private struct DueTimer: Comparable {
        let due: Timestamp
        let instance: String
        let timer: String

        static func < (left: DueTimer, right: DueTimer) -> Bool {
            (left.due, left.instance, left.timer) < (right.due, right.instance, right.timer)
        }
    }

    /// - Parameters:
    ///   - fence: Of the lease under which this runner works: its appends fail once another worker has taken over.
    ///   - actor: Who stands in the metadata of what the runner appends.
    public init(
        _ saga: S.Type, log: any EventLog, clock: any WallClock, identities: any IdentitySource, performer: any EffectPerformer,
        fence: Fence? = nil, actor: String = "hindsight", maximumConcurrentEffects: Int = 16
    ) {
        self.log = log
        self.clock = clock
        self.identities = identities
        self.performer = performer
        self.fence = fence
        self.maximumConcurrentEffects = maximumConcurrentEffects
        metadata = EventMetadata(actor: actor)
    }

    public var name: String { S.name }

    private var epoch: Int64 { fence?.epoch ?? 0 }

    /// The instance as of the last event read; `nil` if no event has ever concerned it.
    public func instance(_ id: String) -> SagaInstance<S>? { instances[id] }

    // MARK: - Following the log

    public func catchUp() async throws {
        let filter = EventFilter(types: S.Event.codec.types + SagaLifecycle.codec.types)
        while true {
            let head = try await log.head().position
            guard head > consumedThrough else { return }
            let events = try await log.read(EventSelection(filter, after: consumedThrough, until: head))
            // Another call may have read the same page meanwhile.
            for event in events where event.position > consumedThrough {
                try consume(event)
                consumedThrough = event.position
            }
            if events.count < 1_000 { consumedThrough = max(consumedThrough, head) }
        }
    }

    private func consume(_ recorded: RecordedEvent) throws {
        if recorded.stream.category.description == "saga" {
            guard let id = recorded.stream.description.afterBytePrefix("saga-\(S.name):"),
                let event = try SagaLifecycle.codec.decode(recorded)
            else { return }
            try update(id) { $0.consume(event, id: recorded.id) }
        } else if let event = try S.Event.codec.decode(recorded) {
            for id in S.instances(for: event, in: recorded.stream) {
                try update(id) { $0.consume(event, in: recorded.stream, id: recorded.id) }
            }
        }
    }

    private func update(_ id: String, _ change: (inout SagaInstance<S>) -> Void) throws {
        var instance = try instances.removeValue(forKey: id) ?? SagaInstance<S>(id: id)
        let timersBefore = instance.timers
        change(&instance)
        for (name, timer) in instance.timers where timersBefore[name] != timer {
            timers.insert(DueTimer(due: timer.due, instance: id, timer: name))
        }
        instances[id] = instance
        active.insert(id)
    }

    // MARK: - Working

    @discardableResult
    public func settle() async throws -> Bool {
        var didAnything = false
        while true {
            try await catchUp()
            let ids = active.sorted()
            active = []
            var actionable: [(id: String, effect: SagaInstance<S>.OpenEffect)] = []
            for id in ids {
                while let instance = instances[id], instance.hasUnhandledInputs { try await advance(instance) }
                actionable += (instances[id]?.actionableEffects ?? []).prefix(1).map { (id, $0) }
            }
            guard !actionable.isEmpty else {
                if active.isEmpty { return didAnything }
                didAnything = true
                continue
            }
            didAnything = true
            for (index, answer) in try await answers(to: actionable).enumerated() {
                let (id, effect) = actionable[index]
                guard let instance = instances[id], instance.openEffects.contains(effect) else { continue }
                let news =
                    switch answer {
                    case .outcome(let outcome): instance.news(of: outcome, for: effect, epoch: epoch, now: clock.now())
                    case .lookUp(let lookUp): instance.news(of: lookUp, for: effect, epoch: epoch, now: clock.now())
                    }
                try await advance(instance, news)
            }
        }
    }

    private enum Answer: Sendable {
        case outcome(EffectOutcome)
        case lookUp(LookUp)
    }

    /// Sends or looks up the effects side by side; the answers are in their order.
    private func answers(to actionable: [(id: String, effect: SagaInstance<S>.OpenEffect)]) async throws -> [Answer] {
        var answers: [Answer?] = Array(repeating: nil, count: actionable.count)
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for (index, (id, effect)) in actionable.enumerated() {
                if index >= maximumConcurrentEffects, let (finished, answer) = try await group.next() { answers[finished] = answer }
                let freshIntent = FreshIntent(instance: id, reference: effect.reference, attempt: effect.intent.attempt)
                let isFresh = fresh.remove(freshIntent) != nil
                group.addTask { [performer] in
                    if isFresh { return (index, .outcome(await performer.perform(effect.intent))) }
                    return (index, .lookUp(await performer.lookUp(effect.intent)))
                }
            }
            for try await (finished, answer) in group { answers[finished] = answer }
        }
        return answers.compactMap(\.self)
    }

    /// Stores the news and all that follows from them, in one append.
    private func advance(_ instance: SagaInstance<S>, _ news: [SagaLifecycle] = []) async throws {
        while true {
            // Whatever came between is folded first; the news still stand, because nobody else may settle this instance's effects.
            var plan = instances[instance.id] ?? instance
            let batch = try DecisionBatch(log: log, identities: identities, now: clock.now(), metadata: metadata)
            try await plan.plan(news, in: batch, epoch: epoch)
            if await batch.isEmpty { return }
            guard await batch.basedOn <= consumedThrough else {
                try await catchUp()
                continue
            }
            let known = Set(
                instance.openEffects.map { FreshIntent(instance: plan.id, reference: $0.reference, attempt: $0.intent.attempt) })
            let wanted = plan.openEffects.map { FreshIntent(instance: plan.id, reference: $0.reference, attempt: $0.intent.attempt) }
            let append = await batch.append(fencedBy: fence)
            do {
                _ = try await log.append(append)
            } catch {
                guard error.isConflict else { throw error }
                try await catchUp()
                continue
            }
            fresh.formUnion(wanted.filter { !known.contains($0) })
            return try await catchUp()
        }
    }

    // MARK: - Timers

    public var nextDue: Timestamp? {
        while let next = timers.min {
            if instances[next.instance]?.timers[next.timer]?.due == next.due { return next.due }
            timers.removeMin()
        }
        return nil
    }

    public func fireDueTimers() async throws {
        let now = clock.now()
        while let due = nextDue, due <= now, let next = timers.min, let instance = instances[next.instance],
            let timer = instance.timers[next.timer]
        {
            timers.removeMin()
            let fired = TimerFired.firing(next.timer, due: due, at: now, wakeUp: timer.wakeUp.rawValue)
            try await advance(instance, [.timerFired(fired)])
        }
    }
}
