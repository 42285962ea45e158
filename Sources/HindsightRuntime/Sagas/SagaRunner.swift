public import HindsightCore
import DequeModule
import HeapModule

/// What drives sagas of any kind: a simulation, a service, a command.
public protocol SagaRunning: Sendable {
    var name: String { get async }
    /// When something can be done that can't be done yet: a timer, or an effect that was held back; `nil` if there is none.
    var nextDue: Timestamp? { get async }

    /// Reads what is new in the log.
    func catchUp() async throws

    /// Does all that can be done without waiting for a timer.
    ///
    /// - Returns: Whether there was anything to do.
    func settle() async throws -> Bool

    /// Fires the timers that are due by the clock, in the order of their instants.
    func fireDueTimers() async throws

    /// Follows the log and works until the task is cancelled: each instance goes on as soon as it can, whatever others wait for.
    func work() async throws
}

/// Runs all instances of one saga: follows the log, stores what they react, carries out their effects.
///
/// Either in rounds or live. In rounds (``settle()``, ``fireDueTimers()``) the order of everything appended follows from the log alone:
/// inputs are handled in the order of the instances' names, then effects are sent side by side, then their outcomes are stored in the
/// order of names again, however fast each answer came. Live (``work()``) every instance goes its own way.
public actor SagaRunner<S: Saga>: SagaRunning {
    let log: any EventLog
    let clock: any AwaitableClock
    let limits: TimeLimits
    let identities: any IdentitySource
    let performer: any EffectPerformer
    let right: WorkRight
    let gate: PeerGate
    let metadata: EventMetadata
    let maximumConcurrentEffects: Int
    let startsNew: Bool
    let onTimer: (@Sendable (_ lateness: Duration) -> Void)?
    let onPoint: (@Sendable (CrashPoint) -> Void)?

    var instances = InstanceTable<S>()
    /// With their outcomes.
    private var finished: [String: String] = [:]
    /// Instances that another definition of the saga goes on with: without their beginning, nothing of them can be read here.
    private var ofOthers: Set<String> = []
    var consumedThrough: Position = 0
    /// Appends of this runner that it need not read, from the position before each to its last.
    private var written: [Position: Position] = [:]
    /// Instances whose plan is being stored, with what was read for them meanwhile.
    private var planned: [String: [Passed]] = [:]
    /// Instances that may have something to do now, in the order in which that became known.
    var active: Deque<String> = []
    private var isActive: Set<String> = []
    private var alarms = Heap<Alarm>()
    /// Live: when the clock reached the alarm of an instance whose turn has not come yet; it may be set back meanwhile.
    private var reached: [String: Timestamp] = [:]
    /// What this runner stored the claim of and has not done yet: an intent to send, a look-up. Any other open effect is taken up first,
    /// which counts, and looked up, since it may have been sent before a crash.
    var claims: Set<Claim> = []
    /// Effects that are being sent or looked up.
    private var underWay: [String: Set<EffectReference>] = [:]
    var answers: [String: [(effect: OpenEffect, answer: Answer)]] = [:]
    /// Live: instances whose turn it is, and whether something came up for them meanwhile.
    var turns: [String: Bool] = [:]
    var errands: Deque<Errand> = []
    var errandsRunning = 0
    /// Live: rung when there may be something to do.
    var bell: AsyncStream<Void>.Continuation?
    /// Live: rung when there is an alarm before all others.
    private var alarmBell: AsyncStream<Void>.Continuation?

    private var waitingForEnds: [String: [AsyncStream<Void>.Continuation]] = [:]

    struct Claim: Hashable {
        let instance: String
        let reference: EffectReference
        let phase: OpenEffect.Phase
        let attempt: Int
        let takeOvers: Int
        let lookUps: Int
        let epoch: Int64

        init(_ instance: String, _ effect: OpenEffect) {
            (self.instance, reference, phase) = (instance, effect.reference, effect.phase)
            (attempt, takeOvers, lookUps, epoch) = (effect.intent.attempt, effect.takeOvers, effect.lookUps, effect.epoch)
        }

        // An instance has few claims at a time.
        func hash(into hasher: inout Hasher) { hasher.combine(instance) }
    }

    enum Answer: Sendable {
        case outcome(EffectOutcome)
        case lookUp(LookUp, askedAt: Timestamp)
    }

    struct Errand: Sendable {
        let instance: String
        let effect: OpenEffect
        let peer: Peer
        let isLookUp: Bool
    }

    private struct Passed {
        let recorded: RecordedEvent
        let event: S.Event?
    }

    private struct Alarm: Comparable {
        let due: Timestamp
        let instance: String
        /// `nil` for an effect that was held back.
        let timer: String?

        static func < (left: Alarm, right: Alarm) -> Bool {
            (left.due, left.instance, left.timer ?? "") < (right.due, right.instance, right.timer ?? "")
        }
    }

    /// - Parameters:
    ///   - right: What of the work is this runner's.
    ///   - gate: Shared by all runners of the process that send to the same peers.
    ///   - actor: Who stands in the metadata of what the runner appends.
    ///   - patience: By which time limits are kept: the machine's clock where time is set by hand and peers are real; `clock` unless given.
    ///   - startsNew: Off for a definition that only goes on with what it once began.
    ///   - onTimer: Called after a timer has fired, with how late that was.
    ///   - onPoint: Called at each of the named moments, for tests.
    public init(
        _ saga: S.Type, log: any EventLog, clock: any AwaitableClock, identities: any IdentitySource, performer: any EffectPerformer,
        right: WorkRight = .alone, gate: PeerGate = PeerGate(), actor: String = "hindsight", maximumConcurrentEffects: Int = 64,
        patience: (any AwaitableClock)? = nil, startsNew: Bool = true, onTimer: (@Sendable (_ lateness: Duration) -> Void)? = nil,
        onPoint: (@Sendable (CrashPoint) -> Void)? = nil
    ) {
        self.log = log
        self.clock = clock
        limits = TimeLimits(clock: patience ?? clock)
        self.identities = identities
        self.performer = performer
        self.right = right
        self.gate = gate
        self.maximumConcurrentEffects = maximumConcurrentEffects
        self.startsNew = startsNew
        self.onTimer = onTimer
        self.onPoint = onPoint
        metadata = EventMetadata(actor: actor)
    }

    public var name: String { S.name }

    /// How the instance stands, as of the last event read; `nil` if no event has ever concerned it.
    public func status(of id: String) -> SagaStanding.Status? {
        finished[id].map { .finished(outcome: $0) } ?? instances[id]?.status
    }

    // MARK: - Following the log

    public func catchUp() async throws {
        let head = try await log.head().position
        while consumedThrough < head {
            let end = min(head, consumedThrough + Self.stretch)
            var news: [RecordedEvent] = []
            let selection = EventSelection(Self.filter, after: consumedThrough, until: end)
            try await log.scan(selection) { recorded in
                if isNews(recorded) { news.append(try recorded.copy()) }
            }
            // Another call may have read the same stretch meanwhile.
            for event in news where event.position > consumedThrough {
                try await consume(event)
                consumedThrough = max(consumedThrough, event.position)
            }
            consumedThrough = max(consumedThrough, end)
            passWritten()
        }
    }

    /// Whether all that the batch holds for this saga has been folded into these plans.
    func isAll(of batch: DecisionBatch, in plans: [SagaInstance<S>]) throws -> Bool {
        let streams = Set(plans.map(\.stream))
        return try batch.decided.allSatisfy { decided in
            if streams.contains(decided.stream) { return true }
            guard let event = try decided.event.member(of: S.Event.self) else { return decided.stream.category.description != "saga" }
            return S.instances(for: event, in: decided.stream).allSatisfy { id in
                plans.contains { $0.id == id && $0.hasSeen(decided.version, of: decided.stream) }
            }
        }
    }

    /// Passes by an append of this runner without reading it, as soon as all that lies before it has been read.
    func pass(_ receipt: AppendReceipt) {
        guard receipt.firstPosition > consumedThrough else { return }
        written[receipt.firstPosition - 1] = receipt.lastPosition
        passWritten()
    }

    private func passWritten() {
        while let last = written.removeValue(forKey: consumedThrough) { consumedThrough = last }
        // What was read meanwhile need not be passed by.
        if written.count > Self.mostWritten { written = written.filter { $0.key > consumedThrough } }
    }

    private static var mostWritten: Int { 1_000 }

    /// Positions that are read before what is in them is handled.
    private static var stretch: Position { 20_000 }
    private static var filter: EventFilter { EventFilter(types: S.Event.codec.types + SagaLifecycle.codec.types) }

    /// Most of what a runner reads it has written itself, and knows already.
    private func isNews(_ recorded: borrowing BorrowedEvent) -> Bool {
        guard recorded.stream.category.description == "saga" else { return true }
        guard let id = recorded.stream.description.afterBytePrefix("saga-\(S.name):"), finished[id] == nil, !ofOthers.contains(id) else {
            return false
        }
        return instances[id]?.hasSeen(recorded.version, of: recorded.stream) != true
    }

    private func consume(_ recorded: RecordedEvent) async throws {
        if recorded.stream.category.description == "saga" {
            guard let id = recorded.stream.description.afterBytePrefix("saga-\(S.name):") else { return }
            try await pass(recorded, nil, to: id)
        } else if let event = try S.Event.codec.decode(recorded) {
            for id in S.instances(for: event, in: recorded.stream) { try await pass(recorded, event, to: id) }
        }
    }

    /// - Parameter event: `nil` for one of the engine's own.
    private func pass(_ recorded: RecordedEvent, _ event: S.Event?, to id: String) async throws {
        guard finished[id] == nil, !ofOthers.contains(id) else { return }
        // Its plan is being stored: the own append, which may have been read already, comes first.
        if let waiting = planned[id] { return planned[id] = waiting + [Passed(recorded: recorded, event: event)] }
        var instance = try instances[id] ?? SagaInstance<S>(id: id)
        if instance.hasSeen(recorded.version, of: recorded.stream) { return }
        if recorded.position < instance.position {
            // It came from a stream that was new to the instance, just before the instance's own append.
            return try await refold(id, with: recorded.stream)
        }
        if let event {
            try instance.consume(
                event, in: recorded.stream, version: recorded.version, id: recorded.id, at: recorded.position, metadata: recorded.metadata)
        } else if let event = try SagaLifecycle.codec.decode(recorded) {
            instance.consume(event, id: recorded.id, recordedAt: recorded.recordedAt, at: recorded.position)
        }
        keep(instance)
    }

    /// Nothing that is read changes the instance until ``release(_:)``.
    func hold(_ id: String) { planned[id] = [] }

    func release(_ id: String) async throws {
        for passed in planned.removeValue(forKey: id) ?? [] { try await pass(passed.recorded, passed.event, to: id) }
    }

    /// Folds an instance anew, in the order of the log.
    func refold(_ id: String, with stream: StreamName? = nil) async throws {
        guard let known = instances[id] else { return }
        var events: [RecordedEvent] = []
        for stream in Set([known.stream] + known.inputs.keys + (stream.map { [$0] } ?? [])) {
            for try await event in log.events(EventSelection(EventFilter(stream: stream))) { events.append(event) }
        }
        var instance = try SagaInstance<S>(id: id)
        for recorded in events.sorted(by: { $0.position < $1.position }) { try instance.consume(recorded) }
        keep(instance)
    }

    /// Ends when the instance has finished.
    func ending(of id: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        if finished[id] != nil { continuation.finish() } else { waitingForEnds[id, default: []].append(continuation) }
        return stream
    }

    /// Whether no event has ever concerned the instance, as far as has been read.
    func isUnknown(_ id: String) -> Bool {
        instances[id] == nil && finished[id] == nil && planned[id] == nil && !ofOthers.contains(id)
    }

    /// Takes a plan that has been stored as the instance; what it claimed is this runner's to do.
    func take(_ plan: SagaInstance<S>, after before: SagaInstance<S>?) {
        let known = (before?.standing.openEffects ?? []).map { Claim(plan.id, $0) }
        for effect in plan.standing.openEffects where effect.phase == .intended || effect.phase == .lookUpDue {
            let claim = Claim(plan.id, effect)
            if !known.contains(claim) { claims.insert(claim) }
        }
        keep(plan)
    }

    /// Takes an instance as it is now.
    func keep(_ instance: SagaInstance<S>) {
        let id = instance.id
        if case .finished(let outcome) = instance.status {
            finished[id] = outcome
            for waiting in waitingForEnds.removeValue(forKey: id) ?? [] { waiting.finish() }
            forget(id)
            return
        }
        let version = instance.standing.definitionVersion
        // Another definition of the saga goes on with it.
        if let version, version != S.version {
            ofOthers.insert(id)
            forget(id)
            return
        }
        let before = instance.standing.timers.isEmpty ? nil : instances[id]?.standing
        instances[id] = instance
        for (name, timer) in instance.standing.timers where before?.timers[name] != timer || before?.mayAct == false {
            set(Alarm(due: timer.due, instance: id, timer: name))
        }
        if hasWork(instance) { activate(id) }
    }

    /// Whether something can be done now that nobody is at, without waiting for a timer.
    private func hasWork(_ instance: SagaInstance<S>) -> Bool {
        instance.canAdvance || answers[instance.id] != nil || instance.actionableEffects.contains { !isUnderWay(instance.id, $0) }
    }

    private func forget(_ id: String) {
        instances[id] = nil
        answers[id] = nil
    }

    func activate(_ id: String) {
        if turns[id] != nil {
            turns[id] = true
        } else if isActive.insert(id).inserted {
            active.append(id)
            bell?.yield()
        }
    }

    /// Live: the instance's turn is over; another one follows if something came up that this one left.
    func endTurn(of id: String) {
        guard turns.removeValue(forKey: id) == true else { return }
        if reached[id] != nil || instances[id].map(hasWork) == true { activate(id) }
    }

    /// Whether the instance has no turn, and waits for none.
    func isAtRest(_ id: String) -> Bool { turns[id] == nil && !isActive.contains(id) }

    func popActive() -> String? {
        guard let id = active.popFirst() else { return nil }
        isActive.remove(id)
        return id
    }

    func isUnderWay(_ id: String, _ effect: OpenEffect) -> Bool { underWay[id]?.contains(effect.reference) ?? false }

    func begin(_ errand: Errand) { underWay[errand.instance, default: []].insert(errand.effect.reference) }

    /// Nothing comes of the errand: whoever has the work next looks into its effect.
    func abandon(_ errand: Errand) {
        underWay[errand.instance]?.remove(errand.effect.reference)
        if underWay[errand.instance]?.isEmpty == true { underWay[errand.instance] = nil }
    }

    /// Takes the answer in; what became of the errand is not stored yet.
    func takeIn(_ answer: Answer, of errand: Errand) {
        abandon(errand)
        answers[errand.instance, default: []].append((errand.effect, answer))
    }

    /// Forgets what was under way when the work ended: it is looked up.
    func beginAnew() {
        (turns, errands, errandsRunning, underWay, answers, alarms) = ([:], [], 0, [:], [:], Heap())
        activateAll()
    }

    /// Looks at everything again: parts of the work have come to this process.
    func activateAll() {
        for id in instances.ids {
            guard let instance = instances[id], right.answer(for: S.name, id).isYes else { continue }
            for (name, timer) in instance.standing.timers { set(Alarm(due: timer.due, instance: id, timer: name)) }
            if hasWork(instance) { activate(id) }
        }
    }

    // MARK: - Alarms

    private func set(_ alarm: Alarm) {
        let isFirst = alarms.min.map { alarm < $0 } ?? true
        alarms.insert(alarm)
        if isFirst { alarmBell?.yield() }
    }

    func remind(_ id: String, at instant: Timestamp) { set(Alarm(due: instant, instance: id, timer: nil)) }

    public var nextDue: Timestamp? {
        while let next = alarms.min {
            if isMeant(next) { return next.due }
            alarms.removeMin()
        }
        return nil
    }

    /// Whether nothing has become of what the alarm was set for. One that isn't meant now, but may be later, is set anew then.
    private func isMeant(_ alarm: Alarm) -> Bool {
        guard let instance = instances[alarm.instance], instance.standing.mayAct, right.answer(for: S.name, alarm.instance).isYes else {
            return false
        }
        guard let timer = alarm.timer else { return true }
        return instance.standing.timers[timer]?.due == alarm.due
    }

    public func fireDueTimers() async throws {
        let now = clock.now()
        while let due = nextDue, due <= now, let next = alarms.popMin() {
            if next.timer == nil { activate(next.instance) } else { try await fireTimers(of: next.instance, at: now) }
        }
    }

    /// Live: waits until an alarm is due, and lets their instances have their turns.
    func watchClock() async throws {
        while true {
            let (earlier, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            alarmBell = bell
            wakeThoseDue()
            await clock.wait(until: nextDue, or: earlier)
            try Task.checkCancellation()
        }
    }

    /// Live: lets the instances whose alarms are due have their turns.
    private func wakeThoseDue() {
        let now = clock.now()
        while let due = nextDue, due <= now, let next = alarms.popMin() {
            reached[next.instance] = now
            activate(next.instance)
        }
    }

    /// Live: the instant at which the instance's turn fires its timers.
    func instantOfTurn(of id: String) -> Timestamp { max(clock.now(), reached.removeValue(forKey: id) ?? clock.now()) }

    /// Fires the timers of an instance that are due, in the order of their instants.
    func fireTimers(of id: String, at now: Timestamp) async throws {
        while let standing = instances[id]?.standing, standing.mayAct, let (name, timer) = standing.timers.next, timer.due <= now {
            let fired = TimerFired.firing(name, due: timer.due, at: now, wakeUp: timer.wakeUp.rawValue)
            let isStored = try await advance(id) { instance, _, _ in
                instance.standing.mayAct && instance.standing.timers[name] == timer ? [.timerFired(fired)] : []
            }
            if isStored {
                onTimer?(now.since(timer.due))
            } else if instances[id]?.standing.timers[name] == timer {
                return
            }
            // Otherwise it was fired or cancelled by an append that is heard of only now, and the next one may be due.
        }
    }
}
