public import HindsightCore
public import HindsightRuntime
import Synchronization

/// Sagas on a machine that a seed takes through everything that can go wrong, in one thread and without waiting.
///
/// Several processes share the work on one log, as those of a service do. The seed decides whose turn it is, what the peer is like and
/// what goes wrong with each request, which process is killed, stopped or restarted between which two steps, which appends fail, and when
/// the clock is set. Then the faults end, everything has to come to rest, and ``SimulationReport/hold()`` says whether each effect was done
/// as often as it may be. The same seed gives the same log, to the byte.
/// ```swift
/// let trips = Simulation(Booking.self, "trips") { start in
///     try await start.handler.handle(Journey.self, .wish(["flight", "hotel"]), on: StreamName("journey-j1"))
/// }
/// @Test(arguments: 0..<500) func survives(seed: UInt64) throws { try trips.run(seed: seed).hold() }
/// ```
public struct Simulation<S: Saga>: Sendable {
    /// What a simulation is begun with.
    public struct Start: Sendable {
        /// For the commands that make sagas begin.
        public let handler: CommandHandler
        public let clock: any AwaitableClock
        /// Draws from the seed.
        let drawNumber: @Sendable (ClosedRange<Int>) -> Int

        /// A number that the seed decides.
        public func draw(_ range: ClosedRange<Int>) -> Int { drawNumber(range) }

        /// Lets time pass.
        public func wait(_ duration: Duration) async throws {
            let end = clock.now().advanced(by: duration)
            while clock.now() < end { try await clock.wait(until: end) }
        }
    }

    /// In reports.
    public let name: String
    let begin: @Sendable (Start) async throws -> Void

    /// The peers that the seed chooses from: at first, all kinds that the engine knows.
    public var peers: [Peer]
    /// Why a peer refuses an effect for good; `nil` if it does not.
    public var refusal: @Sendable (EffectReference) -> String? = { _ in nil }
    /// Whether the peer does what it says about keys; off, to see that the simulation finds out.
    public var honoursKeys = true
    /// Whether people pause, resume, cancel, retry, skip and signal at random moments.
    public var hasOperators = false
    /// How long after its faults have ended everything may take to come to rest.
    public var patience = Duration.hours(2)
    public var leaseTime = Duration.seconds(10)
    /// What else has to hold in the end: a sentence for each broken promise.
    public var check: @Sendable (SimulationReport) -> [String] = { _ in [] }

    /// - Parameters:
    ///   - name: Says how a failing seed is repeated.
    ///   - begin: Makes sagas begin, while workers run already.
    public init(_ saga: S.Type, _ name: String, begin: @escaping @Sendable (Start) async throws -> Void) {
        self.name = name
        self.begin = begin
        peers = SimulatedPeer.usual
    }

    /// Runs it in the calling thread.
    ///
    /// - Throws: Only what keeps it from being run; broken promises are in the report.
    public func run(seed: UInt64) throws -> SimulationReport {
        let stage = Stage(self, seed: seed)
        return try stage.play()
    }
}

/// One run of a simulation.
final class Stage<S: Saga>: Sendable {
    private struct State {
        var workers: [SimulatedProcess] = []
        var started = 0
        /// Those that have not come to their end.
        var living: Set<String> = []
        var chance: SeededGenerator
        var failures: [String] = []
        var retries: [String: Int] = [:]
        /// Whoever would be started anew is not needed any more.
        var isOver = false
    }

    private static var start: Timestamp { Timestamp(microsecondsSince1970: 1_767_225_600_000_000) }

    private let simulation: Simulation<S>
    private let seed: UInt64
    private let loop: SimulationLoop
    private let clock: SimulatedClock
    private let disk: SimulatedDisk
    private let world: SimulatedWorld
    private let weather: Weather
    private let state: Mutex<State>
    private let appendChance: Mutex<SeededGenerator>

    init(_ simulation: Simulation<S>, seed: UInt64) {
        var chance = SeededGenerator(seed)
        weather = Weather(using: &chance)
        loop = SimulationLoop(seed: chance.next(), isShuffled: weather.isShuffled)
        clock = SimulatedClock(loop, start: Self.start)
        disk = SimulatedDisk(loop, clock: clock, salts: SeededGenerator(chance.next()))
        let traits = simulation.peers.randomElement(using: &chance) ?? Peer(name: "peer")
        world = SimulatedWorld(
            SimulatedPeer(traits, honoursKeys: simulation.honoursKeys, refusal: simulation.refusal), loop, disk,
            chance: SeededGenerator(chance.next()),
            stormsUntil: weather.end)
        appendChance = Mutex(SeededGenerator(chance.next()))
        state = Mutex(State(chance: SeededGenerator(chance.next())))
        self.simulation = simulation
        self.seed = seed
    }

