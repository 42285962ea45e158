import EventLogMemory
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("An input that an operator leaves out") struct SkippedInputTests {
    private let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_225_600_000_000))
    private let log: MemoryEventLog
    private let identities = SeededIdentities(seed: "skipped inputs")

    init() { log = MemoryEventLog(clock: clock) }

    private func runner<S: Saga>(_ saga: S.Type, _ agency: Agency) -> SagaRunner<S> {
        SagaRunner(saga, log: log, clock: clock, identities: identities, performer: agency)
    }

    private func act(_ command: SagaControl.Command) async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(SagaControl.self, command, on: StreamName("saga-booking:j1"), metadata: EventMetadata(actor: "clerk-7"))
    }

    /// A saga that is parked over the answer to its last booking: somebody has settled its journey meanwhile.
    private func park<S: Saga>(_ runner: SagaRunner<S>) async throws {
        let handler = CommandHandler(log: log, clock: clock, identities: identities)
        try await handler.handle(Journey.self, .wish(["flight", "hotel"]), on: StreamName("journey-j1"))
        _ = try await runner.settle()
        try await handler.handle(Journey.self, .settle("by hand"), on: StreamName("journey-j1"))
        try await live(runner)
        #expect(await runner.status(of: "j1") == .parked(reason: "settledAlready"))
    }

    private func live<S: Saga>(_ runner: SagaRunner<S>) async throws {
        try await VirtualTime(clock: clock, sagas: [runner]).run(until: clock.now().advanced(by: .days(1)))
    }

    private func agency() -> Agency { Agency(["j1/hotel": [.indeterminate(reason: "acted")]], clock: clock) }

    /// The saga's events of the type, as the engine's.
    private func events() async throws -> [(id: EventID, event: SagaLifecycle)] {
        try await log.read(EventSelection(EventFilter(stream: StreamName("saga-booking:j1")))).compactMap { recorded in
            try SagaLifecycle.codec.decode(recorded).map { (recorded.id, $0) }
        }
    }

    private func instance<S: Saga>(_ saga: S.Type) async throws -> SagaInstance<S> {
        var instance = try SagaInstance<S>(id: "j1")
        for try await event in log.events(EventSelection()) { try instance.consume(event) }
        return instance
    }

    private func expectSame<S: Saga>(_ saga: S.Type) async throws {
        let report = try await SagaReplay(saga, log: log).verify { Issue.record("\($0)") }
        #expect(report.instances == 1 && report.decisions > 3 && report.unhandled == 0)
    }

    @Test("A saga that knows what follows goes on with it, by the skip as its cause") func goesOn() async throws {
        let agency = agency()
        let runner = runner(Yielding.self, agency)
        try await park(runner)
        try await act(.skip(nil, reason: "settled by hand", at: clock.now()))
        #expect(try await instance(Yielding.self).wakeUp == .worker("1 inputs to handle"))
        _ = try await runner.settle()
        let skip = try #require(try await events().first { if case .skipped = $0.event { true } else { false } })
        let undoing = try await events().compactMap { if case .compensationStarted(let started) = $0.event { started } else { nil } }
        #expect(undoing.map(\.reason) == ["settled by hand"] && undoing.map(\.cause) == [skip.id.description])
        #expect(agency.acts.suffix(2) == ["unbook undo:j1/hotel", "unbook undo:j1/flight"])
        // What follows upon the undoing is refused as well, and can be left out as well.
        #expect(await runner.status(of: "j1") == .parked(reason: "settledAlready"))
        try await act(.skip(nil, reason: "leave it", at: clock.now()))
        _ = try await runner.settle()
        #expect(await runner.status(of: "j1") == .finished(outcome: "left"))
        try await expectSame(Yielding.self)
    }

    @Test("A worker that knows the saga from the log alone goes on with the same") func afterRestart() async throws {
        let agency = agency()
        try await park(runner(Yielding.self, agency))
        try await act(.skip(nil, reason: "settled by hand", at: clock.now()))
        try await live(runner(Yielding.self, agency))
        try await act(.skip(nil, reason: "leave it", at: clock.now()))
        let last = runner(Yielding.self, agency)
        try await live(last)
        #expect(await last.status(of: "j1") == .finished(outcome: "left"))
        try await expectSame(Yielding.self)
    }

    @Test("A saga that says nothing of it stands, and is known to have nothing that brings it on") func stands() async throws {
        let runner = runner(Booking.self, agency())
        try await park(runner)
        try await act(.skip(nil, reason: "settled by hand", at: clock.now()))
        try await live(runner)
        #expect(await runner.status(of: "j1") == .running)
        #expect(try await instance(Booking.self).wakeUp == .nothing)
        try await expectSame(Booking.self)
    }

    @Test("A skip that names nothing is of what the saga stands at, and not of an effect that is under way beside it") func besideEffect()
        async throws
    {
        let agency = Agency(["j1/flight": [.notDone(reason: "closed")]], clock: clock)
        let runner = runner(Yielding.self, agency)
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Journey.self, .wish(["flight"]), on: StreamName("journey-j1"))
        _ = try await runner.settle()
        try await act(.signal("poison", data: [:], at: clock.now()))
        _ = try await runner.settle()
        #expect(await runner.status(of: "j1") == .parked(reason: "poison"))
        try await act(.skip(nil, reason: "nobody meant it", at: clock.now()))
        try await live(runner)
        #expect(agency.acts == ["book j1/flight"])
        #expect(await runner.status(of: "j1") == .finished(outcome: "booked"))
        try await expectSame(Yielding.self)
    }

    @Test("An input over which a saga parks after it began an effect is the same for whoever reads it in the log") func afterEffect()
        async throws
    {
        let agency = Agency(clock: clock)
        let runner = runner(Yielding.self, agency)
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Journey.self, .wish(["poisoned"]), on: StreamName("journey-j1"))
        _ = try await runner.settle()
        #expect(await runner.status(of: "j1") == .parked(reason: "poison"))
        #expect(try await instance(Yielding.self).hasUnhandledInputs)
        #expect(agency.acts == [])
        try await act(.skip(nil, reason: "leave it", at: clock.now()))
        try await live(self.runner(Yielding.self, agency))
        #expect(agency.acts == ["book j1/poisoned", "unbook undo:j1/poisoned"])
        try await expectSame(Yielding.self)
    }
}

/// `Booking` that takes everything back when an input was left out.
private enum Yielding: Saga {
    typealias State = Booking.State
    static let name = Booking.name
    static let version = 1

    static func initialState(of instance: String) -> State { Booking.initialState(of: instance) }
    static func instances(for event: JourneyEvent, in stream: StreamName) -> [String] { Booking.instances(for: event, in: stream) }
    static func evolve(_ state: inout State, with input: SagaInput<JourneyEvent>) { Booking.evolve(&state, with: input) }
    static func policy(for kind: String) -> EffectPolicy { Booking.policy(for: kind) }

    static func react(to input: SagaInput<JourneyEvent>, in state: State) -> [Reaction<Journey.Command>] {
        switch input {
        case .skippedInput(.compensated, _, _): [.finish(outcome: "left")]
        case .skippedInput(.signal, _, _): []
        case .skippedInput(_, let reason, _): [.compensate(reason: reason)]
        case .signal("poison", _, _): [.park(reason: "poison")]
        case .event(.wished, _) where state.bookings == ["poisoned"]: Booking.react(to: input, in: state) + [.park(reason: "poison")]
        default: Booking.react(to: input, in: state)
        }
    }

    static func dispatch(_ command: Journey.Command, to decisions: DecisionBatch) async throws {
        try await Booking.dispatch(command, to: decisions)
    }
}
