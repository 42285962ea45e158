import EventLogMemory
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

private let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

@Suite("Saga runner") struct SagaRunnerTests {
    let clock = ManualClock(at: start)
    let log: MemoryEventLog
    let identities = SeededIdentities(seed: "tests")

    init() {
        log = MemoryEventLog(clock: clock)
    }

    private func announce(_ parcel: String, steps: Int) async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Parcel.self, .announce(steps: steps), on: StreamName("parcel-\(parcel)"))
    }

    private func runner(_ peer: ScriptedPeer, log other: (any EventLog)? = nil, right: WorkRight = .alone) -> SagaRunner<Carriage> {
        SagaRunner(Carriage.self, log: other ?? log, clock: clock, identities: identities, performer: peer, right: right)
    }

    private func types(in stream: String) async throws -> [String] {
        try await log.read(EventSelection(EventFilter(stream: StreamName(stream)))).map(\.type.description)
    }

    @Test("An error of the log ends the live work, which can then be begun anew", .timeLimit(.minutes(1))) func liveError() async throws {
        try await announce("p1", steps: 2)
        let peer = ScriptedPeer()
        await #expect(throws: EventLogError.unavailable(reason: "the process was killed")) {
            try await runner(peer, log: MortalEventLog(log, dyingAtAppend: 2)).work()
        }
        #expect(await peer.acts == ["p1/1"])
    }

    @Test("A saga of five steps takes six commits") func sixCommits() async throws {
        try await announce("p1", steps: 5)
        let peer = ScriptedPeer()
        let counting = MortalEventLog(log)
        try await runner(peer, log: counting).settle()
        #expect(counting.appends == 6)
        #expect(await peer.acts == (1...5).map { "p1/\($0)" })
        #expect(try await types(in: "parcel-p1") == ["parcels.announced", "parcels.delivered"])
        #expect(try await types(in: "saga-carriage:p1").last == "hindsight.saga-finished")
    }

    @Test("An instance whose name begins with a combining mark is like any other", .timeLimit(.minutes(1))) func combiningMark()
        async throws
    {
        try await announce("\u{301}p", steps: 2)
        let peer = ScriptedPeer()
        try await runner(peer).settle()
        #expect(await peer.acts.count == 2)
        #expect(try await types(in: "saga-carriage:\u{301}p").last == "hindsight.saga-finished")
    }

    @Test("The intent of an effect is in the log before the effect is sent") func intentFirst() async throws {
        try await announce("p1", steps: 1)
        let peer = ScriptedPeer()
        let dying = MortalEventLog(log, dyingAtAppend: 1)
        await #expect(throws: EventLogError.unavailable(reason: "the process was killed")) { try await runner(peer, log: dying).settle() }
        #expect(await peer.sendings.isEmpty)
    }

    @Test(
        "A worker killed at any append is replaced, and every effect happens once",
        arguments: 1...7, [MortalEventLog.Moment.before, .after])
    func killed(at append: Int, moment: MortalEventLog.Moment) async throws {
        try await announce("p1", steps: 5)
        let peer = ScriptedPeer(["p1/2": [.actAndDrop], "p1/4": [.drop, .actAndDrop]])
        do {
            try await run(runner(peer, log: MortalEventLog(log, dyingAtAppend: append, moment)))
        } catch EventLogError.unavailable {
            // Killed as planned: the next one goes on from the log.
        }
        try await run(runner(peer))
        #expect(await peer.acts == (1...5).map { "p1/\($0)" })
        #expect(try await types(in: "parcel-p1") == ["parcels.announced", "parcels.delivered"])
        #expect(try await types(in: "saga-carriage:p1").filter { $0 == "hindsight.effect-succeeded" }.count == 5)
    }

    private func run(_ runner: SagaRunner<Carriage>) async throws {
        try await VirtualTime(clock: clock, sagas: [runner]).run(until: clock.now().advanced(by: .days(3)))
    }

    @Test("A lost answer is looked up before anything is sent again") func lookUpFirst() async throws {
        try await announce("p1", steps: 1)
        let peer = ScriptedPeer(["p1/1": [.actAndDrop]])
        let runner = runner(peer)
        try await runner.settle()
        #expect(await runner.nextDue == start.advanced(by: .seconds(300)))
        try await run(runner)
        #expect(await peer.sendings == ["p1/1"])
        #expect(await runner.status(of: "p1") == .finished(outcome: "delivered"))
    }

    @Test("An effect that never arrived is sent again under a new attempt, up to its limit") func sentAgain() async throws {
        try await announce("p1", steps: 1)
        let peer = ScriptedPeer(["p1/1": [.drop, .drop, .drop, .drop]])
        let runner = runner(peer)
        try await run(runner)
        #expect(await peer.sendings.count == 3)
        #expect(await runner.status(of: "p1") == .parked(reason: "carry was sent 3 times without effect"))
    }

    @Test("A peer that can't tell is asked after each wait, then a person is") func unknownForLong() async throws {
        try await announce("p1", steps: 1)
        let peer = ScriptedPeer(["p1/1": [.actAndDrop]], isReachable: false)
        let runner = runner(peer)
        try await run(runner)
        #expect(await peer.sendings == ["p1/1"])
        guard case .parked(let reason) = await runner.status(of: "p1") else {
            Issue.record("the saga should be parked")
            return
        }
        #expect(reason.hasPrefix("the outcome of carry:p1/1 stays unknown"))
        #expect(try await types(in: "saga-carriage:p1").filter { $0 == "hindsight.timer-fired" }.count == 3)
    }

    @Test("A timer fires at its instant, not before") func timers() async throws {
        try await announce("p1", steps: 1)
        let runner = runner(ScriptedPeer(["p1/1": [.reject("later")]]))
        try await runner.settle()
        clock.advance(by: .seconds(3_599))
        try await runner.fireDueTimers()
        #expect(await runner.status(of: "p1") == .running)
        clock.advance(by: .seconds(1))
        try await runner.fireDueTimers()
        #expect(await runner.status(of: "p1") == .finished(outcome: "gave up"))
    }

    @Test("A worker that lost its lease can't append") func fencing() async throws {
        try await announce("p1", steps: 1)
        let old = try #require(try await log.acquireLease("sagas", holder: "old", for: .seconds(5), supersedes: false))
        let stale = runner(ScriptedPeer(), right: .under(old.fence))
        _ = try await log.acquireLease("sagas", holder: "new", for: .seconds(5), supersedes: true)
        await #expect(throws: EventLogError.fenced(lease: "sagas", epoch: old.epoch)) { try await stale.settle() }
        #expect(try await types(in: "saga-carriage:p1").isEmpty)
    }

    @Test("A command that the domain refuses parks the saga with the reason") func refusedCommand() async throws {
        try await announce("p1", steps: 1)
        let handler = CommandHandler(log: log, clock: clock, identities: identities)
        let runner = runner(ScriptedPeer(["p1/1": [.actAndDrop]]))
        try await runner.settle()
        try await handler.handle(Parcel.self, .deliver(at: clock.now()), on: StreamName("parcel-p1"))
        try await run(runner)
        // Delivered by somebody else: the saga saw it and has finished, so the late answer asks for nothing.
        #expect(await runner.status(of: "p1") == .finished(outcome: "delivered"))
    }

    @Test("The same seed appends the same events, however fast the answers come") func deterministic() async throws {
        func history() async throws -> [String] {
            let clock = ManualClock(at: start)
            let log = MemoryEventLog(clock: clock)
            let handler = CommandHandler(log: log, clock: clock, identities: identities)
            for parcel in 1...20 {
                try await handler.handle(Parcel.self, .announce(steps: 3), on: StreamName("parcel-\(parcel)"))
            }
            let runner = SagaRunner(Carriage.self, log: log, clock: clock, identities: identities, performer: ScriptedPeer())
            try await runner.settle()
            return try await log.read(EventSelection()).map { "\($0.position) \($0.id) \($0.stream) \($0.data?.description ?? "")" }
        }
        #expect(try await history() == history())
    }
}
