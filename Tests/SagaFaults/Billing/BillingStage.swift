import BillingRetries
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Synchronization

/// One run: weeks of renewals and recoveries by the domain's own sagas, in one thread and without waiting.
///
/// One process at a time does the work; a person looks after what is parked, payers change cards, pay elsewhere and cancel, webhooks come
/// late and twice, and signals are recorded each day, unless they aren't. Then the faults end, and everything has to come to its end.
final class BillingStage<Collecting: Saga>: Sendable where Collecting.Event == InvoiceEvent {
    private struct State {
        var worker: SimulatedProcess?
        var started = 0
        /// Those that have not come to their end.
        var living: Set<String> = []
        var chance: SeededGenerator
        var failures: [String] = []
        var methods = 0
        /// By customer, in the order in which they were given.
        var given: [String: [String]] = [:]
        var isOver = false
        /// Of each saga that is parked, how often somebody tried it again.
        var retries: [String: Int] = [:]
    }

    private let seed: UInt64
    private let plan: BillingPlan
    private let flaw: BillingFlaw?
    private let loop: SimulationLoop
    private let clock: BillingClock
    private let disk: SimulatedDisk
    private let gateway: BillingGateway
    private let predictor: PredictorStandIn
    private let hints = HintBox()
    /// Of what people store.
    private let identities: DrawnIdentities
    private let state: Mutex<State>
    private let faults: Mutex<SeededGenerator>

    /// Renewals end 75 days after their subscription, recoveries a month after their invoice.
    private static var patience: Duration { .days(155) }

    init(_ collecting: Collecting.Type, seed: UInt64, flaw: BillingFlaw?) {
        var chance = SeededGenerator(seed)
        let plan = BillingPlan(using: &chance)
        loop = SimulationLoop(seed: chance.next(), isShuffled: plan.isShuffled)
        clock = BillingClock(loop, start: BillingPlan.start)
        disk = SimulatedDisk(loop, clock: clock, salts: SeededGenerator(chance.next()))
        predictor = PredictorStandIn(plan, loop, chance: SeededGenerator(chance.next()))
        gateway = BillingGateway(plan, seed: seed, loop, disk, chance: SeededGenerator(chance.next()), flaw: flaw) { [hints] in
            hints.tell($0)
        }
        faults = Mutex(SeededGenerator(chance.next()))
        state = Mutex(State(chance: SeededGenerator(chance.next())))
        identities = DrawnIdentities(seed: "\(seed)")
        self.seed = seed
        self.plan = plan
        self.flaw = flaw
    }

    func play() throws -> BillingReport {
        hints.onCharge { [weak self] in self?.send(hintsOf: $0) }
        startWorker()
        startPerson("shop") { [self] in try await open(as: $0) }
        startPerson("signals") { [self] in try await recordSignals(as: $0) }
        let meddler = startPerson("meddler") { [self] in try await meddle(as: $0) }
        for accident in plan.accidents { prepare(accident) }
        startPerson("desk") { [self] in
            try await superintend(as: $0)
            let worker = state.withLock { state in
                state.isOver = true
                return state.worker
            }
            worker?.end()
            meddler.end()
        }
        try loop.run(mostJobs: 5_000_000)
        let found = Mutex<BillingAudit?>(nil)
        let (failures, living) = state.withLock { ($0.failures, $0.living) }
        startPerson("auditor") { [self] _ in
            let audit = try await BillingAudit(of: Collecting.self, disk, seed: seed)
            found.withLock { $0 = audit }
        }
        try loop.run(mostJobs: 5_000_000)
        guard let audit = found.withLock(\.self) else {
            throw SimulatedRound.Failure(description: "the log can't be read: \(state.withLock(\.failures))")
        }
        var findings = failures + living.sorted().map { "\($0) does not come to its end" }
        findings += gateway.complaints + audit.findings
        findings +=
            BillingVerdict(audit.events, gateway.journal, seed: seed, policy: plan.policy, isQueryable: gateway.kind.traits.isQueryable)
            .findings
        return BillingReport(
            seed: seed, policy: plan.policy.name, gateway: "\(gateway.kind)", digest: audit.digest, events: audit.events,
            charges: gateway.journal, elapsed: loop.elapsed, starts: state.withLock(\.started), findings: findings)
    }

    // MARK: - Processes

    private func draw(_ range: ClosedRange<Int>) -> Int { state.withLock { Int.random(in: range, using: &$0.chance) } }

