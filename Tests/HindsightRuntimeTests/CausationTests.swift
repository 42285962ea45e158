import EventLogMemory
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("What led to a saga's events") struct CausationTests {
    private let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_225_600_000_000))
    private let log: MemoryEventLog
    private let identities = SeededIdentities(seed: "causation")

    init() { log = MemoryEventLog(clock: clock) }

    private func wish(_ bookings: String..., metadata: EventMetadata = EventMetadata(actor: "anna")) async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities)
            .handle(Journey.self, .wish(bookings), on: StreamName("journey-j1"), metadata: metadata)
    }

    private func act(_ command: SagaControl.Command) async throws {
        try await CommandHandler(log: log, clock: clock, identities: identities).handle(
            SagaControl.self, command, on: StreamName("saga-booking:j1"),
            metadata: EventMetadata(actor: "clerk-7", correlationId: "another-story"))
    }

    private func runner(_ script: [String: [EffectOutcome]] = [:]) -> SagaRunner<Booking> {
        SagaRunner(Booking.self, log: log, clock: clock, identities: identities, performer: Agency(script, clock: clock))
    }

    private func live(_ runner: SagaRunner<Booking>) async throws {
        try await VirtualTime(clock: clock, sagas: [runner]).run(until: clock.now().advanced(by: .days(1)))
    }

    /// Each event by its short name and what it is about, with that of its cause.
    private func causes() async throws -> [String] {
        let events = try await log.read(EventSelection())
        let names = try Dictionary(uniqueKeysWithValues: events.map { ($0.id.description, try name($0)) })
        return try events.map { event in
            let cause = try event.metadata.decoded(as: EventMetadata.self).causationId
            return "\(try name(event)) < \(cause.map { names[$0] ?? "unknown" } ?? "nobody")"
        }
    }

    private func name(_ event: RecordedEvent) throws -> String {
        let data = try event.data.map { try JSON.decode(JSONValue.self, from: $0.bytes) }
        let type = event.type.description.split(separator: ".").last.map(String.init) ?? ""
        let about = data?["key"]?.stringValue.map { $0.split(separator: "/").dropFirst().joined() }
        return [type, about].compactMap(\.self).joined(separator: " ")
    }

    private func correlations() async throws -> Set<String?> {
        Set(try await log.read(EventSelection()).map { try $0.metadata.decoded(as: EventMetadata.self).correlationId })
    }

    private func expectSame() async throws {
        let report = try await SagaReplay(Booking.self, log: log).verify { Issue.record("\($0)") }
        #expect(report.instances == 1 && report.decisions > 0)
    }

    @Test("Each event names the one that led to it: the wish, its intent, the answer, the next intent, the domain's end") func chain()
        async throws
    {
        try await wish("flight", "hotel")
        try await live(runner())
        #expect(
            try await causes() == [
                "wished < nobody", "saga-started < wished", "effect-intended flight < wished",
                "effect-succeeded flight < effect-intended flight", "effect-intended hotel < effect-succeeded flight",
                "effect-succeeded hotel < effect-intended hotel", "settled < effect-succeeded hotel",
                "saga-finished < effect-succeeded hotel",
            ])
        try await expectSame()
    }

    @Test("A try that came to nothing leads to a timer, and that to the next try") func retries() async throws {
        try await wish("flight")
        try await live(runner(["j1/flight": [.notDone(reason: "closed")]]))
        #expect(
            try await causes().dropFirst(3).prefix(5) == [
                "effect-postponed flight < effect-intended flight", "timer-set < effect-postponed flight", "timer-fired < timer-set",
                "effect-intended flight < timer-fired", "effect-succeeded flight < effect-intended flight",
            ])
        try await expectSame()
    }

    @Test("A look-up follows from the doubt, and its answer from the timer") func lookUps() async throws {
        try await wish("flight")
        try await live(runner(["j1/flight": [.indeterminate(reason: "acted")]]))
        #expect(
            try await causes().dropFirst(3).prefix(4) == [
                "effect-indeterminate flight < effect-intended flight", "timer-set < effect-indeterminate flight",
                "timer-fired < timer-set", "effect-succeeded flight < timer-fired",
            ])
        try await expectSame()
    }

    @Test("What is undone follows from the refusal, step by step") func undoing() async throws {
        try await wish("flight", "hotel", "car")
        try await live(runner(["j1/car": [.rejected(reason: "sold out")]]))
        #expect(
            try await causes().suffix(8) == [
                "compensation-started < effect-rejected car", "effect-intended hotel < compensation-started",
                "effect-succeeded hotel < effect-intended hotel", "effect-intended flight < effect-succeeded hotel",
                "effect-succeeded flight < effect-intended flight", "saga-compensated < effect-succeeded flight",
                "settled < saga-compensated", "saga-finished < saga-compensated",
            ])
        try await expectSame()
    }

    @Test("All that a saga appends is part of the story that began it, also by a worker that knows it from the log alone") func story()
        async throws
    {
        try await wish("flight", "hotel", metadata: EventMetadata(actor: "anna", correlationId: "visit-81"))
        _ = try await runner(["j1/flight": [.notDone(reason: "closed")]]).settle()
        #expect(try await correlations() == ["visit-81"])
        try await act(.signal("hurry", data: [:], at: clock.now()))
        try await live(runner())
        #expect(try await correlations() == ["visit-81", "another-story"])
        let own = try await log.read(EventSelection()).filter { try $0.metadata.decoded(as: EventMetadata.self).actor == "hindsight" }
        #expect(try own.allSatisfy { try $0.metadata.decoded(as: EventMetadata.self).correlationId == "visit-81" } && own.count > 6)
        #expect(try await causes().contains("timer-set < saga-signalled"))
        try await expectSame()
    }

    @Test("A story that nobody has named stays without a name, and one of another kind is none") func nameless() async throws {
        try await wish("flight")
        let odd = try JSONText(object: #"{"actor":7,"correlationId":{"no":"name"}}"#)
        let wished = try JourneyEvent.wished(Wished(bookings: ["ferry"])).encoded(
            id: identities.eventID(in: StreamName("journey-j2"), version: 1, at: clock.now()), metadata: odd)
        try await log.append([wished], to: StreamName("journey-j2"))
        _ = try await runner().settle()
        let own = try await log.read(EventSelection()).filter { $0.stream.category.description == "saga" }
        #expect(Set(own.map(\.stream.description)) == ["saga-booking:j1", "saga-booking:j2"])
        #expect(try own.allSatisfy { try $0.metadata.decoded(as: EventMetadata.self).correlationId == nil })
    }

    @Test("A service that decides and begins the saga in one append is its writer, and the causes stand in it") func service() async throws
    {
        let writer = EventMetadata(actor: "anna", correlationId: "visit-81", traceparent: "00-a-b-01")
        try await runner().decide(metadata: writer) { batch in
            try await batch.decide(Journey.self, .wish(["flight"]), on: StreamName("journey-j1"))
        }
        #expect(try await causes() == ["wished < nobody", "saga-started < wished", "effect-intended flight < wished"])
        for event in try await log.read(EventSelection()) {
            var metadata = try event.metadata.decoded(as: EventMetadata.self)
            metadata.causationId = nil
            #expect(metadata == writer)
        }
        try await expectSame()
    }
}
