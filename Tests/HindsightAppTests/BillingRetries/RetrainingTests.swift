import BillingRetries
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

/// Retraining by schedule, with the saga, the register and the desk as they are; only the training itself is made up.
@Suite("Retraining by schedule") struct RetrainingTests {
    /// Brings a better model each time: `b`, `c`, `d`… Reviews are the real ones.
    private struct Trainer: EffectPerformer {
        let desk: BillingDesk
        let log: MemoryEventLog
        let reviewer: RetrainingPerformer

        func peer(of kind: String) -> Peer { reviewer.peer(of: kind) }
        func lookUp(_ intent: EffectIntent) async -> LookUp { .absent }

        func perform(_ intent: EffectIntent) async -> EffectOutcome {
            guard intent.kind == RetrainingSaga.trainEffect else { return await reviewer.perform(intent) }
            do {
                let known = try await desk.models(at: log.head().position).trained.count
                return .succeeded(try RetrainingTests.trained(Array("abcdef01")[known], at: .init(microsecondsSince1970: 0)).json())
            } catch {
                return .rejected(reason: "\(error)")
            }
        }
    }

    private static let policies = [ModelRole.champion, .challenger].map { role in
        RetryPolicy(
            name: role.rawValue, version: 1, chooser: .rules, windowDays: 28, hours: LegalHours(from: 0, until: 24), rules: [],
            otherwise: .after(hours: [24]), afterMethodChange: .after(hours: [1]),
            model: ModelTerms(role: role, overrideFactor: 0, explorationPermille: 0))
    }

    private let clock: ManualClock
    private let log: MemoryEventLog
    private let desk: BillingDesk
    private let handler: CommandHandler
    private let time: VirtualTime
    private let start: Timestamp

    init() throws {
        start = try #require(Timestamp("2026-01-01T00:00:00Z"))
        clock = ManualClock(at: start)
        log = MemoryEventLog(clock: clock)
        desk = BillingDesk(log: log, clock: clock)
        handler = CommandHandler(log: log, clock: clock, identities: SeededIdentities(seed: "desk"))
        let performer = Trainer(
            desk: desk, log: log, reviewer: RetrainingPerformer(desk: desk, shelf: ModelShelf(logFolder: "/nowhere")))
        let saga = SagaRunner(
            RetrainingSaga.self, log: log, clock: clock, identities: SeededIdentities(seed: "saga"), performer: performer, right: .alone,
            actor: "test")
        time = VirtualTime(clock: clock, sagas: [saga])
    }

    private static func digest(_ digit: Character) throws -> ModelDigest {
        try #require(ModelDigest(String(repeating: digit, count: 64)))
    }

    fileprivate static func trained(_ digit: Character, at now: Timestamp) throws -> ModelTrained {
        let pairs = (0..<100).map { number in
            ModelComparison.Pair(customer: "c\(number)", chance: 0.8, rivalChance: 0.6, isApproved: !number.isMultiple(of: 10))
        }
        return ModelTrained(
            model: ModelRegister.retries, digest: try digest(digit), trainedThrough: 1, cut: now, rows: 100, heldOutRows: 2,
            measures: PredictionMeasures(probabilities: [0.25, 0.75], labels: [false, true]),
            comparison: ModelComparison(with: .champion, on: pairs), at: now)
    }

    private func decide(_ command: ModelRegister.Command) async throws {
        try await handler.handle(ModelRegister.self, command, on: BillingRetries.model(ModelRegister.retries))
    }

    private func register() async throws -> ModelRegister.State { try await desk.models(at: log.head().position) }

    private func live(untilDay day: Int) async throws { try await time.run(until: start.advanced(by: .days(day))) }