    private func start(_ process: SimulatedProcess, _ body: @escaping @Sendable () async throws -> Void) {
        state.withLock { _ = $0.living.insert(process.name) }
        process.start { [self] in
            do {
                try await body()
            } catch is CancellationError {
                // It was to end.
            } catch {
                state.withLock { $0.failures.append("\(process.name) failed: \(error)") }
            }
            state.withLock { _ = $0.living.remove(process.name) }
        }
    }

    @discardableResult
    private func startPerson(_ name: String, _ body: @escaping @Sendable (SimulatedProcess) async throws -> Void) -> SimulatedProcess {
        let process = SimulatedProcess(name, loop, disk) { [self] in isClockBehind ? .before : nil }
        start(process) { try await body(process) }
        return process
    }

    /// As every engine does, nothing is stored by a clock that is more than a minute behind the log.
    private var isClockBehind: Bool { disk.recordedAt.map { $0.since(clock.now()) > .seconds(60) } ?? false }

    private func drawAppendFault() -> SimulatedProcess.AppendFault? {
        if isClockBehind { return .before }
        guard loop.elapsed < plan.end else { return nil }
        return faults.withLock { chance in
            guard Int.random(in: 0..<1_000, using: &chance) < plan.failingAppends else { return nil }
            return Bool.random(using: &chance) ? .before : .after
        }
    }

