import BillingRetries
import EventLogMemory
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("Experiments") struct ExperimentTests {
    private static let now = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

    private func experiment(
        _ name: String = Experiment.collection, arms: [String] = ["fixed-4-days", "reason-rules"], segment: Segment? = nil,
        otherwise: String? = nil, holdOut: Int? = nil
    ) -> Experiment {
        Experiment(
            name: name, salt: "salt-\(name)", arms: arms.map { Experiment.Arm(policy: $0, permille: 1_000 / arms.count) },
            segment: segment, otherwise: otherwise, holdOutPermille: holdOut)
    }

    private func payer(_ country: String? = "DE", _ type: CustomerType = .individual, funding: CardFunding? = .debit) throws -> PayerTraits
    {
        PayerTraits(
            country: country, timeZone: "Europe/Berlin", customerType: type, plan: "starter", amountMinor: 900,
            currency: try Currency("EUR"), issuer: nil, network: nil, funding: funding)
    }

    @Test("A segment holds those who have a value of each of its lists, and nobody of whom nothing is stated")
    func segments() throws {
        let segment = Segment(countries: ["DE", "FR"], customerTypes: [.individual])
        let german = try payer()
        #expect(segment.contains(german))
        for outsider in [try payer("US"), try payer(nil), try payer("DE", .team)] { #expect(!segment.contains(outsider)) }
        #expect(Segment().contains(try payer(nil)))
        #expect(!Segment(fundings: [.credit]).contains(german) && Segment(plans: ["starter"]).contains(german))
    }

    @Test("The hold-out is the share it says, the same customers whatever the experiment")
    func holdOut() {
        let customers = (0..<20_000).map { "c\($0)" }
        let held = Set(customers.filter(experiment(holdOut: 20).holdsOut))
        #expect((300...500).contains(held.count))
        #expect(held == Set(customers.filter(experiment("other", holdOut: 20).holdsOut)))
        #expect(held.isSubset(of: customers.filter(experiment(holdOut: 100).holdsOut)))
        #expect(!customers.contains(where: experiment().holdsOut))
    }

    @Test("Shares, segments and names are checked, each by its own name")
    func refusals() throws {
        let scenario = Scenario(ExperimentRegister.self)
        func define(_ experiment: Experiment) -> ExperimentRegister.Command { .define(experiment, at: Self.now) }
        try scenario.when(define(experiment(arms: ["a", "b", "c"]))).thenRejected(.sharesDoNotSum(permille: 999))
        try scenario.when(define(experiment(holdOut: 1_001))).thenRejected(.badHoldOut(permille: 1_001))
        try scenario.when(define(experiment(segment: Segment(countries: [])))).thenRejected(.emptySegment(field: "countries"))
        try scenario.when(define(experiment(otherwise: Experiment.collection))).thenRejected(.leadsToItself)
    }

    @Test("Where an arm asks a model, at least 20 in 1,000 customers stay with the rules")
    func leastHoldOut() throws {
        let scenario = Scenario(ExperimentRegister.self)
        for permille in [nil, 0, 19] {
            try scenario.when(.define(experiment(holdOut: permille), modelPolicy: "end-to-end", at: Self.now))
                .thenRejected(.holdOutTooSmall(permille: permille ?? 0, policy: "end-to-end"))
        }
        let enough = experiment(holdOut: 20)
        for (experiment, modelPolicy) in [(enough, "end-to-end"), (experiment(holdOut: 0), nil)] {
            try scenario.when(.define(experiment, modelPolicy: modelPolicy, at: Self.now))
                .then(.defined(ExperimentDefined(experiment: experiment, at: Self.now)))
        }
    }

    /// The recovery of an invoice of a German individual, in a log with these experiments.
    private func recovery(_ experiments: Experiment..., customer: String = "c1") async throws -> RecoveryStarted? {
        let log = MemoryEventLog(clock: ManualClock(at: Self.now))
        let identities = SeededIdentities(seed: "experiments")
        let due = Self.now
        func decide(_ decisions: (DecisionBatch) async throws -> Void) async throws {
            let batch = try DecisionBatch(log: log, identities: identities, now: due)
            try await decisions(batch)
            _ = try await log.append(batch.append())
        }
        let opened = InvoiceOpened(
            invoice: "s1.1", subscription: "s1", customer: customer, customerType: .individual, period: 1, amountMinor: 900,
            currency: try Currency("EUR"), method: "pm-1", timeZone: "Europe/Berlin", dueAt: due, at: due)
        try await decide { batch in
            for experiment in experiments {
                try await batch.decide(
                    ExperimentRegister.self, .define(experiment, at: due), on: BillingRetries.experiment(experiment.name))
            }
            let signals = PayerSignals(takenAt: due, country: "DE", card: PayerSignals.Card(funding: .debit))
            try await batch.decide(
                Payer.self, .record(signals, customer: customer, history: [], at: due), on: BillingRetries.payer(customer))
            try await batch.decide(Invoice.self, .open(opened), on: BillingRetries.invoice("s1.1"))
            try await PaymentSaga.dispatch(.beginAttempt(invoice: "s1.1", at: due), to: batch)
            try await PaymentSaga.dispatch(.recordDecline(invoice: "s1.1", .declined("51"), attempt: 1, at: due), to: batch)
        }
        var started: RecoveryStarted?
        try await log.replay(InvoiceEvent.codec, EventSelection(EventFilter(stream: try BillingRetries.invoice("s1.1")))) { event, _ in
            if case .recoveryStarted(let recovery) = event { started = recovery }
        }
        return started
    }

    @Test("A recovery takes the arm of the first experiment that concerns its customer")
    func chain() async throws {
        let american = experiment(arms: ["daily-7"], segment: Segment(countries: ["US"]), otherwise: "german")
        let german = experiment("german", arms: ["front-loaded"], segment: Segment(countries: ["DE"], fundings: [.debit]))
        let started = try await recovery(american, german)
        #expect(started?.terms.policy == "front-loaded" && started?.experiment == "german")
    }

    @Test("Whom no experiment concerns follows the reason rules, also where experiments lead in a circle")
    func nobody() async throws {
        let american = experiment(arms: ["daily-7"], segment: Segment(countries: ["US"]), otherwise: "other")
        let other = experiment("other", arms: ["daily-7"], segment: Segment(countries: ["GB"]), otherwise: Experiment.collection)
        for started in [try await recovery(american), try await recovery(american, other), try await recovery()] {
            #expect(started?.terms.policy == "reason-rules" && started?.experiment == nil)
        }
    }

    @Test("Who is held out follows the reason rules, and the record says so")
    func heldOut() async throws {
        let everybody = experiment(arms: ["daily-7"], holdOut: 1_000)
        let started = try await recovery(everybody)
        #expect(started?.terms.policy == "reason-rules" && started?.experiment == Experiment.holdOut)
    }
}
