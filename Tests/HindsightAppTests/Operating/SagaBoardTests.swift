import HindsightApp
import HindsightCore
import Testing

@Suite("Saga board") struct SagaBoardTests {
    private func row(after events: [(String, String)]) throws -> SagaRow? {
        var row: SagaRow?
        let board = SagaBoard()
        for (index, (type, data)) in events.enumerated() {
            let text = try JSONText(object: data)
            let recorded = RecordedEvent(
                position: Int64(index + 1), stream: try StreamName("saga-lending:book-1"), version: Int64(index + 1),
                id: .version7(at: .start, entropy: [UInt8](repeating: 0, count: 10)), type: try EventType("hindsight.\(type)"),
                schemaVersion: 1, recordedAt: .start, occurredAt: .start, data: text, metadata: .empty, tags: [], encoding: 0, salt: nil,
                commitment: .genesis, digest: .genesis)
            let event = try #require(try SagaLifecycle.codec.decode(recorded))
            let keys = board.keys(for: Recorded(event, from: recorded))
            #expect(keys == ["lending:book-1"])
            board.apply(Recorded(event, from: recorded), key: "lending:book-1", to: &row)
        }
        return row
    }

    private static let started = ("saga-started", #"{"saga":"lending","definitionVersion":3,"instance":"book-1","cause":"c"}"#)
    private static let intended = (
        "effect-intended",
        #"""
        {"saga":"lending","definitionVersion":3,"instance":"book-1","effect":"mail","key":"k","attempt":1,"epoch":1,"cause":"c",
        "deadline":"2026-01-01T00:01:00Z","request":{}}
        """#
    )
    private static let doubted = (
        "effect-indeterminate", #"{"effect":"mail","key":"k","attempt":1,"epoch":1,"at":"2026-01-01T00:00:00Z","reason":"reset"}"#
    )
    private static let lookUpSet = (
        "timer-set", #"{"timer":"look-up:mail:k","due":"2026-01-01T00:00:05Z","cause":"c","wakeUp":"look-up"}"#
    )

    @Test("An open effect is what brings a saga on") func running() throws {
        let saga = try #require(try row(after: [Self.started, Self.intended]))
        #expect(saga.status == .running)
        #expect(saga.wakeUp == "effect mail k, attempt 1")
        #expect(saga.definitionVersion == 3)
    }

    @Test("An unknown outcome waits for its look-up") func indeterminate() throws {
        let saga = try #require(try row(after: [Self.started, Self.intended, Self.doubted, Self.lookUpSet]))
        #expect(saga.status == .waiting)
        #expect(saga.wakeUp == "timer look-up:mail:k at 2026-01-01T00:00:05Z")
        #expect(saga.effects.first?.standing == .indeterminate)
    }

    @Test("An outcome ends the wait, and with nothing else open the saga waits for an event") func settled() throws {
        let succeeded = (
            "effect-succeeded",
            #"{"effect":"mail","key":"k","attempt":1,"epoch":1,"knownBy":"look-up","at":"2026-01-01T00:00:05Z","result":{}}"#
        )
        let saga = try #require(try row(after: [Self.started, Self.intended, Self.doubted, Self.lookUpSet, succeeded]))
        #expect(saga.wakeUp == "event")
        #expect(saga.timers.isEmpty)
        #expect(saga.effects.first?.knownBy == "look-up")
    }

    @Test("A parked saga waits for an operator with its reason, a finished one for nothing") func ends() throws {
        let parked = try #require(try row(after: [Self.started, ("saga-parked", #"{"reason":"odd","cause":"c"}"#)]))
        #expect(parked.status == .parked && parked.wakeUp == "operator" && parked.reason == "odd")
        let finished = try #require(try row(after: [Self.started, ("saga-finished", #"{"outcome":"returned","cause":"c"}"#)]))
        #expect(finished.status == .finished && finished.wakeUp == nil && finished.reason == "returned")
    }
}

extension Timestamp {
    fileprivate static let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)
}
