import BillingRetries
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("What the figures of billing are read from") struct BillingBasisTests {
    private let clock: ManualClock
    private let log: MemoryEventLog

    init() throws {
        clock = ManualClock(at: try BillingRows.noon)
        log = MemoryEventLog(clock: clock)
    }

    private func decide(_ decisions: @Sendable (DecisionBatch) async throws -> Void) async throws {
        try await CommandHandler(log: log, clock: clock, identities: RandomIdentities()).decide(metadata: EventMetadata(), decisions)
    }

    private func basis() async throws -> BillingBasis {
        let runner = ProjectionRunner(BillingBasis.projections, log: log, store: MemoryReadModelStore())
        return try await BillingBasis.read(at: await log.head().position, instant: clock.now(), of: runner)
    }

    private func define(_ experiment: Experiment) async throws {
        try await decide { batch in
            try await batch.decide(
                ExperimentRegister.self, .define(experiment, at: batch.now), on: BillingRetries.experiment(experiment.name))
        }
    }

    /// An invoice of the customer that is paid by its first charge.
    private func pay(_ invoice: String, of customer: String) async throws {
        try await charge(invoice, of: customer) { now in
            .recordApproval(
                invoice: invoice, ChargeAnswer(charge: "ch-\(invoice)", status: .approved, network: .visa), attempt: 1, at: now)
        }
    }

    private func charge(
        _ invoice: String, of customer: String, _ answer: @escaping @Sendable (Timestamp) -> PaymentSaga.Command
    ) async throws {
        let now = clock.now()
        let opened = InvoiceOpened(
            invoice: invoice, subscription: "s-\(customer)", customer: customer, customerType: .individual, period: 1, amountMinor: 900,
            currency: try Currency("EUR"), method: "pm-\(customer)", timeZone: "Europe/Berlin", dueAt: now, at: now)
        try await decide { batch in
            try await batch.decide(Invoice.self, .open(opened), on: BillingRetries.invoice(invoice))
            try await PaymentSaga.dispatch(.beginAttempt(invoice: invoice, at: now), to: batch)
            try await PaymentSaga.dispatch(answer(now), to: batch)
        }
    }

    private func subscribe(_ customer: String) async throws {
        let now = clock.now()
        let started = SubscriptionStarted(
            subscription: "s-\(customer)", customer: customer, customerType: .individual, plan: "team", amountMinor: 900,
            currency: try Currency("EUR"), period: .monthly, paymentMethod: "pm-\(customer)", timeZone: "Europe/Berlin",
            periodEndsAt: now.advanced(by: .days(20)), at: now)
        try await decide { batch in
            try await batch.decide(Subscription.self, .start(started), on: BillingRetries.subscription(started.subscription))
        }
    }

    private func state(_ customer: String, country: String = "DE", funding: CardFunding = .debit) async throws {
        let signals = PayerSignals(takenAt: clock.now(), country: country, card: PayerSignals.Card(funding: funding))
        try await decide { batch in
            try await batch.decide(
                Payer.self, .record(signals, customer: customer, history: [], at: batch.now), on: BillingRetries.payer(customer))
        }
    }

    @Test("An invoice that is paid at once has the arm of its customer by the experiments of when it was opened")
    func dues() async throws {
        let customers = (0..<40).map { "c\($0)" }
        for customer in customers { try await pay("before-\(customer)", of: customer) }
        #expect(try await basis().dues.isEmpty)
        func experiment(_ policy: String) -> Experiment {
            Experiment(
                name: Experiment.collection, salt: "s", arms: [Experiment.Arm(policy: policy, permille: 1_000)], holdOutPermille: 400)
        }
        try await define(experiment("daily-7"))
        for customer in customers { try await pay("during-\(customer)", of: customer) }
        try await define(experiment("front-loaded"))
        let dues = try await basis().dues
        #expect(dues.count == customers.count && dues.allSatisfy { $0.ending == .paid })
        let heldOut = customers.count(where: experiment("daily-7").holdsOut)
        #expect(heldOut > 5 && heldOut < 30)
        #expect(dues.count { $0.arm == ArmHistory.Arm(experiment: Experiment.holdOut, policy: "reason-rules") } == heldOut)
        #expect(dues.count { $0.arm == ArmHistory.Arm(experiment: Experiment.collection, policy: "daily-7") } == 40 - heldOut)
    }

    @Test("A segment asks for plan and country of customers who never entered recovery, too")
    func segments() async throws {
        for customer in ["c1", "c2", "c3"] { try await state(customer, country: customer == "c2" ? "US" : "DE") }
        for customer in ["c1", "c2"] { try await subscribe(customer) }
        try await define(
            Experiment(
                name: Experiment.collection, salt: "s", arms: [Experiment.Arm(policy: "daily-7", permille: 1_000)],
                segment: Segment(countries: ["DE"], plans: ["team"]), otherwise: "others"))
        try await define(Experiment(name: "others", salt: "s", arms: [Experiment.Arm(policy: "fridays", permille: 1_000)]))
        for customer in ["c1", "c2", "c3"] { try await pay("i-\(customer)", of: customer) }
        #expect(try await basis().dues.map(\.arm.policy) == ["daily-7", "fridays", "fridays"])
    }

    @Test("An invoice in recovery keeps the arm that it was given, whatever is stated of its payer later") func recovery() async throws {
        try await state("c1")
        try await define(
            Experiment(
                name: Experiment.collection, salt: "s", arms: [Experiment.Arm(policy: "daily-7", permille: 1_000)],
                segment: Segment(fundings: [.debit])))
        let declined = ChargeAnswer(charge: "ch-i1", status: .declined, network: .visa, code: "51")
        try await charge("i1", of: "c1") { .recordDecline(invoice: "i1", declined, attempt: 1, at: $0) }
        clock.advance(by: .days(1))
        try await state("c1", funding: .credit)
        clock.advance(by: .days(30))
        try await decide { try await $0.decide(Invoice.self, .endWindow(at: $0.now), on: BillingRetries.invoice("i1")) }
        #expect(try await basis().dues.map(\.arm.policy) == ["daily-7"])
        #expect(try await basis().dues.map(\.ending) == [.uncollectible])
    }

    @Test("Snapshots count of customers who renew; of all where nobody has a subscription")
    func snapshots() async throws {
        let first = clock.now()
        try await state("c1")
        clock.advance(by: .hours(40))
        try await state("c2")
        #expect(try await basis().newestSnapshots == [first, clock.now()])
        try await subscribe("c2")
        #expect(try await basis().newestSnapshots == [clock.now()])
        try await subscribe("c1")
        #expect(try await basis().newestSnapshots == [first, clock.now()])
        try await state("c1")
        #expect(try await basis().newestSnapshots == [clock.now(), clock.now()])
        try await decide { batch in
            try await batch.decide(
                Subscription.self, .cancel(reason: nil, at: batch.now), on: BillingRetries.subscription("s-c1"))
        }
        #expect(try await basis().newestSnapshots.count == 1)
    }
}
