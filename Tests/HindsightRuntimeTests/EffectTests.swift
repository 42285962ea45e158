import Dispatch
import EventLogMemory
import Foundation
import HindsightCore
import HindsightRuntime
import HindsightTesting
import SagaFaults
import Synchronization
import Testing

private let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

@Suite("Effects") struct EffectTests {
    let clock = ManualClock(at: start)
    let log: MemoryEventLog
    let identities = SeededIdentities(seed: "effects")

    init() {
        log = MemoryEventLog(clock: clock)
    }

    private func wish(_ bookings: String...) async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Journey.self, .wish(bookings), on: StreamName("journey-j1"))
    }

    private func runner(_ agency: Agency, right: WorkRight = .alone) -> SagaRunner<Booking> {
        SagaRunner(Booking.self, log: log, clock: clock, identities: identities, performer: agency, right: right)
    }

    private func live(_ runner: SagaRunner<Booking>, for duration: Duration = .days(1)) async throws {
        try await VirtualTime(clock: clock, sagas: [runner]).run(until: clock.now().advanced(by: duration))
    }

    private func act(_ command: SagaControl.Command) async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(SagaControl.self, command, on: StreamName("saga-booking:j1"), metadata: EventMetadata(actor: "clerk-7"))
    }

    private func types() async throws -> [String] {
        try await log.read(EventSelection(EventFilter(stream: StreamName("saga-booking:j1"))))
            .map { String($0.type.description.dropFirst("hindsight.".count)) }
    }

    /// Why the saga waits for a person.
    private func parkedReason(_ runner: SagaRunner<Booking>) async throws -> String {
        let status = await runner.status(of: "j1")
        let reason: String? = if case .parked(let reason) = status { reason } else { nil }
        return try #require(reason, "the saga is \(String(describing: status))")
    }

    // MARK: Tried again

    @Test("What surely was not done is tried again, after a wait that grows") func backsOff() async throws {
        try await wish("flight")
        let agency = Agency(["j1/flight": [.notDone(reason: "closed"), .notDone(reason: "closed")]], clock: clock)
        let runner = runner(agency)
        try await live(runner)
        #expect(agency.acts == ["book j1/flight"])
        #expect(await runner.status(of: "j1") == .finished(outcome: "booked"))
        let waits = zip(agency.instants, agency.instants.dropFirst()).map { $1.since($0) }
        #expect(waits.count == 2)
        #expect(waits[0] >= .milliseconds(500) && waits[0] <= .seconds(1))
        #expect(waits[1] >= .seconds(1) && waits[1] <= .seconds(2))
    }

    @Test("A peer that names a time is not asked before it, by any saga") func retryAfter() async throws {
        try await wish("flight")
        let agency = Agency(["j1/flight": [.notDone(reason: "too many", retryAfter: .seconds(90))]], clock: clock)
        try await live(runner(agency))
        #expect(agency.instants == [start, start.advanced(by: .seconds(90))])
    }

    @Test("After its attempts are used up, the saga is parked with the last reason") func exhausted() async throws {
        try await wish("flight")
        let closed = EffectOutcome.notDone(reason: "closed")
        let agency = Agency(["j1/flight": [closed, closed, closed]], clock: clock)
        let runner = runner(agency)
        try await live(runner)
        #expect(
            await runner.status(of: "j1")
                == .parked(reason: "book was sent 3 times without effect, the last time because closed"))
        try await act(.retry(reason: "they opened", at: clock.now()))
        try await live(runner)
        #expect(await runner.status(of: "j1") == .finished(outcome: "booked"))
        #expect(agency.sendings.count == 4)
    }

    @Test("No attempt begins after the time in all is over") func totalTime() async throws {
        try await wish("flight")
        let agency = Agency(["j1/flight": [.notDone(reason: "closed", retryAfter: .hours(3))]], clock: clock)
        let runner = runner(agency)
        try await live(runner)
        #expect(agency.sendings.count == 1)
        #expect(try await parkedReason(runner).contains("was tried for"))
    }

    @Test("An answer that doesn't come within the time limit leaves the outcome unknown, and is looked up") func timeLimit() async throws {
        try await wish("flight")
        let peer = SilentPeer()
        let runner = SagaRunner(Booking.self, log: log, clock: clock, identities: identities, performer: peer)
        async let settled = runner.settle()
        await peer.waitUntilAsked()
        clock.advance(by: .seconds(60))
        _ = try await settled
        #expect(try await types().suffix(2) == ["effect-indeterminate", "timer-set"])
        try await live(runner)
        #expect(await runner.status(of: "j1") == .finished(outcome: "booked"))
    }

    @Test(
        "Work that takes its time to be cancelled at its limit holds up no other at its own",
        .enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "two cancellations at once take two threads"))
    func slowCancellation() async throws {
        try await tour(to: "north", "south")
        let peer = StubbornPeer()
        let runner = SagaRunner(Touring.self, log: log, clock: clock, identities: identities, performer: peer)
        async let settled = runner.settle()
        await peer.waitUntilAsked(times: 2)
        clock.advance(by: Touring.policy(for: "book").timeLimit)
        _ = try await settled
        #expect(peer.meetings == [.success, .success])
    }

    private func tour(to stops: String...) async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Tour.self, .plan(stops, kind: "book", .allAtOnce, rest: .zero), on: StreamName("tour-t1"))
    }

    // MARK: Nobody knows

    @Test("What was claimed when the log failed is looked into when the work goes on") func abandoned() async throws {
        try await tour(to: "north", "south")
        let agency = Agency(clock: clock)
        func worker(_ seed: String, _ log: any EventLog) -> SagaRunner<Touring> {
            SagaRunner(Touring.self, log: log, clock: clock, identities: SeededIdentities(seed: seed), performer: agency)
        }
        // It has sent both, and never learns the answers.
        let killed = worker("killed", MortalEventLog(log, dyingAtAppend: 2))
        await #expect(throws: EventLogError.self) { try await killed.settle() }
        // It takes the first one up, and fails at the second.
        let next = worker("next", MortalEventLog(log, dyingAtAppend: 2, backAfter: 1))
        await #expect(throws: EventLogError.self) { try await next.settle() }
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(SagaControl.self, .signal("look", data: [:], at: clock.now()), on: StreamName("saga-touring:t1"))
        _ = try await next.settle()
        #expect(await next.status(of: "t1") == .finished(outcome: "made"))
        #expect(agency.sendings == ["t1/north", "t1/south"])
    }

    @Test("A peer that can't be asked but honours keys is sent the same key again") func resend() async throws {
        try await wish("flight")
        let agency = Agency(
            ["j1/flight": [.indeterminate(reason: "acted")]], clock: clock,
            traits: Peer(name: "agency", keys: .honoured(for: .hours(24)), isQueryable: false))
        let runner = runner(agency)
        try await live(runner)
        #expect(agency.acts == ["book j1/flight"])
        #expect(agency.sendings == ["j1/flight", "j1/flight"])
        #expect(await runner.status(of: "j1") == .finished(outcome: "booked"))
    }

    @Test("Whether a key is still kept is not told by the clock of a worker that was not there", arguments: [true, false])
    func takenUp(isKeptForEver: Bool) async throws {
        try await wish("flight")
        let agency = Agency(
            clock: clock, traits: Peer(name: "agency", keys: .honoured(for: isKeptForEver ? nil : .hours(24)), isQueryable: false))
        // It has sent it, and never learns the answer.
        let killed = SagaRunner(
            Booking.self, log: MortalEventLog(log, dyingAtAppend: 2), clock: clock, identities: SeededIdentities(seed: "killed"),
            performer: agency)
        await #expect(throws: EventLogError.self) { try await killed.settle() }
        let runner = runner(agency)
        try await live(runner, for: .hours(1))
        guard !isKeptForEver else {
            #expect(agency.sendings.count == 2 && agency.acts == ["book j1/flight"])
            #expect(await runner.status(of: "j1") == .finished(outcome: "booked"))
            return
        }
        let reason =
            "the outcome of book:j1/flight is unknown: agency can't be asked, and no clock tells for sure whether it still keeps the key"
        #expect(try await parkedReason(runner) == reason)
        try await act(.retry(reason: "look again", at: clock.now()))
        try await live(runner, for: .hours(1))
        #expect(try await parkedReason(runner) == reason)
        #expect(agency.sendings.count == 1)
    }

    @Test("A no to a repetition leaves open whether the first attempt was done: it is not let go when all is undone") func doubt()
        async throws
    {
        try await wish("flight", "hotel")
        let agency = Agency(
            ["j1/hotel": [.indeterminate(reason: "acted"), .notDone(reason: "too many", retryAfter: .seconds(90))]], clock: clock,
            traits: Peer(name: "agency", keys: .honoured(for: nil), isQueryable: false))
        let runner = runner(agency)
        try await live(runner, for: .seconds(61))
        #expect(agency.sendings == ["j1/flight", "j1/hotel", "j1/hotel"])
        try await act(.cancel(reason: "changed their mind", at: clock.now()))
        try await live(runner)
        #expect(agency.acts == ["book j1/flight", "book j1/hotel", "unbook undo:j1/hotel", "unbook undo:j1/flight"])
        #expect(await runner.status(of: "j1") == .finished(outcome: "taken back"))
    }

    @Test("A person's retry does not make a peer remember a key that it has forgotten") func forgottenKey() async throws {
        try await wish("flight")
        let agency = Agency(
            ["j1/flight": [.indeterminate(reason: "acted")]], clock: clock,
            traits: Peer(name: "agency", keys: .honoured(for: .seconds(100)), isQueryable: false))
        let runner = runner(agency)
        try await live(runner)
        try await act(.retry(reason: "look again", at: clock.now()))
        try await live(runner)
        #expect(agency.sendings.count == 1)
        #expect(
            await runner.status(of: "j1")
                == .parked(reason: "the outcome of book:j1/flight is unknown: agency can't be asked, and has forgotten the key by now"))
    }

    @Test("Nothing is sent under a key that the peer may have forgotten by the time it arrives") func dyingKey() async throws {
        try await wish("flight")
        let agency = Agency(
            ["j1/flight": [.indeterminate(reason: "acted")]], clock: clock,
            traits: Peer(name: "agency", keys: .honoured(for: .seconds(100)), isQueryable: false))
        try await live(runner(agency))
        // The first look comes after 60 s, and another attempt may take 60 s.
        #expect(agency.sendings.count == 1)
    }

    @Test(
        "Where the peer can't tell, a person has to: nothing is sent again",
        arguments: [
            Peer(name: "agency", isQueryable: false),
            Peer(name: "agency", keys: .honoured(for: .seconds(30)), isQueryable: false),
        ])
    func parked(traits: Peer) async throws {
        try await wish("flight")
        let agency = Agency(["j1/flight": [.indeterminate(reason: "acted")]], clock: clock, traits: traits)
        let runner = runner(agency)
        try await live(runner)
        #expect(agency.sendings.count == 1)
        #expect(try await parkedReason(runner).hasPrefix("the outcome of book:j1/flight is unknown"))
        try await act(
            .resolve(nil, .succeeded, result: [:], proof: "statement 12", reason: "seen in their list", at: clock.now()))
        try await live(runner)
        #expect(await runner.status(of: "j1") == .finished(outcome: "booked"))
        #expect(agency.sendings.count == 1)
    }

    @Test("A peer that repeats a stored failure is not asked for ever") func storedFailure() async throws {
        try await wish("flight")
        let unknown = EffectOutcome.indeterminate(reason: "status 500")
        let agency = Agency(
            ["j1/flight": [unknown, unknown, unknown]], clock: clock,
            traits: Peer(name: "agency", keys: .honoured(for: nil), replaysFailures: true, isQueryable: false))
        let runner = runner(agency)
        try await live(runner)
        #expect(agency.sendings.count == 2)
        #expect(
            await runner.status(of: "j1") == .parked(reason: "the outcome of book:j1/flight is unknown: agency repeats its first error"))
    }

    @Test("A look-up that finds nothing is believed only once nothing can be on its way any more") func settling() async throws {
        try await wish("flight")
        let agency = Agency(
            ["j1/flight": [.indeterminate(reason: "reset")]], clock: clock, traits: Peer(name: "agency", settling: .seconds(300)))
        try await live(runner(agency))
        #expect(agency.instants == [start, start.advanced(by: .seconds(300))])
    }

    // MARK: Limits of a peer

    @Test("A peer's rate is kept to, whatever many sagas want") func rate() async throws {
        let agency = Agency(clock: clock, traits: Peer(name: "agency", limits: PeerLimits(perSecond: 2, burst: 1)))
        let handler = CommandHandler(log: log, clock: clock, identities: identities)
        for parcel in 1...10 { try await handler.handle(Parcel.self, .announce(steps: 1), on: StreamName("parcel-\(parcel)")) }
        let runner = SagaRunner(Carriage.self, log: log, clock: clock, identities: identities, performer: agency)
        try await VirtualTime(clock: clock, sagas: [runner]).run(until: start.advanced(by: .hours(1)))
        #expect(agency.instants == (0..<10).map { start.advanced(by: .milliseconds(500 * $0)) })
    }

    // MARK: Taking back

    @Test("What was applied is undone in reverse order, and only that") func compensation() async throws {
        try await wish("flight", "hotel", "car")
        let agency = Agency(["j1/car": [.rejected(reason: "sold out")]], clock: clock)
        let runner = runner(agency)
        try await live(runner)
        #expect(agency.acts == ["book j1/flight", "book j1/hotel", "unbook undo:j1/hotel", "unbook undo:j1/flight"])
        #expect(await runner.status(of: "j1") == .finished(outcome: "taken back"))
    }

    @Test("An unknown outcome is found out before anything is undone") func compensationWaits() async throws {
        try await wish("flight", "hotel")
        let agency = Agency(["j1/hotel": [.indeterminate(reason: "acted")]], clock: clock)
        let runner = runner(agency)
        _ = try await runner.settle()
        try await act(.cancel(reason: "changed their mind", at: clock.now()))
        try await live(runner)
        #expect(agency.acts == ["book j1/flight", "book j1/hotel", "unbook undo:j1/hotel", "unbook undo:j1/flight"])
        #expect(await runner.status(of: "j1") == .finished(outcome: "taken back"))
    }

    @Test("What waits for its next try is let go when everything is undone") func compensationOfPostponed() async throws {
        try await wish("flight", "hotel")
        let agency = Agency(["j1/hotel": [.notDone(reason: "closed")]], clock: clock)
        let runner = runner(agency)
        _ = try await runner.settle()
        try await act(.cancel(reason: "changed their mind", at: clock.now()))
        _ = try await runner.settle()
        #expect(agency.acts == ["book j1/flight", "unbook undo:j1/flight"])
        #expect(await runner.status(of: "j1") == .finished(outcome: "taken back"))
        #expect(await runner.nextDue == nil)
    }

    @Test("A step back that is refused waits for a person, who may skip it") func refusedCompensation() async throws {
        try await wish("flight", "hotel", "car")
        let agency = Agency(
            ["j1/car": [.rejected(reason: "sold out")], "undo:j1/hotel": [.rejected(reason: "too late")]], clock: clock)
        let runner = runner(agency)
        try await live(runner)
        #expect(await runner.status(of: "j1") == .parked(reason: "unbook:undo:j1/hotel was refused: too late"))
        try await act(.skip(nil, reason: "paid for it", at: clock.now()))
        try await live(runner)
        #expect(agency.acts.last == "unbook undo:j1/flight")
        #expect(await runner.status(of: "j1") == .finished(outcome: "taken back"))
    }

    // MARK: Operating

    @Test("A paused saga begins nothing; what came in is handled when it is resumed") func pause() async throws {
        try await wish("flight", "hotel")
        let agency = Agency(["j1/flight": [.notDone(reason: "closed")]], clock: clock)
        let runner = runner(agency)
        _ = try await runner.settle()
        try await act(.pause(reason: "stocktaking", at: clock.now()))
        try await live(runner, for: .hours(1))
        #expect(agency.sendings == ["j1/flight"])
        try await act(.resume(reason: "done", at: clock.now()))
        try await live(runner)
        #expect(agency.acts == ["book j1/flight", "book j1/hotel"])
    }

    @Test("A skipped effect is left out, and the saga goes on") func skip() async throws {
        try await wish("flight", "hotel")
        let agency = Agency(["j1/flight": [.notDone(reason: "closed")]], clock: clock)
        let runner = runner(agency)
        _ = try await runner.settle()
        try await act(.skip(EffectReference(kind: "book", key: "j1/flight"), reason: "they go by train", at: clock.now()))
        try await live(runner)
        #expect(agency.acts == ["book j1/hotel"])
        #expect(await runner.status(of: "j1") == .finished(outcome: "booked"))
    }

    @Test("A saga hears signals, and each act stands in its stream with who did it") func signal() async throws {
        try await wish("flight")
        let agency = Agency(["j1/flight": [.notDone(reason: "closed")]], clock: clock)
        let runner = runner(agency)
        _ = try await runner.settle()
        try await act(.signal("hurry", data: [:], at: clock.now()))
        _ = try await runner.settle()
        #expect(try await types().suffix(2) == ["saga-signalled", "timer-set"])
        let signalled = try await log.read(EventSelection(EventFilter(types: ["hindsight.saga-signalled"])))
        #expect(signalled.first?.metadata.description.contains("clerk-7") == true)
    }

    @Test("A command that the domain refuses parks the saga; a retry plans it anew, a skip goes past it") func refusedCommand() async throws
    {
        try await wish("flight")
        let handler = CommandHandler(log: log, clock: clock, identities: identities)
        let agency = Agency(["j1/flight": [.indeterminate(reason: "acted")]], clock: clock)
        let runner = runner(agency)
        _ = try await runner.settle()
        try await handler.handle(Journey.self, .settle("by hand"), on: StreamName("journey-j1"))
        try await live(runner)
        #expect(await runner.status(of: "j1") == .parked(reason: "settledAlready"))
        try await act(.retry(reason: "again", at: clock.now()))
        try await live(runner)
        #expect(await runner.status(of: "j1") == .parked(reason: "settledAlready"))
        try await act(.skip(nil, reason: "settled by hand", at: clock.now()))
        try await live(runner)
        #expect(await runner.status(of: "j1") == .running)
    }

    // MARK: Poison

    @Test("An effect at which worker after worker dies is parked: each take-over is counted before the peer is asked") func poison()
        async throws
    {
        try await wish("flight")
        let agency = Agency(clock: clock)
        // Each worker dies after it has taken the effect up, before it hears of the peer's answer.
        for worker in 1...5 {
            let dying = MortalEventLog(log, dyingAtAppend: 2)
            let runner = SagaRunner(
                Booking.self, log: dying, clock: clock, identities: SeededIdentities(seed: "worker \(worker)"),
                performer: agency)
            do { _ = try await runner.settle() } catch EventLogError.unavailable {
                // Killed as planned.
            }
        }
        let last = runner(agency)
        _ = try await last.settle()
        #expect(await last.status(of: "j1") == .parked(reason: "3 workers ended while they were at book:j1/flight"))
        #expect(agency.sendings == ["j1/flight"])
    }
}