    func play() throws -> SimulationReport {
        for slot in 0..<weather.workers { startWorker(in: slot) }
        let people = makeProcess("people")
        start(people) { [self] in
            try await simulation.begin(Simulation<S>.Start(handler: handler(people), clock: clock) { range in self.draw(range) })
        }
        if simulation.hasOperators {
            let operators = makeProcess("operators")
            start(operators) { [self] in try await operate(as: operators) }
        }
        for event in weather.accidents { prepare(event) }
        let witness = makeProcess("witness")
        start(witness) { [self] in
            try await superintend(as: witness)
            let workers = state.withLock { state in
                state.isOver = true
                return state.workers
            }
            for worker in workers { worker.end() }
        }
        try loop.run(mostJobs: 20_000_000)
        let found = Mutex<(events: [RecordedEvent], verdict: ChainVerifier.Verdict)?>(nil)
        start(makeProcess("auditor")) { [disk] in
            var events: [RecordedEvent] = []
            for try await event in disk.log.events(EventSelection()) { events.append(event) }
            let verdict = try await ChainVerifier.verify(disk.log)
            found.withLock { $0 = (events, verdict) }
        }
        try loop.run(mostJobs: 20_000_000)
        guard let (events, verdict) = found.withLock(\.self) else {
            throw CheckFailure(reason: "the log can't be read", file: #fileID, line: #line)
        }
        return try report(on: events, verdict)
    }

    private func report(on events: [RecordedEvent], _ verdict: ChainVerifier.Verdict) throws -> SimulationReport {
        let (failures, living) = state.withLock { ($0.failures, $0.living) }
        let histories = try InstanceHistory<S>.all(in: events)
        var report = SimulationReport(
            simulation: simulation.name, seed: seed, peer: world.peer.traits, digest: verdict.digest, events: events, acts: world.acts,
            statuses: histories.mapValues { $0.instance.status }, elapsed: loop.elapsed)
        report.findings += failures
        report.findings += living.sorted().map { "\($0) does not come to its end" }
        if let reason = verdict.reason { report.findings.append("the chain is broken: \(reason)") }
        for (_, history) in histories.sorted(by: { $0.key < $1.key }) {
            report.findings += history.findings(acts: report.acts, canSettle: world.peer.canSettle)
        }
        report.findings += simulation.check(report)
        return report
    }

    // MARK: - Processes

    private func makeProcess(_ name: String) -> SimulatedProcess { SimulatedProcess(name, loop, disk) }

    private func start(_ process: SimulatedProcess, _ body: @escaping @Sendable () async throws -> Void) {
        state.withLock { _ = $0.living.insert(process.name) }
        process.start { [self] in
            do {
                try await body()
            } catch {
                state.withLock { $0.failures.append("\(process.name) failed: \(error)") }
            }
            state.withLock { _ = $0.living.remove(process.name) }
        }
    }

    private func handler(_ process: SimulatedProcess) -> CommandHandler {
        CommandHandler(log: process, clock: clock, identities: SeededIdentities(seed: "\(seed)/\(process.name)"))
    }

    private func draw(_ range: ClosedRange<Int>) -> Int { state.withLock { Int.random(in: range, using: &$0.chance) } }

    private func drawAppendFault() -> SimulatedProcess.AppendFault? {
        guard loop.elapsed < weather.end else { return nil }
        return appendChance.withLock { chance in
            guard Int.random(in: 0..<1_000, using: &chance) < weather.failingAppends else { return nil }
            return Bool.random(using: &chance) ? .before : .after
        }
    }

    /// Starts a process that shares the work: after an error of the log it begins anew, as a service does.
    private func startWorker(in slot: Int) {
        let number = state.withLock { state -> Int? in
            guard !state.isOver else { return nil }
            state.started += 1
            return state.started
        }
        guard let number else { return }
        let process = SimulatedProcess("worker-\(number)", loop, disk) { [self] in drawAppendFault() }
        state.withLock { state in
            if slot < state.workers.count { state.workers[slot] = process } else { state.workers.append(process) }
        }
        start(process) { [self] in
            let share = SharedWork(log: process, clock: clock, holder: process.name, leaseTime: simulation.leaseTime)
            let performer = SimulatedPerformer(process: process, world: world, clock: clock) { kind in
                S.policy(for: kind).timeLimit + SimulatedWorld.longestDelay + Weather.longestClockSteps
            }
            let runner = SagaRunner(
                S.self, log: process, clock: clock, identities: SeededIdentities(seed: "\(seed)/\(process.name)"), performer: performer,
                right: .shared(share), actor: process.name)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.endlessly(process) { try await share.run() } }
                group.addTask { try await self.endlessly(process) { try await runner.work() } }
                try await group.waitForAll()
            }
        }
    }

    private func endlessly(_ process: SimulatedProcess, _ body: () async throws -> Void) async throws {
        while !Task.isCancelled {
            do {
                try await body()
            } catch is CancellationError {
                return
            } catch let error as EventLogError {
                if process.isKilled || Task.isCancelled { return }
                switch error {
                case .unavailable, .outcomeUnknown: break
                // Nothing else is expected of a log that is only unavailable at times.
                default: throw error
                }
            }
            do { try await loop.sleep(for: .seconds(1)) } catch is CancellationError { return }
        }
    }

    private func prepare(_ event: Weather.Event) {
        loop.after(event.at) { [self] in
            let process = state.withLock { $0.workers[event.worker] }
            process.executor.setTrap(after: event.jobs) { [self] in
                guard loop.elapsed < weather.end, !process.isKilled else { return }
                switch event.accident {
                case .kill(let wait):
                    process.kill()
                    loop.after(wait) { self.startWorker(in: event.worker) }
                case .restart:
                    process.end()
                    startWorker(in: event.worker)
                case .stop(let duration):
                    process.executor.stop()
                    loop.after(duration) { process.executor.goOn() }
                case .clockStep(let step): clock.step(by: step)
                }
            }
        }
    }

    // MARK: - People

    private func operate(as process: SimulatedProcess) async throws {
        for _ in 0..<draw(1...8) {
            try await loop.sleep(for: .milliseconds(draw(0...Int(weather.end.microseconds / 4_000))))
            guard loop.elapsed < weather.end else { return }
            let known = try await instances(in: process).sorted { $0.id < $1.id }
            guard !known.isEmpty else { continue }
            let instance = known[draw(0...known.count - 1)]
            let now = clock.now()
            let command: SagaControl.Command =
                switch draw(0...9) {
                case 0...1: .pause(reason: "a look at it", at: now)
                case 2...3: .resume(reason: "looked at", at: now)
                case 4: .cancel(reason: "not wanted any more", at: now)
                case 5...6: .retry(reason: "it may go now", at: now)
                case 7: .skip(nil, reason: "done without it", at: now)
                default: .signal("hurry", data: [:], at: now)
                }
            try await act(command, on: instance, as: process)
        }
    }

    /// - Returns: Whether the saga's state allowed it.
    @discardableResult
    private func act(_ command: SagaControl.Command, on instance: SagaInstance<S>, as process: SimulatedProcess) async throws -> Bool {
        do {
            return try await handler(process).handle(SagaControl.self, command, on: instance.stream) != nil
        } catch is SagaControl.Rejection {
            // Whoever acts at random is refused at times.
            return false
        }
    }

    private func instances(in log: any EventLog) async throws -> [SagaInstance<S>] {
        var events: [RecordedEvent] = []
        for try await event in log.events(EventSelection()) { events.append(event) }
        return try InstanceHistory<S>.all(in: events).values.map(\.instance)
    }

    /// Once the faults are over: waits until everything rests, and helps where a person has to.
    private func superintend(as process: SimulatedProcess) async throws {
        try await loop.sleep(for: weather.end)
        var head: Position = -1
        while loop.elapsed < weather.end + simulation.patience {
            try await loop.sleep(for: .seconds(5))
            let now = try await process.head().position
            if now != head {
                head = now
                continue
            }
            var isResting = true
            for instance in try await instances(in: process).sorted(by: { $0.id < $1.id }) {
                switch instance.wakeUp {
                case nil, .event, .nothing: break
                case .person: if try await help(instance, as: process) { isResting = false }
                case .worker, .effect, .timer: isResting = false
                }
            }
            if isResting { return }
        }
    }

    /// - Returns: Whether there was something to be done for it.
    private func help(_ instance: SagaInstance<S>, as process: SimulatedProcess) async throws -> Bool {
        let now = clock.now()
        if instance.standing.pause != nil { return try await act(.resume(reason: "the storm is over", at: now), on: instance, as: process) }
        let retries = state.withLock { state in
            state.retries[instance.id, default: 0] += 1
            return state.retries[instance.id, default: 0]
        }
        if retries <= 3 { return try await act(.retry(reason: "the storm is over", at: now), on: instance, as: process) }
        // Some look it up in the peer's books; the others leave it as it is.
        guard retries == 4, !world.peer.canSettle, draw(0...1) == 0, let effect = instance.standing.openEffects.first else { return false }
        let wasDone = world.acts.contains { $0.effect == effect.reference }
        let command = SagaControl.Command.resolve(
            effect.reference, wasDone ? .succeeded : .rejected, result: [:], proof: "their books", reason: "looked up", at: now)
        let isDone = try await act(command, on: instance, as: process)
        if isDone { state.withLock { $0.retries[instance.id] = 0 } }
        return isDone
    }
}
