import BillingRetries
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

/// Renewals alone: no charge is ever made, so an invoice is open until somebody pays it elsewhere or gives it up.
@Suite("Renewals") struct RenewalSagaTests {
    private let clock: ManualClock
    private let log: MemoryEventLog
    private let handler: CommandHandler

    init() throws {
        clock = ManualClock(at: try #require(Timestamp("2026-01-01T00:00:00Z")))
        log = MemoryEventLog(clock: clock)
        handler = CommandHandler(log: log, clock: clock, identities: SeededIdentities(seed: "shop"))
    }

    private func start() async throws {
        let started = SubscriptionStarted(
            subscription: "s1", customer: "c1", customerType: .individual, plan: "pro", amountMinor: 1_100, currency: try Currency("EUR"),
            period: .monthly, paymentMethod: "pm-1", timeZone: "Europe/Berlin", periodEndsAt: clock.now().advanced(by: .days(1)),
            at: clock.now())
        try await handler.handle(Subscription.self, .start(started), on: BillingRetries.subscription("s1"))
    }

    private func live<S: Saga>(by saga: S.Type, startsNew: Bool = true, days: Int) async throws {
        let runner = SagaRunner(
            saga, log: log, clock: clock, identities: SeededIdentities(seed: "saga \(S.version)"), performer: NoEffects(), right: .alone,
            actor: "test", startsNew: startsNew)
        try await VirtualTime(clock: clock, sagas: [runner]).run(until: clock.now().advanced(by: .days(days)))
    }

    private func events() async throws -> [SubscriptionEvent] {
        var events: [SubscriptionEvent] = []
        let selection = EventSelection(EventFilter(stream: try BillingRetries.subscription("s1")))
        try await log.replay(SubscriptionEvent.codec, selection) { event, _ in events.append(event) }
        return events
    }

    private func renewals() async throws -> [SubscriptionRenewed] {
        try await events().compactMap { if case .renewed(let renewed) = $0 { renewed } else { nil } }
    }

    private func dueDates() async throws -> [Timestamp] {
        var dates: [Timestamp] = []
        try await log.replay(InvoiceEvent.codec, EventSelection(EventFilter(categories: [BillingRetries.invoices]))) { event, _ in
            if case .opened(let opened) = event { dates.append(opened.dueAt) }
        }
        return dates
    }

    private func deferred() async throws -> [RenewalDeferred] {
        try await events().compactMap { if case .renewalDeferred(let deferred) = $0 { deferred } else { nil } }
    }

    @Test("The next period waits, from day to day, until the invoice before it is settled; then it begins where that one ended")
    func waits() async throws {
        try await start()
        try await live(by: RenewalSaga.self, days: 40)
        let first = try #require(try await renewals().first)
        #expect(try await renewals().count == 1)
        let waiting = try await deferred()
        #expect(waiting.count == 9 && waiting.allSatisfy { $0.invoice == first.invoice && $0.until == $0.at.advanced(by: .days(1)) })

        let paid = Invoice.Command.recordPaidElsewhere(reference: "transfer-17", at: clock.now())
        let stream = try BillingRetries.invoice(first.invoice)
        for command in [paid, .settle(at: clock.now())] { try await handler.handle(Invoice.self, command, on: stream) }
        try await live(by: RenewalSaga.self, days: 1)
        let second = try #require(try await renewals().last)
        #expect(second.period == 2 && second.startsAt == first.ends.instant)
        #expect(try await deferred().count == 9)
        // It falls due when it can be charged: a first charge is timed from there.
        #expect(try await dueDates().last == waiting.last?.until)
    }

    @Test("Who has fallen to the free tier owes no period that began meanwhile") func downgraded() async throws {
        try await start()
        try await live(by: RenewalSaga.self, days: 40)
        let stream = try BillingRetries.subscription("s1")
        try await handler.handle(Subscription.self, .downgrade(invoice: "s1.1", at: clock.now()), on: stream)
        try await live(by: RenewalSaga.self, days: 40)
        #expect(try await renewals().count == 1)
        #expect(try await deferred().count == 9)
    }

    @Test("A new card reaches the open invoice also after the subscription was cancelled, as long as a window may last")
    func cancelled() async throws {
        try await start()
        try await live(by: RenewalSaga.self, days: 2)
        let stream = try BillingRetries.subscription("s1")
        try await handler.handle(Subscription.self, .cancel(reason: nil, at: clock.now()), on: stream)
        try await live(by: RenewalSaga.self, days: RetryPolicy.longestWindowDays)
        try await handler.handle(Subscription.self, .changeMethod(to: "pm-2", at: clock.now()), on: stream)
        try await live(by: RenewalSaga.self, days: 1)
        var method: String?
        try await log.replay(InvoiceEvent.codec, EventSelection(EventFilter(categories: [BillingRetries.invoices]))) { event, _ in
            if case .methodChanged(let changed) = event { method = changed.newMethod }
        }
        #expect(method == "pm-2")
        #expect(try await renewals().count == 1)
    }

    @Test("What the first definition began goes on by it, and its decisions are made again alike") func first() async throws {
        try await start()
        try await live(by: FirstRenewalSaga.self, days: 10)
        try await live(by: RenewalSaga.self, days: 30)
        #expect(try await renewals().count == 1)
        try await live(by: FirstRenewalSaga.self, startsNew: false, days: 1)
        #expect(try await renewals().count == 2)
        #expect(try await deferred().isEmpty)
        let report = try await SagaReplay(FirstRenewalSaga.self, log: log).verify { Issue.record("\($0)") }
        #expect(report.instances == 1)
    }
}
