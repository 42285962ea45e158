import EventLogMemory
import HindsightCore
import HindsightRuntime
import HindsightTesting
import SagaFaults
import Testing

private let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)
private let saga = "saga-booking:j1"

@Suite("Replay of a saga's decisions") struct SagaReplayTests {
    let clock = ManualClock(at: start)
    let log: MemoryEventLog
    let identities = SeededIdentities(seed: "replay tests")

    init() { log = MemoryEventLog(clock: clock) }

    /// A flight, a hotel whose booking fails twice, and a car whose outcome has to be looked up.
    private func travel(_ bookings: [String] = ["flight", "hotel", "car"], refusing refused: String? = nil) async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Journey.self, .wish(bookings), on: StreamName("journey-j1"))
        var script: [String: [EffectOutcome]] = [
            "j1/hotel": [.notDone(reason: "closed"), .notDone(reason: "closed")], "j1/car": [.indeterminate(reason: "acted")],
        ]
        if let refused { script["j1/\(refused)"] = [.rejected(reason: "sold out")] }
        let runner = SagaRunner(
            Booking.self, log: log, clock: clock, identities: identities, performer: Agency(script, clock: clock))
        try await VirtualTime(clock: clock, sagas: [runner]).run(until: clock.now().advanced(by: .days(1)))
    }

    private func differences<S: Saga>(_ definition: S.Type) async throws -> ([DecisionDifference], SagaReplayReport) {
        var differences: [DecisionDifference] = []
        let report = try await SagaReplay(definition, log: log).verify { differences.append($0) }
        return (differences, report)
    }

    private func type(at position: Position) async throws -> EventType? {
        try await log.read(EventSelection(after: position - 1, limit: 1)).first?.type
    }

    // MARK: - Verify

    @Test("What is in the log is what its definition decides again", arguments: [nil, "car", "hotel", "flight"])
    func same(refused: String?) async throws {
        try await travel(refusing: refused)
        let (differences, report) = try await differences(Booking.self)
        #expect(differences == [])
        #expect(report.instances == 1 && report.unhandled == 0 && report.erased == 0)
        #expect(report.through == (await log.head().position))
        #expect(report.decisions >= 2)
    }

    @Test("Whatever a simulation has done to its sagas, every decision comes out as it was recorded", arguments: 0..<10 as Range<UInt64>)
    func simulated(block: UInt64) async throws {
        var decisions = 0
        for seed in block * 20..<(block + 1) * 20 {
            let recorded = try SimulatedRound(seed: seed).report().events
            let log = MemoryEventLog(clock: ManualClock(at: try #require(recorded.last).recordedAt))
            _ = try await log.importRecorded(recorded)
            let report = try await SagaReplay(Touring.self, log: log).verify { difference in
                Issue.record("seed \(seed): \(difference)")
            }
            decisions += report.decisions
        }
        #expect(decisions > 100)
    }

    @Test("A definition that was changed without a new version is found out where it first decides otherwise") func changed() async throws {
        try await travel()
        let (differences, report) = try await differences(HastyBooking.self)
        let first = try #require(differences.first)
        #expect(report.differences == differences.count)
        #expect(first.instance == "j1" && first.reason == nil)
        #expect(try await type(at: first.position) == "hindsight.saga-started")
        #expect(first.recorded.prefix(2).map(\.type) == ["hindsight.saga-started", "hindsight.effect-intended"])
        #expect(first.computed.map(\.type) == ["hindsight.saga-started"] + Array(repeating: "hindsight.effect-intended", count: 3))
        // The answers are what they were, and each is looked at for itself.
        #expect(Set(differences.map(\.position)).count == differences.count)
    }

    /// What a worker can't have known, each in the words of what is wrong with it.
    private static let forgeries: [(type: EventType, data: String, wrong: String)] = [
        (
            "hindsight.effect-succeeded",
            #"{"effect":"book","key":"j1/yacht","attempt":1,"epoch":0,"knownBy":"answer","at":"\#(start)","result":{}}"#,
            "book:j1/yacht was not open"
        ),
        (
            "hindsight.effect-succeeded",
            #"{"effect":"book","key":"j1/boat","attempt":2,"epoch":0,"knownBy":"answer","at":"\#(start)","result":{}}"#,
            "book:j1/boat was at attempt 1"
        ),
        (intended, intent(attempt: 2, request: #"{"berths":9}"#), "book:j1/boat was intended otherwise at first"),
        (intended, intent(attempt: 3, request: "{}"), "book:j1/boat was at attempt 1"),
        (
            "hindsight.timer-set", #"{"timer":"look-up:book:j1/yacht","due":"\#(start)","cause":"c","wakeUp":"look-up"}"#,
            "the timer look-up:book:j1/yacht belongs to no open effect"
        ),
        (
            "hindsight.timer-fired", #"{"timer":"rest","due":"\#(start)","at":"\#(start)","wakeUp":"reaction"}"#,
            "no timer rest was set to \(start)"
        ),
    ]
    private static let intended: EventType = "hindsight.effect-intended"

    private static func intent(attempt: Int, request: String) -> String {
        """
        {"saga":"booking","definitionVersion":1,"instance":"j1","effect":"book","key":"j1/boat","attempt":\(attempt),"epoch":0,\
        "cause":"attempt:1","deadline":"\(start)","request":\(request),"compensation":{"kind":"unbook","request":{}}}
        """
    }

    @Test("What nobody can have found out is named", arguments: forgeries.indices) func forgedFact(index: Int) async throws {
        try await stall()
        #expect(try await differences(Booking.self).0 == [])
        let forgery = Self.forgeries[index]
        try await forge(forgery.type, forgery.data, in: saga)
        #expect(try await differences(Booking.self).0.map(\.reason) == [forgery.wrong])
    }

    @Test("A saga that began twice hides nothing behind its second beginning", arguments: [1, 2]) func beganTwice(version: Int) async throws
    {
        try await stall()
        let started = #"{"saga":"booking","definitionVersion":\#(version),"instance":"j1","cause":"nothing"}"#
        try await forge("hindsight.saga-started", started, in: saga)
        let (differences, report) = try await differences(Booking.self)
        #expect(differences.map { $0.recorded.map(\.type) } == [["hindsight.saga-started"]])
        #expect(report.instances == 1)
    }

    /// A booking whose outcome nobody knows.
    private func stall() async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Journey.self, .wish(["boat"]), on: StreamName("journey-j1"))
        let runner = SagaRunner(
            Booking.self, log: log, clock: clock, identities: identities,
            performer: Agency(["j1/boat": [.indeterminate(reason: "storm")]], clock: clock))
        _ = try await runner.settle()
        clock.advance(by: .seconds(1))
    }

    /// Appends what no worker has decided.
    private func forge(_ type: EventType, _ data: String, in stream: String) async throws {
        let stream = try StreamName(stream)
        let id = SeededIdentities(seed: "forged").eventID(in: stream, version: 1, at: start)
        try await log.append([NewEvent(id: id, type: type, data: JSONText(object: data))], to: stream)
    }

    @Test("A decision that was written into the log by hand is named, with what should be there") func forgedDecision() async throws {
        try await stall()
        try await forge("hindsight.saga-finished", #"{"outcome":"booked","cause":"nothing"}"#, in: saga)
        let (differences, _) = try await differences(Booking.self)
        let difference = try #require(differences.first)
        #expect(differences.count == 1 && difference.computed == [])
        #expect(difference.recorded.map(\.type) == ["hindsight.saga-finished"])
        #expect(difference.recorded.first?.data == ["outcome": "booked", "cause": "nothing"])
    }

    @Test("Instances of another version are left to it, and one instance can be asked for") func selects() async throws {
        try await travel()
        #expect(try await differences(BookingAtOnce.self).1.instances == 0)
        let report = try await SagaReplay(Booking.self, log: log).verify(instance: "j2") { Issue.record("\($0)") }
        #expect(report.instances == 0 && report.decisions == 0)
        let part = try await SagaReplay(Booking.self, log: log).verify(instance: "j1", through: 3) { Issue.record("\($0)") }
        #expect(part.through == 3 && part.decisions == 1)
    }

    // MARK: - What if

    @Test("Another definition is asked at each decision with what was known then, and nothing comes of it") func whatIf() async throws {
        try await travel()
        let head = await log.head()
        var differences: [DecisionDifference] = []
        let report = try await SagaReplay(Booking.self, log: log).compare(with: BookingAtOnce.self) { differences.append($0) }
        #expect(await log.head() == head)
        #expect(report.definitionVersion == 1 && report.differences == differences.count && report.decisions > differences.count)

        func effects(_ events: [DecisionDifference.Event]) -> [String] { events.compactMap { $0.data?["key"]?.stringValue } }
        let first = try #require(differences.first)
        #expect(effects(first.recorded) == ["j1/flight"])
        #expect(effects(first.computed) == ["j1/flight", "j1/hotel", "j1/car"])
        // The flight would have been booked all the same, only at another time.
        #expect(first.changes.compactMap { $0.computed?["key"]?.stringValue } == ["j1/hotel", "j1/car"])
        #expect(first.changes.allSatisfy { $0.recorded == nil })
        // Where one thing after the other was booked, nothing more would have been.
        for later in differences.dropFirst() {
            #expect(effects(later.recorded).count == effects(later.computed).count + 1, "\(later)")
        }
    }

    @Test("Of an event that both have, a difference tells the members that would have been others, and no deadline")
    func changedMembers() async throws {
        try await travel()
        var changes: [DecisionDifference.Change] = []
        _ = try await SagaReplay(Booking.self, log: log).compare(with: BookingWithoutReturn.self) { changes += $0.changes }
        #expect(!changes.isEmpty)
        for change in changes {
            #expect(change.type == "hindsight.effect-intended")
            #expect(change.recorded == ["compensation": ["kind": "unbook", "request": [:]]], "\(change)")
            #expect(change.computed == [:], "\(change)")
        }
    }

    @Test("A definition compared with itself under another version differs nowhere") func whatIfSame() async throws {
        try await travel(refusing: "car")
        let report = try await SagaReplay(Booking.self, log: log).compare(with: BookingRenumbered.self) { Issue.record("\($0)") }
        #expect(report.differences == 0 && report.decisions >= 4)
    }
}

/// `Booking` with another `react`.
private protocol AlteredBooking: Saga where Event == JourneyEvent, State == Booking.State, Command == Journey.Command {}

extension AlteredBooking {
    static var name: String { Booking.name }
    static func initialState(of instance: String) -> State { Booking.initialState(of: instance) }
    static func instances(for event: JourneyEvent, in stream: StreamName) -> [String] { Booking.instances(for: event, in: stream) }
    static func evolve(_ state: inout State, with input: SagaInput<JourneyEvent>) { Booking.evolve(&state, with: input) }
    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        try await Booking.dispatch(command, to: decisions)
    }
    static func policy(for kind: String) -> EffectPolicy { Booking.policy(for: kind) }

    /// Everything at once.
    static func atOnce(_ input: SagaInput<JourneyEvent>, _ state: State) -> [Reaction<Command>] {
        switch input {
        case .event(.wished, _):
            return state.bookings.map { .perform(Effect("book", key: "\(state.journey)/\($0)", undoneBy: Compensation("unbook"))) }
        case .succeeded, .skipped: return state.booked < state.bookings.count ? [] : Booking.react(to: input, in: state)
        default: return Booking.react(to: input, in: state)
        }
    }
}

/// What is booked can't be taken back any more.
private enum BookingWithoutReturn: AlteredBooking {
    static let version = 4
    static func react(to input: SagaInput<JourneyEvent>, in state: State) -> [Reaction<Command>] {
        Booking.react(to: input, in: state).map { reaction in
            guard case .perform(let effect) = reaction else { return reaction }
            return .perform(Effect(effect.kind, key: effect.key, request: effect.request))
        }
    }
}

/// Changed, but not its version.
private enum HastyBooking: AlteredBooking {
    static let version = 1
    static func react(to input: SagaInput<JourneyEvent>, in state: State) -> [Reaction<Command>] { atOnce(input, state) }
}

private enum BookingAtOnce: AlteredBooking {
    static let version = 2
    static func react(to input: SagaInput<JourneyEvent>, in state: State) -> [Reaction<Command>] { atOnce(input, state) }
}

private enum BookingRenumbered: AlteredBooking {
    static let version = 2
    static func react(to input: SagaInput<JourneyEvent>, in state: State) -> [Reaction<Command>] { Booking.react(to: input, in: state) }
}
