import BillingRetries
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("Billing simulation", .serialized) struct BillingSimulationTests {
    /// Everything that a run leaves behind.
    private struct Run {
        let events: [RecordedEvent]
        let report: BillingReport
        let witness: GatewayProcess.Witness
        let invoices: [InvoiceBoard.Row]
    }

    private let plan = SimulationPlan(seed: 7, subscriptions: 40, days: 120)

    private func run(
        _ plan: SimulationPlan, interruptions: (_ log: any EventLog, _ interruption: Int) -> (any EventLog)? = { _, _ in nil }
    ) async throws -> Run {
        let gateway = try await GatewayProcess(seed: 3)
        let clock = ManualClock(at: plan.start)
        let log = MemoryEventLog(clock: clock)
        let readModels = MemoryReadModelStore()
        var count = 0
        while let failing = interruptions(log, count) {
            count += 1
            let simulation = BillingSimulation(
                plan, log: failing, readModels: readModels, clock: clock, gateway: .init(url: gateway.url))
            await #expect(throws: (any Error).self) { try await simulation.run() }
        }
        let simulation = BillingSimulation(plan, log: log, readModels: readModels, clock: clock, gateway: .init(url: gateway.url))
        let report = try await simulation.run()
        var events: [RecordedEvent] = []
        for try await event in log.events(EventSelection()) { events.append(event) }
        let projections = ProjectionRunner(BillingReport.projections, log: log, store: readModels)
        try await projections.catchUp()
        let run = Run(
            events: events, report: report, witness: try gateway.witness(),
            invoices: try await ReadModel(InvoiceBoard(), of: projections).rows().map(\.row))
        let again = try await simulation.run()
        #expect(again == report, "a finished simulation does nothing")
        try gateway.end()
        return run
    }

    private func check(_ run: Run) {
        let total = run.report.total.counts
        #expect(run.witness.approvedMinor == total.collectedMinor)
        #expect(run.witness.approvalsByInvoice.count == total.invoicesPaid)
        #expect(run.witness.approvalsByInvoice.values.allSatisfy { $0 == 1 })
        #expect(run.witness.actsByKey.values.allSatisfy { $0 == 1 })
        #expect(run.witness.kinds["mismatch"] == nil)
        let keysOfLog = Set(run.invoices.flatMap { row in row.attempts.map { "\(row.invoice):\($0.attempt)" } })
        #expect(Set(run.witness.actsByKey.keys) == keysOfLog)
        #expect(total.invoicesOpened == run.invoices.count)
    }

    @Test("What the gateway's journal says was charged is what the log says was paid, once per key")
    func journalAndLogAgree() async throws {
        let run = try await run(plan)
        check(run)
        #expect(run.report.total.counts.chargesUnknown > 0, "the seed loses some answers")
        let settledBefore = plan.end.advanced(by: .days(-35))
        for row in run.invoices where row.dueAt < settledBefore {
            #expect([.paid, .uncollectible].contains(row.status), "\(row.invoice) has neither been paid nor given up")
        }
    }

    @Test("The same seed gives the same events, byte for byte")
    func sameSeed() async throws {
        let smaller = SimulationPlan(seed: 11, subscriptions: 15, days: 70)
        let (first, second) = (try await run(smaller), try await run(smaller))
        #expect(first.events.count == second.events.count)
        for (one, other) in zip(first.events, second.events) {
            #expect(one.stream == other.stream && one.version == other.version && one.id == other.id && one.type == other.type)
            #expect(one.data == other.data && one.recordedAt == other.recordedAt && one.occurredAt == other.occurredAt)
        }
        #expect(first.report == second.report)
    }

    @Test("Killed at any moment and started again, it loses nothing and charges nothing twice", arguments: 0..<6)
    func kills(seed: Int) async throws {
        let smaller = SimulationPlan(seed: Int64(seed), subscriptions: 12, days: 70)
        let run = try await run(smaller) { log, interruption in
            guard interruption < 8 else { return nil }
            let draw = Digest64.of("kill \(seed) \(interruption)")
            return MortalEventLog(log, dyingAtAppend: 1 + Int((draw >> 8) % 18), draw & 1 == 0 ? .after : .before)
        }
        check(run)
        let started = run.events.filter { $0.type == "billing-retries.subscription-started" }
        #expect(started.count == smaller.subscriptions)
        for row in run.invoices where row.dueAt < smaller.end.advanced(by: .days(-35)) {
            #expect([.paid, .uncollectible].contains(row.status))
        }
    }

    @Test("A log that holds another simulation is refused")
    func otherPlan() async throws {
        let clock = ManualClock(at: plan.start)
        let log = MemoryEventLog(clock: clock)
        let gateway = try await GatewayProcess(seed: 3)
        func simulation(seed: Int64) -> BillingSimulation {
            BillingSimulation(
                SimulationPlan(seed: seed, subscriptions: 2, days: 3), log: log, readModels: MemoryReadModelStore(), clock: clock,
                gateway: .init(url: gateway.url))
        }
        try await simulation(seed: 1).run()
        await #expect(throws: SimulationError.self) { try await simulation(seed: 2).run() }
        try gateway.end()
    }

    @Test("It goes on from where an earlier run was told to stop")
    func until() async throws {
        let smaller = SimulationPlan(seed: 11, subscriptions: 15, days: 40)
        let gateway = try await GatewayProcess(seed: 3)
        let clock = ManualClock(at: smaller.start)
        let log = MemoryEventLog(clock: clock)
        let simulation = BillingSimulation(
            smaller, log: log, readModels: MemoryReadModelStore(), clock: clock, gateway: .init(url: gateway.url))
        let half = try await simulation.run(until: smaller.start.advanced(by: .days(20)))
        let head = await log.head()
        let stoppedAt = try #require(head.recordedAt)
        #expect(stoppedAt <= smaller.start.advanced(by: .days(20)))
        let whole = try await simulation.run()
        #expect(whole.total.counts.invoicesOpened > half.total.counts.invoicesOpened)
        let straight = try await run(smaller)
        #expect(straight.report.total == whole.total)
        try gateway.end()
    }

    @Test("Without a gateway it says so and charges nothing")
    func unreachable() async throws {
        let clock = ManualClock(at: plan.start)
        let log = MemoryEventLog(clock: clock)
        let simulation = BillingSimulation(
            SimulationPlan(subscriptions: 1), log: log, readModels: MemoryReadModelStore(), clock: clock,
            gateway: .init(url: "http://127.0.0.1:9"))
        await #expect(throws: (any Error).self) { try await simulation.run() }
        let charges = try await log.read(EventSelection(EventFilter(types: ["billing-retries.charge-requested"])))
        #expect(charges.isEmpty)
    }
}
