import BillingRetries
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Forecasts that are asked for") struct ForecastTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    @Test(
        "A now that is far away is refused by name, and nothing is recorded; one nearer is answered",
        arguments: [("9999-12-20T00:00:00Z", true), ("2015-01-01T00:00:00Z", true), ("2030-02-01T00:00:00Z", false)])
    func farNow(now: String, isRefused: Bool) async throws {
        let clock = ManualClock(at: try at("2026-02-01T03:00:00Z"))
        let log = MemoryEventLog(clock: clock)
        let opened = InvoiceOpened(
            invoice: "s1.1", subscription: "s1", customer: "c1", customerType: .individual, period: 1, amountMinor: 1_100,
            currency: try Currency("EUR"), method: "pm-1", timeZone: "Europe/Berlin", dueAt: clock.now(), at: clock.now())
        try await CommandHandler(log: log, clock: clock, identities: RandomIdentities())
            .handle(Invoice.self, .open(opened), on: BillingRetries.invoice("s1.1"))
        let desk = BillingDesk(log: log, clock: clock)
        let runner = ProjectionRunner([InvoiceBoard()], log: log, store: MemoryReadModelStore())
        try await runner.catchUp()
        let position = await log.head().position
        let query = BillingDesk.ForecastQuery(customer: "c1", now: try at(now))
        let act = BillingDesk.Act(metadata: EventMetadata(actor: "shop"), identities: RandomIdentities())
        let predictor = Predictor(ModelShelf(logFolder: "/nowhere"))
        if isRefused {
            await #expect(throws: ForecastError.farAway(try at(now))) {
                try await desk.forecast(query, by: predictor, readingFrom: runner, act)
            }
        } else {
            #expect(try await desk.forecast(query, by: predictor, readingFrom: runner, act).fallback)
        }
        #expect(await log.head().position == position + (isRefused ? 0 : 1))
    }
}