    /// An invoice whose decline is asked about, and answered by whom its policy asks and by the shadow.
    private func ask(
        _ invoice: String, _ role: ModelRole = .champion, shadow: (Result<Int, PredictionFailure>)? = nil
    ) async throws {
        let (now, stream) = (clock.now(), try BillingRetries.invoice(invoice))
        let policy = try #require(Self.policies.first { $0.name == role.rawValue })
        let opened = InvoiceOpened(
            invoice: invoice, subscription: "s-\(invoice)", customer: "c-\(invoice)", customerType: .individual, period: 1,
            amountMinor: 1_100, currency: try Currency("EUR"), method: "pm-\(invoice)", timeZone: "Europe/Berlin", dueAt: now, at: now)
        var payer = Payer.initialState
        for event in try Payer.decide(
            .record(PayerSignals(takenAt: now, country: "DE"), customer: opened.customer, history: [], at: now), given: payer)
        {
            Payer.evolve(&payer, with: event)
        }
        let (card, assignment) = (CardRecord(), Assignment(policy: policy))
        let basis = ForecastBasis(snapshot: payer.snapshot, register: try await register())
        let declined = ChargeAnswer(charge: "ch", status: .declined, network: .visa, code: "51")
        func send(_ command: Invoice.Command) async throws { try await handler.handle(Invoice.self, command, on: stream) }
        try await send(.open(opened))
        try await send(.beginAttempt(at: now, card: card, assignment: assignment, basis: basis))
        try await send(.recordDecline(declined, attempt: 1, card: card, assignment: assignment, basis: basis, at: now))
        guard let shadow else { return }
        func answer(_ model: ModelDigest, hours: Int, chance: Double) -> PredictionAnswer {
            let window = RankedWindow(at: now.advanced(by: .hours(hours)), score: 0.5)
            return PredictionAnswer(
                WindowRanking(windows: [window], chosen: window, rule: nil, planChance: chance, featureDigest: "00"), by: model)
        }
        let asked = try #require(basis.register.holder(of: .shadow))
        let answers = PredictionAnswers(
            answer(try #require(basis.register.holder(of: role)), hours: 30, chance: role == .champion ? 0.4 : 0.9),
            shadow: shadow.map { answer(asked, hours: $0, chance: 0.6) })
        try await send(.recordPrediction(number: 1, .success(answers), card: card, assignment: assignment, at: now))
    }

    @Test("Trained every week, the first better model is the shadow for its days and is then proposed; a person promotes it")
    func proposes() async throws {
        try await decide(.record(Self.trained("a", at: start)))
        try await decide(.promote(Self.digest("a"), to: .champion, reason: "the first", at: start))
        try await desk.scheduleRetraining(
            everyDays: 7, shadowDays: 10, BillingDesk.Act(metadata: EventMetadata(), identities: SeededIdentities(seed: "person")))
        try await live(untilDay: 8)
        #expect(try await register().holder(of: .shadow) == Self.digest("b"))

        try await ask("i1", shadow: .success(30))
        try await ask("i2", shadow: .success(50))
        try await ask("i3", shadow: .failure(PredictionFailure(.tooSlow, "412 ms")))
        // A question that waits, and one that a challenger answers.
        try await ask("i4")
        try await decide(.record(Self.trained("9", at: start)))
        try await decide(.promote(Self.digest("9"), to: .challenger, reason: "a try", at: start))
        try await ask("i5", .challenger, shadow: .success(30))
        try await ask("i6", .challenger, shadow: .failure(PredictionFailure(.tooSlow, "412 ms")))

        // Another better one is trained meanwhile, and waits.
        try await live(untilDay: 15)
        let waiting = try await register()
        #expect(waiting.trained.count == 4)
        #expect(try waiting.holder(of: .shadow) == Self.digest("b") && waiting.proposal == nil)

        try await live(untilDay: 18)
        let proposal = try #require(try await register().proposal)
        #expect(try proposal.digest == Self.digest("b") && proposal.champion == Self.digest("a"))
        #expect(
            proposal.shadow
                == ShadowRecord(answers: 2, failures: 1, sameWindow: 1, planChance: 0.6, championPlanChance: 0.4))
        let view = try #require(try await desk.modelViews(at: log.head().position).first { $0.model == proposal.digest })
        #expect(view.proposedAfter == proposal.shadow && view.roles == [.shadow])

        try await decide(.promote(proposal.digest, to: .champion, reason: "proposed", at: clock.now()))
        #expect(try await register().proposal == nil)
        // The next better one has its turn.
        try await live(untilDay: 22)
        let next = try await register()
        #expect(next.trained.count == 5)
        #expect(next.holder(of: .shadow) == next.trained.last?.digest && next.holder(of: .champion) == proposal.digest)
    }

    @Test("Trainings that come faster than reviews starve none: the schedule of the manual proposes") func manual() async throws {
        try await decide(.record(Self.trained("a", at: start)))
        try await decide(.promote(Self.digest("a"), to: .champion, reason: "the first", at: start))
        try await desk.scheduleRetraining(
            everyDays: 7, shadowDays: 14, BillingDesk.Act(metadata: EventMetadata(), identities: SeededIdentities(seed: "person")))
        try await live(untilDay: 22)
        #expect(try await register().proposal?.digest == Self.digest("b"))

        // Who takes a while to decide still finds it; a replacement by hand ends the proposal.
        try await live(untilDay: 40)
        let waiting = try await register()
        #expect(try waiting.proposal?.digest == Self.digest("b") && waiting.holder(of: .shadow) == Self.digest("b"))
        try await decide(.promote(Self.digest("c"), to: .shadow, reason: "newer", at: clock.now()))
        #expect(try await register().proposal == nil)
        #expect(try await desk.modelViews(at: log.head().position).allSatisfy { $0.proposedAfter == nil })
    }
}