    /// Starts the process that does the work: after an error of the log it begins anew, as a service does.
    private func startWorker() {
        let number = state.withLock { state -> Int? in
            guard !state.isOver else { return nil }
            state.started += 1
            return state.started
        }
        guard let number else { return }
        let process = SimulatedProcess("engine-\(number)", loop, disk) { [self] in drawAppendFault() }
        state.withLock { $0.worker = process }
        start(process) { [self] in
            let identities = DrawnIdentities(seed: "\(seed)/\(process.name)")
            let peers = BillingPeers(process: process, gateway: gateway, predictor: predictor, clock: clock, flaw: flaw)
            let collecting = SagaRunner(
                Collecting.self, log: process, clock: clock, identities: identities, performer: peers, actor: process.name,
                onPoint: { [self] _ in pass(process) })
            let renewing = SagaRunner(
                RenewalSaga.self, log: process, clock: clock, identities: identities, performer: peers, actor: process.name,
                onPoint: { [self] _ in pass(process) })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.endlessly(process) { try await collecting.work() } }
                group.addTask { try await self.endlessly(process) { try await renewing.work() } }
                try await group.waitForAll()
            }
        }
    }

    private func endlessly(_ process: SimulatedProcess, _ body: () async throws -> Void) async throws {
        while !Task.isCancelled, !process.isKilled {
            do {
                try await body()
            } catch is CancellationError {
                return
            } catch let error as EventLogError {
                if process.isKilled || Task.isCancelled { return }
                switch error {
                case .unavailable, .outcomeUnknown: break
                // Nothing else is expected of a log that is only unavailable at times.
                default: throw error
                }
            }
            do { try await loop.sleep(for: .seconds(isClockBehind ? 600 : 5)) } catch is CancellationError { return }
        }
    }

    // MARK: - Accidents

    /// A named moment of the work: the process may die here.
    private func pass(_ process: SimulatedProcess) {
        guard loop.elapsed < plan.end, !process.isKilled else { return }
        let wait = faults.withLock { chance -> Duration? in
            guard Int.random(in: 0..<1_000, using: &chance) < plan.deadlyMoments else { return nil }
            return .seconds(Int.random(in: 1...7_200, using: &chance))
        }
        if let wait { kill(process, restartAfter: wait) }
    }

    private func kill(_ process: SimulatedProcess, restartAfter wait: Duration) {
        guard !process.isKilled else { return }
        process.kill()
        loop.after(wait) { [self] in startWorker() }
    }

    private func prepare(_ event: BillingPlan.Event) {
        loop.after(event.at) { [self] in
            guard let process = state.withLock(\.worker) else { return }
            if case .clockBack(let duration, let righted) = event.accident {
                clock.step(by: .zero - duration)
                loop.after(righted) { [self] in clock.step(by: duration) }
                return
            }
            if case .clockForward(let duration) = event.accident { return clock.step(by: duration) }
            process.executor.setTrap(after: event.jobs) { [self] in
                guard loop.elapsed < plan.end, !process.isKilled else { return }
                switch event.accident {
                case .kill(let wait): kill(process, restartAfter: wait)
                case .stop(let duration):
                    process.executor.stop()
                    loop.after(duration) { process.executor.goOn() }
                case .clockForward, .clockBack: break
                }
            }
        }
    }

    // MARK: - People

    /// Stores a decision, whatever the log is like now; what the decider refuses is let be.
    private func persist(as process: SimulatedProcess, _ body: @Sendable (DecisionBatch) async throws -> Void) async throws {
        let handler = CommandHandler(log: process, clock: clock, identities: identities)
        while true {
            do {
                try await handler.decide(body)
                return
            } catch let error as EventLogError {
                guard case .unavailable = error else { throw error }
            } catch is Subscription.Rejection {
                return
            } catch is Invoice.Rejection {
                return
            } catch is SagaControl.Rejection {
                // Whoever acts at any moment is refused at times.
                return
            }
            try await loop.sleep(for: .seconds(600))
        }
    }

    private func open(as process: SimulatedProcess) async throws {
        let (plan, now) = (plan, BillingPlan.start)
        try await persist(as: process) { batch in
            try await batch.decide(PolicyBook.self, .define(plan.policy, at: now), on: BillingRetries.policy(plan.policy.name))
            let experiment = Experiment(
                name: Experiment.collection, salt: "s", arms: [Experiment.Arm(policy: plan.policy.name, permille: 1_000)])
            try await batch.decide(ExperimentRegister.self, .define(experiment, at: now), on: BillingRetries.experiment(experiment.name))
            guard let digest = ModelDigest(String(repeating: "a", count: 64)) else { return }
            let trained = ModelTrained(
                model: ModelRegister.retries, digest: digest, trainedThrough: 1, cut: now, rows: 2, heldOutRows: 2,
                measures: PredictionMeasures(probabilities: [0.2, 0.8], labels: [false, true]), at: now)
            let register = try BillingRetries.model(ModelRegister.retries)
            try await batch.decide(ModelRegister.self, .record(trained), on: register)
            try await batch.decide(ModelRegister.self, .promote(digest, to: .champion, reason: "the first", at: now), on: register)
            for customer in plan.customers {
                for terms in customer.subscriptions {
                    try await batch.decide(
                        PaymentMethod.self, .register(MethodRegistered(method: terms.method, customer: customer.id, at: now)),
                        on: BillingRetries.method(terms.method))
                    let started = SubscriptionStarted(
                        subscription: terms.id, customer: customer.id, customerType: .individual, plan: "team",
                        amountMinor: terms.amountMinor, currency: try Currency("EUR"), period: .monthly, paymentMethod: terms.method,
                        timeZone: customer.zone, periodEndsAt: now.advanced(by: terms.periodEnds), at: now)
                    try await batch.decide(Subscription.self, .start(started), on: BillingRetries.subscription(terms.id))
                }
            }
        }
        for terms in plan.customers.flatMap(\.subscriptions) {
            loop.after(terms.cancelledAfter) { [self] in
                startPerson("canceller of \(terms.id)") { [self] in try await cancel(terms.id, as: $0) }
            }
        }
    }

    private func cancel(_ subscription: String, as process: SimulatedProcess) async throws {
        try await persist(as: process) { [clock] batch in
            try await batch.decide(
                Subscription.self, .cancel(reason: "not needed any more", at: clock.now()), on: BillingRetries.subscription(subscription))
        }
    }

    /// Once a day, about what is known some hours before.
    private func recordSignals(as process: SimulatedProcess) async throws {
        // Without a model nobody reads them.
        guard plan.policy.model != nil else { return }
        while loop.elapsed < plan.end, state.withLock({ !$0.isOver }) {
            try await sleep(for: .seconds(draw(72_000...90_000)))
            guard draw(0...99) >= plan.missingSignals else { continue }
            let takenAt = clock.now().advanced(by: .zero - .hours(draw(0...10)))
            for customer in plan.customers {
                try await persist(as: process) { [clock] batch in
                    let signals = PayerSignals(
                        takenAt: takenAt, country: "DE", usage: PayerSignals.Usage(activeDays: 3),
                        card: PayerSignals.Card(issuer: "bank", network: .visa, funding: .debit))
                    let stream = try BillingRetries.payer(customer.id)
                    let newest = try await batch.state(of: Payer.self, on: stream).snapshot?.signals.takenAt
                    guard newest.map({ $0 < takenAt }) ?? true, takenAt <= clock.now() else { return }
                    try await batch.decide(Payer.self, .record(signals, customer: customer.id, history: [], at: clock.now()), on: stream)
                }
            }
        }
    }

    /// Sleeps so long, also if a clock is set meanwhile.
    private func sleep(for duration: Duration) async throws {
        let end = loop.elapsed + duration
        while loop.elapsed < end { try await loop.sleep(for: end - loop.elapsed) }
    }

    // MARK: - Bad moments

    /// Reads what happens to invoices, and lets payers act upon it when it is least convenient.
    private func meddle(as process: SimulatedProcess) async throws {
        var seen: Position = 0
        while !Task.isCancelled {
            for try await recorded in process.events(EventSelection(after: seen)) {
                seen = recorded.position
                if let event = try InvoiceEvent.codec.decode(recorded), let invoice = recorded.stream.id {
                    consider(event, of: String(invoice))
                }
            }
            try await process.waitForEvents(after: seen)
        }
    }

    private func consider(_ event: InvoiceEvent, of invoice: String) {
        switch event {
        case .payerNotified(let notice):
            guard draw(0...9) < 6 else { return }
            loop.after(.seconds(draw(60...10 * 86_400))) { [self] in
                startPayer { [self] in try await changeMethod(of: notice.subscription, customer: notice.customer, as: $0) }
            }
        case .opened, .chargeRequested, .chargeUnknown, .chargeDeclined, .predictionRequested, .retryScheduled:
            guard let customer = plan.customers.first(where: { $0.owns(invoice) }) else { return }
            meddle(with: invoice, of: customer.id)
        case .chargeApproved, .chargeWithdrawn, .recoveryStarted, .predictionMade, .predictionFailed, .firstChargeTimed, .retryWithheld,
            .guardRefused, .methodChanged, .paidElsewhere, .overpaid, .paid, .uncollectible:
            break
        }
    }

    private func meddle(with invoice: String, of customer: String) {
        guard loop.elapsed < plan.end, draw(0...99) < plan.meddling else { return }
        let subscription = String(invoice.prefix { $0 != "." })
        let kind = draw(0...9)
        loop.after(.milliseconds(draw(0...120_000))) { [self] in
            startPayer { [self] process in
                switch kind {
                case 0..<4:
                    try await persist(as: process) { [clock] batch in
                        try await batch.decide(
                            Invoice.self, .recordPaidElsewhere(reference: process.name, at: clock.now()),
                            on: BillingRetries.invoice(invoice))
                    }
                case 4..<9: try await changeMethod(of: subscription, customer: customer, as: process)
                default: try await cancel(subscription, as: process)
                }
            }
        }
    }

    private func startPayer(_ body: @escaping @Sendable (SimulatedProcess) async throws -> Void) {
        let number = state.withLock { state in
            state.methods += 1
            return state.methods
        }
        startPerson("payer-\(number)", body)
    }

    private func changeMethod(of subscription: String, customer: String, as process: SimulatedProcess) async throws {
        let method = methodOf(customer, givenBy: process.name)
        try await persist(as: process) { [clock] batch in
            try await batch.decide(
                PaymentMethod.self, .register(MethodRegistered(method: method, customer: customer, at: clock.now())),
                on: BillingRetries.method(method))
            try await batch.decide(
                Subscription.self, .changeMethod(to: method, at: clock.now()), on: BillingRetries.subscription(subscription))
        }
    }

    /// A new card, or one that the payer comes back to.
    private func methodOf(_ customer: String, givenBy payer: String) -> String {
        let isOld = draw(0...2) == 0
        return state.withLock { state in
            let former = state.given[customer, default: []].dropLast()
            let method = isOld ? former.first ?? "pm-\(customer)-\(payer)" : "pm-\(customer)-\(payer)"
            state.given[customer, default: []].append(method)
            return method
        }
    }

    // MARK: - Webhooks

    /// Hints of a charge: none, one or several, late, twice and in any order.
    private func send(hintsOf charge: BillingGateway.Charge) {
        guard plan.stormPercent > 0 else { return }
        for number in 0..<draw(0...2) {
            loop.after(.seconds(draw(0...3 * 86_400))) { [self] in
                let name = "hint \(number) of \(charge.answer.charge)"
                startPerson(name) { [self] in try await deliver(charge, as: $0) }
            }
        }
    }

    /// A hint lets an open attempt be looked up at once. What it says of another attempt has to be refused.
    private func deliver(_ charge: BillingGateway.Charge, as process: SimulatedProcess) async throws {
        let stream = try StreamName("saga-\(Collecting.name):\(charge.invoice)")
        let reference = EffectReference(kind: PaymentSaga.chargeEffect, key: charge.key)
        let isOld = Mutex(false)
        try await persist(as: process) { [clock] batch in
            let standing = try await batch.state(of: SagaControl.self, on: stream).standing
            guard standing.openEffect(reference) != nil else {
                return isOld.withLock { $0 = true }
            }
            try await batch.decide(SagaControl.self, .retry(reason: "the gateway has news", at: clock.now()), on: stream)
        }
        guard isOld.withLock(\.self), flaw == nil else { return }
        let before = try await process.version(of: BillingRetries.invoice(charge.invoice))
        let now = clock.now()
        try await persist(as: process) { batch in
            let stream = try BillingRetries.invoice(charge.invoice)
            if case .open(let open) = try await batch.state(of: Invoice.self, on: stream), open.isCharging, open.attempts == charge.attempt
            {
                return
            }
            if charge.answer.status == .approved {
                try await batch.decide(Invoice.self, .recordApproval(charge.answer, attempt: charge.attempt, at: now), on: stream)
            } else {
                try await batch.decide(
                    Invoice.self,
                    .recordDecline(
                        charge.answer, attempt: charge.attempt, card: CardRecord(), assignment: Assignment(policy: .reasonRules), at: now),
                    on: stream)
            }
            state.withLock { $0.failures.append("old news of \(charge.key) were taken at version \(before)") }
        }
    }

    // MARK: - The desk

    /// Looks after what is parked, until everything is at its end.
    private func superintend(as process: SimulatedProcess) async throws {
        var fold = BillingFold<Collecting>()
        while loop.elapsed < plan.end + Self.patience {
            try await sleep(for: .hours(draw(6...14)))
            for try await recorded in process.events(EventSelection(after: fold.position)) { try fold.consume(recorded) }
            var isOver = loop.elapsed > .days(46)
            for instance in fold.collecting.values.sorted(by: { $0.id < $1.id }) {
                if !instance.standing.isOver { isOver = false }
                if case .parked = instance.standing.status { try await help(instance, as: process) }
            }
            for instance in fold.renewing.values where !instance.standing.isOver { isOver = false }
            if isOver { return }
        }
    }

    /// Tries it again; if that does not help, says what the gateway's books show.
    private func help(_ instance: SagaInstance<Collecting>, as process: SimulatedProcess) async throws {
        let tries = state.withLock { state in
            state.retries[instance.id, default: 0] += 1
            return state.retries[instance.id, default: 0]
        }
        let effect = instance.standing.openEffects.first
        let now = clock.now()
        if instance.standing.parkedOver != nil, effect == nil, tries % 2 == 0 {
            // It was paid twice, and one of the payments has been given back.
            return try await persist(as: process) { batch in
                try await batch.decide(SagaControl.self, .skip(nil, reason: "it was given back", at: now), on: instance.stream)
            }
        }
        guard tries % 4 == 0, let effect, effect.intent.kind == PaymentSaga.chargeEffect, gateway.isAtRest(effect.intent.key),
            now > effect.intendedAt.advanced(by: BillingGateway.settling)
        else {
            return try await persist(as: process) { batch in
                try await batch.decide(SagaControl.self, .retry(reason: "it may go now", at: now), on: instance.stream)
            }
        }
        let charge = gateway.journal.last { $0.key == effect.intent.key }
        let outcome: SagaResolved.Outcome = charge?.answer.status == .approved ? .succeeded : .rejected
        let reason = charge == nil ? "no such charge" : "as their books have it"
        let result = try Collecting.result(of: effect.intent, resolvedAs: outcome, given: charge?.answer.json ?? [:], reason: reason)
        try await persist(as: process) { batch in
            try await batch.decide(
                SagaControl.self, .resolve(effect.reference, outcome, result: result, proof: "their books", reason: reason, at: now),
                on: instance.stream)
        }
    }
}

/// Brings the gateway's decisions to whoever sends webhooks, once that is there.
private final class HintBox: Sendable {
    private let receiver = Mutex<(@Sendable (BillingGateway.Charge) -> Void)?>(nil)

    func onCharge(_ body: @escaping @Sendable (BillingGateway.Charge) -> Void) { receiver.withLock { $0 = body } }
    func tell(_ charge: BillingGateway.Charge) { receiver.withLock(\.self)?(charge) }
}

extension BillingPlan.Customer {
    fileprivate func owns(_ invoice: String) -> Bool { subscriptions.contains { invoice.hasPrefix("\($0.id).") } }
}