/// Doesn't answer until it is cancelled, and has acted all the same.
private actor SilentPeer: EffectPerformer {
    private var isAsked = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        isAsked = true
        for continuation in waiting { continuation.resume() }
        waiting = []
        let (never, continuation) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        withExtendedLifetime(continuation) {}
        return .indeterminate(reason: "cancelled")
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp { .settled(.succeeded([:])) }

    func waitUntilAsked() async {
        if !isAsked { await withCheckedContinuation { waiting.append($0) } }
    }
}

/// Ends two errands only together: the cancellation of either waits for the other's.
private final class StubbornPeer: EffectPerformer {
    private let (asked, ask) = AsyncStream.makeStream(of: Void.self)
    private let (north, south) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    private let met = Mutex<[DispatchTimeoutResult]>([])

    /// Whether each waited in vain.
    var meetings: [DispatchTimeoutResult] { met.withLock(\.self) }

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        ask.yield()
        let (never, continuation) = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationHandler {
            for await _ in never {}
        } onCancel: {
            let (own, other) = intent.key.hasSuffix("north") ? (north, south) : (south, north)
            other.signal()
            let result = own.wait(timeout: .now() + 10)
            met.withLock { $0.append(result) }
        }
        withExtendedLifetime(continuation) {}
        return .indeterminate(reason: "cancelled")
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp { .settled(.succeeded([:])) }

    func waitUntilAsked(times: Int) async {
        var asked = asked.makeAsyncIterator()
        for _ in 0..<times { await asked.next() }
    }
}
