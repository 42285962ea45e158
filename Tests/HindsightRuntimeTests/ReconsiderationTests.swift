import EventLogMemory
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("What was not done is asked about again") struct ReconsiderationTests {
    private let clock = ManualClock(at: Timestamp("2026-03-01T08:00:00Z")!)
    private let log: MemoryEventLog
    private let key = "j1/flight"
    private let away = EffectOutcome.notDone(reason: "there is no connection")

    init() { log = MemoryEventLog(clock: clock) }

    /// - Parameter hour: An hour before it is too late, if it is not given.
    private func begin(_ agency: Agency, hour: Int = 10) async throws -> SagaRunner<WaryBooking> {
        clock.advance(by: .hours(hour - 8))
        let identities = SeededIdentities(seed: "reconsideration")
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Journey.self, .wish(["flight"]), on: StreamName("journey-j1"))
        return SagaRunner(WaryBooking.self, log: log, clock: clock, identities: identities, performer: agency)
    }

    /// - Parameter pause: How long the worker is away itself, each time that it waits.
    private func run(_ runner: SagaRunner<WaryBooking>, pause: Duration = .zero) async throws -> SagaStanding.Status? {
        try await runner.rest(clock, pause: pause)
        let report = try await SagaReplay(WaryBooking.self, log: log).verify { Issue.record("\($0)") }
        #expect(report.differences == 0)
        return await runner.status(of: "j1")
    }

    private func events() async throws -> [String] {
        var types: [String] = []
        for try await event in log.events(EventSelection()) { types.append(event.type.description) }
        return types
    }

    @Test("It is sent again while the saga stands by it") func goesOn() async throws {
        let agency = Agency([key: [away, away]], clock: clock)
        #expect(try await run(begin(agency)) == .finished(outcome: "booked"))
        #expect(agency.sendings.count == 3)
    }

    @Test("What is wanted no more is let go before it is sent again, and no answer is told of it") func withdrawn() async throws {
        let agency = Agency([key: Array(repeating: away, count: 1_000)], clock: clock)
        #expect(try await run(begin(agency)) == .finished(outcome: "called off"))
        #expect(try #require(agency.instants.last) < WaryBooking.latest)
        #expect(try await events().suffix(3) == ["journeys.settled", "hindsight.effect-rejected", "hindsight.saga-finished"])
    }

    @Test("What the peer has never heard of counts as not done") func absent() async throws {
        let agency = Agency([key: [.indeterminate(reason: "reset")]], clock: clock)
        #expect(try await run(begin(agency), pause: .hours(3)) == .finished(outcome: "called off"))
        #expect(agency.sendings.count == 1)
    }

    @Test(
        "What may still arrive is not sent again, also under a key that is kept: the saga is asked once it surely was not done",
        arguments: [true, false])
    func underWay(isTooLate: Bool) async throws {
        let settling = Duration.seconds(isTooLate ? 4_000 : 1_800)
        let agency = Agency(
            [key: [.indeterminate(reason: "reset")]], clock: clock,
            traits: Peer(name: "agency", keys: .honoured(for: nil), settling: settling))
        #expect(try await run(begin(agency)) == .finished(outcome: isTooLate ? "called off" : "booked"))
        #expect(agency.sendings.count == (isTooLate ? 1 : 2))
        if let first = agency.instants.first, let second = agency.instants.dropFirst().first {
            #expect(second >= first.advanced(by: settling))
        }
    }

    @Test("What is lost each time is a person's at last, however often the peer has never heard of it") func lostEachTime() async throws {
        let agency = Agency([key: Array(repeating: .indeterminate(reason: "reset"), count: 1_000)], clock: clock)
        let status = try await run(begin(agency, hour: 8), pause: .seconds(60))
        guard case .parked(let reason) = status else {
            Issue.record("\(String(describing: status))")
            return
        }
        #expect(reason == "book could not be done for 2 hours, the last time because the peer has never heard of it")
        #expect(agency.sendings.count > 3 && agency.sendings.count < 1_000)
    }

    @Test("What was done is not let go, however late that becomes known") func done() async throws {
        let agency = Agency([key: [.indeterminate(reason: "acted")]], clock: clock)
        #expect(try await run(begin(agency), pause: .hours(3)) == .finished(outcome: "booked"))
    }

    @Test("A refusal of the request waits for a person, who tries again or says what became of it", arguments: [true, false])
    func refused(isRetried: Bool) async throws {
        let agency = Agency([key: [.refused(reason: "no such customer")]], clock: clock)
        let runner = try await begin(agency)
        #expect(try await run(runner) == .parked(reason: "no such customer"))
        let command =
            isRetried
            ? SagaControl.Command.retry(reason: "the customer is there now", at: clock.now())
            : .resolve(nil, .succeeded, result: ["key": .string(key)], proof: "mail", reason: "booked by telephone", at: clock.now())
        try await CommandHandler(log: log, clock: clock, identities: SeededIdentities(seed: "person"))
            .handle(SagaControl.self, command, on: StreamName("saga-wary-booking:j1"))
        #expect(try await run(runner) == .finished(outcome: "booked"))
        #expect(agency.sendings.count == (isRetried ? 2 : 1))
    }
}

/// A booking that is called off once it is too late.
private enum WaryBooking: Saga {
    struct State: Sendable {
        var booking: Booking.State
        var effect: EffectReference?
    }

    enum Command: Sendable, Equatable { case journey(Journey.Command), standBy }

    static let name = "wary-booking"
    static let version = 1
    static let latest = Timestamp("2026-03-01T11:00:00Z")!

    static func initialState(of instance: String) -> State { State(booking: Booking.initialState(of: instance)) }
    static func instances(for event: JourneyEvent, in stream: StreamName) -> [String] { Booking.instances(for: event, in: stream) }

    static func evolve(_ state: inout State, with input: SagaInput<JourneyEvent>) {
        Booking.evolve(&state.booking, with: input)
        if case .event(.wished, _) = input { state.effect = EffectReference(kind: "book", key: "\(state.booking.journey)/flight") }
    }

    static func react(to input: SagaInput<JourneyEvent>, in state: State) -> [Reaction<Command>] {
        if case .event(.settled(let settled), _) = input, settled.how == "called off", let effect = state.effect {
            return [.withdraw(effect, reason: "it is too late"), .finish(outcome: "called off")]
        }
        return Booking.react(to: input, in: state.booking).map { reaction in
            switch reaction {
            case .command(let command): .command(.journey(command))
            case .perform(let effect): .perform(effect)
            case .withdraw(let effect, let reason): .withdraw(effect, reason: reason)
            case .schedule(let timer, let due): .schedule(timer: timer, at: due)
            case .cancelTimer(let timer): .cancelTimer(timer)
            case .compensate(let reason): .compensate(reason: reason)
            case .finish(let outcome): .finish(outcome: outcome)
            case .park(let reason): .park(reason: reason)
            }
        }
    }

    static func reconsideration(of effect: EffectReference, in state: State, at now: Timestamp) -> Command? {
        now < latest ? .standBy : .journey(.settle("called off"))
    }

    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        if case .journey(let command) = command { try await Booking.dispatch(command, to: decisions) }
    }

    static func policy(for kind: String) -> EffectPolicy {
        EffectPolicy(maximumAttempts: 3, patience: .hours(2), lookUpWaits: [.seconds(60), .seconds(600)])
    }
}
