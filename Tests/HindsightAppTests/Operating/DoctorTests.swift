import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("Doctor") struct DoctorTests {
    private let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_225_600_000_000))

    private func report(
        _ notes: [Note], sagas: [SagaDescription] = [SagaDescription(Reminder.self)], workers: [String] = [], later: Duration = .zero
    ) async throws -> Doctor.Report {
        let log = MemoryEventLog(clock: clock)
        for (index, note) in notes.enumerated() {
            let event = try note.encoded(id: .version7(at: clock.now(), entropy: [UInt8](repeating: UInt8(index), count: 10)))
            try await log.append([event], to: StreamName("note-1"))
        }
        let runner = SagaRunner(
            Reminder.self, log: log, clock: clock, identities: SeededIdentities(seed: "doctor"), performer: NoPeer())
        if !notes.contains(.untouched(Untouched())) { _ = try await runner.settle() }
        let projections = ProjectionRunner([SagaBoard()], log: log, store: MemoryReadModelStore())
        clock.advance(by: later)
        for worker in workers {
            _ = await log.acquireLeases(["worker/\(worker)"], holder: worker, for: .seconds(10), supersedes: false)
        }
        return try await Doctor(log: log, clock: clock, projections: projections, sagas: sagas).examine()
    }

    @Test("A timer is a reason to wake up") func timer() async throws {
        let report = try await report([.written(Written(remind: true))])
        #expect(report.wakeUps == ["timer": 1])
        #expect(report.findings == [])
    }

    @Test("A saga that nothing will ever bring on is found, with what to do") func forgotten() async throws {
        let report = try await report([.written(Written(remind: false))])
        #expect(report.wakeUps == ["none": 1])
        #expect(report.findings.map(\.subject) == ["saga reminder:note-1"])
        #expect(report.findings.first?.advice.contains("hindsight sagas show reminder:note-1") == true)
    }

    @Test("An event that the domain says it waits for is a reason as well") func awaited() async throws {
        let report = try await report([.written(Written(remind: false, asks: true))])
        #expect(report.wakeUps == ["event": 1])
        #expect(report.findings == [])
    }

    @Test("Inputs that no worker has handled yet wait for one") func worker() async throws {
        let report = try await report([.written(Written(remind: true)), .untouched(Untouched())])
        #expect(report.wakeUps == ["worker": 1])
    }

    @Test("Work that is there while no worker is alive is noted, with how to start one") func nobody() async throws {
        let notes = [Note.written(Written(remind: true)), .untouched(Untouched())]
        let alone = try await report(notes)
        #expect(alone.workers == 0 && alone.findings == [])
        #expect(alone.notes.map(\.subject) == ["workers"])
        #expect(alone.notes.first?.problem == "none is alive, while there is work to do for saga reminder:note-1")
        #expect(alone.notes.first?.advice.contains("hindsight work") == true)
        let attended = try await report(notes, workers: ["w1", "w2"])
        #expect(attended.workers == 2 && attended.findings == [] && attended.notes == [])
    }

    @Test("A timer that is overdue by a minute is found, whoever is alive") func overdue() async throws {
        let note = [Note.written(Written(remind: true))]
        let just = try await report(note, workers: ["w1"], later: .days(1) + .seconds(60))
        #expect(just.findings == [])
        let late = try await report(note, workers: ["w1"], later: .seconds(1))
        #expect(late.findings.map(\.subject) == ["saga reminder:note-1"])
        #expect(late.findings.first?.problem == "its timer is overdue: remind at 2026-01-02T00:00:00Z")
        #expect(try await report(note).notes.map(\.subject) == ["workers"])
    }

    @Test("A saga that began with a definition which this program lacks is found") func lacksDefinition() async throws {
        let note = [Note.written(Written(remind: true))]
        let report = try await report(note, sagas: [SagaDescription(LaterReminder.self)], workers: ["w1"])
        #expect(report.wakeUps == ["program": 1])
        #expect(report.findings.map(\.problem) == ["it began with version 1 of its definition, which this program does not have"])
        let both = try await self.report(note, sagas: [SagaDescription(LaterReminder.self, earlier: Reminder.self)], workers: ["w1"])
        #expect(both.wakeUps == ["timer": 1] && both.findings == [])
    }
}

private enum Note: DomainEvent {
    case written(Written)
    case untouched(Untouched)
    static let codec = EventCodec<Note>([.kind(Note.written), .kind(Note.untouched)])
    var payload: any EventPayload {
        switch self {
        case .written(let payload): payload
        case .untouched(let payload): payload
        }
    }
}

private struct Written: EventPayload {
    static let type: EventType = "notes.written"
    let remind: Bool
    var asks = false
}

private struct Untouched: EventPayload {
    static let type: EventType = "notes.untouched"
}

private enum Reminder: Saga {
    typealias Event = Note
    struct State: Sendable { var asks = false }
    typealias Command = Never
    static let name = "reminder"
    static let version = 1
    static func initialState(of instance: String) -> State { State() }
    static func instances(for event: Note, in stream: StreamName) -> [String] { [stream.description] }
    static func evolve(_ state: inout State, with input: SagaInput<Note>) {
        if case .event(.written(let note), _) = input { state.asks = note.asks }
    }
    static func react(to input: SagaInput<Note>, in state: State) -> [Reaction<Never>] {
        guard case .event(.written(let note), _) = input else { return [] }
        let tomorrow = Timestamp(microsecondsSince1970: 1_767_312_000_000_000)
        return note.remind ? [.schedule(timer: "remind", at: tomorrow)] : [.cancelTimer("remind")]
    }
    static func awaits(in state: State) -> String? { state.asks ? "an answer" : nil }
    static func dispatch(_ command: Never, to decisions: DecisionBatch) async throws {}
}

/// Another definition of the same saga.
private enum LaterReminder: Saga {
    typealias Event = Note
    typealias Command = Never
    static let name = Reminder.name
    static let version = 2
    static func initialState(of instance: String) -> Reminder.State { Reminder.initialState(of: instance) }
    static func instances(for event: Note, in stream: StreamName) -> [String] { Reminder.instances(for: event, in: stream) }
    static func evolve(_ state: inout Reminder.State, with input: SagaInput<Note>) { Reminder.evolve(&state, with: input) }
    static func react(to input: SagaInput<Note>, in state: Reminder.State) -> [Reaction<Never>] { [] }
    static func dispatch(_ command: Never, to decisions: DecisionBatch) async throws {}
}

private struct NoPeer: EffectPerformer {
    func perform(_ intent: EffectIntent) async -> EffectOutcome { .rejected(reason: "there is no peer") }
    func lookUp(_ intent: EffectIntent) async -> LookUp { .absent }
}
