import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Decoding check") struct DecodingCheckTests {
    private struct Priced: EventPayload {
        static let type: EventType = "market.priced"
        static let schemaVersion = 3
        var amountMinor: Int64
    }

    private enum MarketEvent: DomainEvent {
        case priced(Priced)

        static let codec = EventCodec<MarketEvent>(
            [.kind(MarketEvent.priced)],
            upcasters: [
                Upcaster(Priced.type, from: 1) { ["amount": $0["price"] ?? .null] },
                Upcaster(Priced.type, from: 2) { ["amountMinor": $0["amount"] ?? .null] },
            ])

        var payload: any EventPayload { if case .priced(let payload) = self { payload } else { fatalError("there is one case") } }
    }

    private let log = MemoryEventLog(clock: ManualClock(at: Timestamp(microsecondsSince1970: 1_767_225_600_000_000)))

    private func append(_ type: String, version: Int = 1, _ data: String, to stream: String, times: Int = 1) async throws {
        let events = try (0..<times).map { _ in
            NewEvent(
                id: EventID(UUID().uuidString)!, type: try EventType(type), schemaVersion: version, data: try JSONText(object: data))
        }
        try await log.append(events, to: StreamName(stream))
    }

    private func check(_ log: MemoryEventLog? = nil) async throws -> DecodingCheck.Report {
        let market = Domain(name: "market", categories: [try Category("stall")]) { _, _, _ in nil }
        return try await DecodingCheck.run(
            log ?? self.log, kinds: EventKind.all(of: MarketEvent.self) + BuiltIn.eventKinds, domains: BuiltIn.domains + [market])
    }

    @Test("What is readable has nothing to be found, and types of the users' own in streams of their own pass") func findsNothing()
        async throws
    {
        try await append("market.priced", version: 3, #"{"amountMinor":5}"#, to: "stall-1")
        try await append("shop.order-placed", version: 7, "{}", to: "order-1", times: 2)
        let report = try await check()
        #expect(report.findings == [])
        #expect((report.events, report.usersOwn, report.unreadable) == (3, 2, 0))
        #expect(try await check(MemoryEventLog(clock: ManualClock(at: Timestamp(microsecondsSince1970: 0)))).events == 0)
    }

    @Test("Events of older versions are told as a note, once for each version") func tellsUpcasting() async throws {
        try await append("market.priced", version: 1, #"{"price":5}"#, to: "stall-1", times: 30)
        try await append("market.priced", version: 2, #"{"amount":5}"#, to: "stall-1")
        let report = try await check()
        #expect((report.upcast, report.unreadable) == (31, 0))
        #expect(report.findings.map(\.events) == [30, 1])
        #expect(report.findings.map(\.positions) == [Array(1...20), [31]])
        #expect(report.findings.allSatisfy { $0.area == .upcasting && $0.severity == .note })
    }

    @Test("Each kind of trouble is one finding, with how many events have it and where the first of them are") func findsTrouble()
        async throws
    {
        try await append("market.priced", version: 3, #"{"amountMinor":"much"}"#, to: "stall-1", times: 2)
        try await append("market.priced", version: 1, #"{"price":"much"}"#, to: "stall-2")
        try await append("market.priced", version: 4, "{}", to: "stall-1")
        try await append("market.closed", "{}", to: "stall-1")
        try await append("my.own", "{}", to: "stall-1")
        try await append("market.priced", version: 3, "{}", to: "order-1")
        try await append("hindsight.saga-dreamed", "{}", to: "saga-x:1")
        try await append("my.own", "{}", to: "timer-1")
        try await append("billing-retries.invoice-paid", "{}", to: "invoice-1")
        let report = try await check()
        #expect(report.unreadable == 10)
        #expect(
            report.findings.map { "\($0.area.rawValue) \($0.events) \($0.positions) \($0.problem)" } == [
                "data 2 [1, 2] market.priced version 3: /data/amountMinor must be a whole number",
                "data 1 [3] market.priced version 1: /data/amountMinor must be a whole number, once brought from version 1 to 3",
                "versions 1 [4] market.priced version 4: /schemaVersion version 4 is newer than 3, the newest that is known",
                "types 1 [5] market.closed version 1: /type is unknown, and types that begin with market. have to be known",
                "types 1 [6] my.own version 1: /type is unknown in streams of category stall, which belongs to market",
                "data 1 [7] market.priced version 3: /data/amountMinor is missing",
                "types 1 [8] hindsight.saga-dreamed version 1: /type is unknown, and types that begin with hindsight. have to be known",
                "types 1 [9] my.own version 1: /type is unknown in streams of category timer, which belongs to the engine",
                "data 1 [10] billing-retries.invoice-paid version 1: /data/invoice is missing",
            ])
        #expect(report.findings.allSatisfy { $0.severity == .error })
    }

    @Test("No finding holds a value of an event") func tellsNoValue() async throws {
        try await append("market.priced", version: 3, #"{"amountMinor":"Secret"}"#, to: "stall-Secret")
        try await append("market.priced", version: 1, #"{"price":{"Secret":"Secret"}}"#, to: "stall-1")
        try await append("market.priced", version: 9, #"{"name":"Secret"}"#, to: "stall-1")
        let report = try await check()
        #expect(report.findings.count == 3)
        #expect(try !JSON.line(report.findings).contains("Secret"))
    }

    @Test("However many kinds of trouble there are, all events are counted, and the findings stay few") func isBounded() async throws {
        for number in 0..<1_100 { try await append("market.novelty-\(number)", "{}", to: "stall-1") }
        let report = try await check()
        #expect(report.unreadable == 1_100)
        #expect(report.findings.count == DecodingCheck.mostFindings)
    }

    @Test("Of an erased event the type and version are looked at, and there is nothing to read") func erased() async throws {
        try await append("market.priced", version: 3, #"{"amountMinor":"much"}"#, to: "stall-1")
        try await append("market.priced", version: 4, "{}", to: "stall-1")
        let copy = MemoryEventLog(clock: ManualClock(at: Timestamp(microsecondsSince1970: 1_767_225_600_000_000)))
        let events = try await log.read(EventSelection()).map { event in
            var event = event
            (event.data, event.salt) = (nil, nil)
            return event
        }
        _ = try await copy.importRecorded(events)
        let report = try await check(copy)
        #expect(report.erased == 1)
        #expect(report.findings.map(\.area) == [.versions])
    }

    @Test("A cancelled check ends at once") func cancelled() async throws {
        try await append("market.priced", version: 3, "{}", to: "stall-1", times: 100)
        let work = Task { [log] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await DecodingCheck.run(log)
        }
        await #expect(throws: CancellationError.self) { try await work.value }
    }
}
