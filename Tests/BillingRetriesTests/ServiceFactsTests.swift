import BillingRetries
import EventLogMemory
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Facts that services state") struct ServiceFactsTests {
    private let started = """
        {"subscription":"s1","customer":"c1","customerType":"team","plan":"team","amountMinor":2900,"currency":"EUR","period":"monthly",\
        "paymentMethod":"pm-1","timeZone":"Europe/Berlin","periodEndsAt":"2026-02-01T08:00:00Z","at":"2026-01-01T00:00:00Z"}
        """

    private func fact(_ type: String, _ data: String) throws -> NewEvent {
        NewEvent(
            id: .version7(at: try at("01-01T00:00"), entropy: Array(repeating: 7, count: 10)), type: try EventType(type),
            data: try JSONText(object: data))
    }

    private func refusal(_ type: String, _ data: String, on stream: String, after history: [NewEvent] = []) async throws -> String? {
        let log = MemoryEventLog(clock: ManualClock(at: try at("01-01T00:00")))
        let name = try StreamName(stream)
        if !history.isEmpty { try await log.append(history, to: name) }
        return try await BillingRetries.domain.refusal([try fact(type, data)], name, log)?.reason
    }

    @Test("A fact that the decider would have decided is admitted")
    func admitted() async throws {
        #expect(try await refusal("billing-retries.subscription-started", started, on: "subscription-s1") == nil)
    }

    @Test("A fact in the stream of something else is refused")
    func otherStream() async throws {
        let refusal = try await refusal("billing-retries.subscription-started", started, on: "subscription-s2")
        #expect(refusal == "the fact is about s1, the stream is subscription-s2")
    }

    @Test("What the decider refuses is refused in its words")
    func rejected() async throws {
        let history = [try fact("billing-retries.subscription-started", started)]
        #expect(
            try await refusal("billing-retries.subscription-started", started, on: "subscription-s1", after: history)
                == "the subscription has started before")
        let changed = #"{"subscription":"s1","oldMethod":"pm-9","newMethod":"pm-2","at":"2026-01-02T00:00:00Z"}"#
        let refusal = try await refusal(
            "billing-retries.subscription-method-changed", changed, on: "subscription-s1", after: history)
        #expect(refusal?.hasPrefix("the stream's state asks for other content") == true)
        #expect(
            try await self.refusal(
                "billing-retries.invoice-paid-elsewhere", #"{"invoice":"i1","reference":"r","at":"2026-01-02T00:00:00Z"}"#, on: "invoice-i1"
            )
                == "there is no such invoice")
    }

    @Test("A decision can't be stated")
    func decision() async throws {
        let refusal = try await refusal("billing-retries.invoice-paid", "{}", on: "invoice-i1")
        #expect(refusal == "billing-retries.invoice-paid is a decision: no service can state it")
    }
}
