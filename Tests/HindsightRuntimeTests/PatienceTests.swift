import EventLogMemory
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("Patience with a peer that is away") struct PatienceTests {
    private let clock = ManualClock(at: Timestamp("2026-03-01T10:00:00Z")!)
    private let log: MemoryEventLog
    private let key = "j1/flight"

    init() { log = MemoryEventLog(clock: clock) }

    /// - Parameter pause: How long the worker is away itself, each time that it waits.
    private func run(
        _ outcomes: [EffectOutcome], pause: Duration = .zero, traits: Peer = Peer(name: "agency")
    ) async throws -> (agency: Agency, status: SagaStanding.Status?) {
        let identities = SeededIdentities(seed: "patience")
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Journey.self, .wish(["flight"]), on: StreamName("journey-j1"))
        let agency = Agency([key: outcomes], clock: clock, traits: traits)
        let runner = SagaRunner(PatientBooking.self, log: log, clock: clock, identities: identities, performer: agency)
        try await runner.rest(clock, pause: pause)
        let report = try await SagaReplay(PatientBooking.self, log: log).verify { Issue.record("\($0)") }
        #expect(report.differences == 0)
        return (agency, await runner.status(of: "j1"))
    }

    private let away = EffectOutcome.notDone(reason: "there is no connection")

    @Test("It is tried again beyond the number of attempts, and goes on when the peer is back") func back() async throws {
        let (agency, status) = try await run(Array(repeating: away, count: 20))
        #expect(status == .finished(outcome: "booked") && agency.sendings.count == 21)
    }

    @Test("Where the peer repeats its failures, a key that failed twice waits until a look-up proves something") func repeated()
        async throws
    {
        let failed = EffectOutcome.indeterminate(reason: "status 500")
        let traits = Peer(name: "agency", keys: .honoured(for: .hours(24)), replaysFailures: true, settling: .hours(1))
        let (agency, status) = try await run([failed, failed], traits: traits)
        #expect(status == .finished(outcome: "booked") && agency.sendings.count == 3)
        #expect(agency.instants[1].since(agency.instants[0]) < .hours(1))
        #expect(agency.instants[2].since(agency.instants[1]) >= .hours(1))
    }

    @Test("When patience ends, a person has to look") func ends() async throws {
        let (agency, status) = try await run(Array(repeating: away, count: 1_000))
        guard case .parked(let reason)? = status else {
            Issue.record("it is \(String(describing: status))")
            return
        }
        #expect(reason.contains("could not be done for"))
        let tried = try #require(agency.instants.last).since(try #require(agency.instants.first))
        #expect(tried > .hours(1) && tried < .hours(2))
    }

    @Test("A worker that was away for longer than its patience tries again itself") func slept() async throws {
        let (agency, status) = try await run([away, away], pause: .hours(5))
        #expect(status == .finished(outcome: "booked") && agency.sendings.count == 3)
    }

    @Test("What the peer may have seen is bounded by the number of attempts, whatever it missed before") func seen() async throws {
        // Nothing is found of each: it is sent again, three times in all.
        let lost = EffectOutcome.indeterminate(reason: "reset")
        let (agency, status) = try await run(Array(repeating: away, count: 10) + Array(repeating: lost, count: 10))
        #expect(agency.sendings.count == 13)
        guard case .parked(let reason)? = status else {
            Issue.record("it is \(String(describing: status))")
            return
        }
        #expect(reason.contains("was sent 3 times"))
    }
}

extension SagaRunner {
    /// Works until nothing more falls due.
    ///
    /// - Parameter pause: How long the worker is away itself, each time that it waits.
    func rest(_ clock: ManualClock, pause: Duration = .zero) async throws {
        while true {
            try await catchUp()
            try await fireDueTimers()
            if try await settle() { continue }
            guard let due = nextDue else { return }
            clock.advance(to: due.advanced(by: pause))
        }
    }
}

/// A booking that waits two hours for an agency that is away.
private enum PatientBooking: Saga {
    typealias State = Booking.State
    typealias Command = Booking.Command

    static let name = "patient-booking"
    static let version = 1

    static func initialState(of instance: String) -> State { Booking.initialState(of: instance) }
    static func instances(for event: JourneyEvent, in stream: StreamName) -> [String] { Booking.instances(for: event, in: stream) }
    static func evolve(_ state: inout State, with input: SagaInput<JourneyEvent>) { Booking.evolve(&state, with: input) }

    static func react(to input: SagaInput<JourneyEvent>, in state: State) -> [Reaction<Command>] {
        Booking.react(to: input, in: state)
    }

    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        try await Booking.dispatch(command, to: decisions)
    }

    static func policy(for kind: String) -> EffectPolicy {
        EffectPolicy(maximumAttempts: 3, patience: .hours(2), lookUpWaits: [.seconds(60), .seconds(600)])
    }
}
