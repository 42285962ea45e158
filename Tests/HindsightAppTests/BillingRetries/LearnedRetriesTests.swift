import BillingRetries
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Synchronization
import SyntheticCustomers
import Testing

/// Payers of whom only the test knows when they have money, lived through by the real sagas: the model is trained from their log, promoted,
/// asked, judged and replaced.
@Suite("Retries that are learned", .serialized) struct LearnedRetriesTests {
    /// Answers as the payers' money and banks would; the same charge is always answered alike.
    private struct Bank: EffectPerformer {
        let payers: SyntheticPayers
        let zones: [String: String]

        func peer(of kind: String) -> Peer { Peer(name: "bank", keys: .honoured(for: nil)) }
        func lookUp(_ intent: EffectIntent) async -> LookUp { .settled(await perform(intent)) }

        func perform(_ intent: EffectIntent) async -> EffectOutcome {
            guard let customer = intent.request["customer"]?.stringValue, let truth = payers.truths[customer],
                let at = intent.request["at"]?.stringValue.flatMap({ Timestamp($0) }),
                let zone = zones[customer].flatMap({ CustomerZone($0) })
            else { return .rejected(reason: "unknown customer") }
            var numbers = SeededGenerator(Digest64.of(intent.key))
            let code = SyntheticPayers.code(of: truth, at: WallHour(at, in: zone), &numbers)
            let answer = ChargeAnswer(
                charge: "ch-\(intent.key)", status: code == ChargeObservation.approval ? .approved : .declined, network: .visa,
                code: code == ChargeObservation.approval ? nil : code)
            return answer.status == .approved ? .succeeded(answer.json) : .rejected(reason: code, result: answer.json)
        }
    }

    /// Of a machine that takes a second from each look at the clock to the next.
    private final class SlowClock: WallClock {
        private let looks = Mutex(0)

        func now() -> Timestamp {
            SyntheticPayers.start.advanced(
                by: .seconds(
                    looks.withLock { looks in
                        looks += 1
                        return looks
                    }))
        }
    }

    private struct World {
        let payers: SyntheticPayers
        let clock = ManualClock(at: SyntheticPayers.start)
        let log: MemoryEventLog
        let runner: ProjectionRunner
        let desk: BillingDesk
        let shelf: ModelShelf
        let act = BillingDesk.Act(metadata: EventMetadata(actor: "test"), identities: SeededIdentities(seed: "learned"))

        init(payers count: Int, folder: String) throws {
            payers = try SyntheticPayers(count: count, months: 1, seed: 5)
            log = MemoryEventLog(clock: clock)
            runner = ProjectionRunner([InvoiceBoard()], log: log, store: MemoryReadModelStore())
            desk = BillingDesk(log: log, clock: clock)
            shelf = ModelShelf(logFolder: folder)
        }

        func subscribe() async throws {
            for (number, history) in payers.histories.enumerated() {
                let payer = history.payer
                try await desk.put(
                    "s-\(history.customer)",
                    try JSON.decode(
                        BillingDesk.Terms.self,
                        from: JSON.encode(
                            [
                                "customer": .string(history.customer), "customerType": .string(payer.customerType.rawValue),
                                "plan": .string(payer.plan), "amountMinor": .integer(payer.amountMinor), "currency": "EUR",
                                "period": "monthly", "paymentMethod": .string("pm-\(history.customer)"),
                                "timeZone": .string(payer.timeZone),
                                "periodEndsAt": .string(clock.now().advanced(by: .hours(10 + number * 37 % 600)).description),
                            ] as JSONValue)), act)
            }
        }

        /// What a shop states every day.
        func recordSignals() async throws {
            try await runner.catchUp()
            let statements = payers.histories.map { history in
                BillingDesk.CustomerSignals(
                    customer: history.customer,
                    signals: PayerSignals(
                        takenAt: clock.now(), country: history.payer.country,
                        card: PayerSignals.Card(issuer: history.payer.issuer, network: .visa, funding: .debit)))
            }
            _ = try await desk.recordSignals(statements, from: runner, act)
        }

        func live(days: Int, signals: Bool) async throws {
            let zones = Dictionary(uniqueKeysWithValues: payers.histories.map { ($0.customer, $0.payer.timeZone) })
            let performer = BillingPerformer(
                gateway: Bank(payers: payers, zones: zones), predictions: PredictionPerformer(predictor: Predictor(shelf)))
            let identities = SeededIdentities(seed: "sagas")
            func saga<S: Saga>(_ saga: S.Type, _ performer: any EffectPerformer) -> any SagaRunning {
                SagaRunner(saga, log: log, clock: clock, identities: identities, performer: performer, right: .alone, actor: "test")
            }
            let time = VirtualTime(
                clock: clock,
                sagas: [
                    saga(RenewalSaga.self, performer), saga(PaymentSaga.self, performer),
                    saga(RetrainingSaga.self, RetrainingPerformer(desk: desk, shelf: shelf)),
                ])
            for _ in 0..<days {
                if signals { try await recordSignals() }
                try await time.run(until: clock.now().advanced(by: .days(1)))
            }
        }

        func events() async throws -> [InvoiceEvent] {
            var events: [InvoiceEvent] = []
            try await log.replay(InvoiceEvent.codec, EventSelection(EventFilter(categories: [BillingRetries.invoices]))) { event, _ in
                events.append(event)
            }
            return events
        }

        func models() async throws -> ModelRegister.State { try await desk.models(at: await log.head().position) }
    }

    /// All of it, with the draws twice as frequent as the arm's usual ones so that few payers tell enough.
    private static let learned = RetryPolicy(
        name: "learned", version: 1, chooser: .rules, windowDays: 28, hours: LegalHours(from: 0, until: 24),
        rules: RetryPolicy.endToEnd.rules, otherwise: RetryPolicy.endToEnd.otherwise,
        afterMethodChange: RetryPolicy.endToEnd.afterMethodChange, maximumRetries: 7,
        model: ModelTerms(overrideFactor: 0, explorationPermille: 100, firstChargeHours: 12))

    @Test("Trained from the log, promoted by a person, asked at each decline, judged by its draws, and retrained by its schedule")
    func story() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hindsight-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let world = try World(payers: 150, folder: folder)
        try await world.subscribe()
        try await world.live(days: 150, signals: false)
        try await world.recordSignals()

        // What it learns from one position is the same model, however often it is asked.
        let training = try await world.desk.train(keepingOn: world.shelf, world.act)
        #expect(training.payers > 140 && training.withoutSnapshot == 0)
        let again = try await world.desk.train(through: training.trained.trainedThrough, keepingOn: world.shelf, world.act)
        #expect(again.trained.digest == training.trained.digest)
        #expect(try await world.models().trained.count == 1)

        // Nothing is asked before it is promoted, and the arm's recoveries go by the rules with the reason.
        try await world.desk.define(Self.learned, world.act)
        try await world.desk.define(
            Experiment(
                name: Experiment.collection, salt: "s", arms: [Experiment.Arm(policy: "learned", permille: 1_000)],
                holdOutPermille: 20), world.act)
        try await world.live(days: 20, signals: true)
        let before = try await world.events()
        #expect(!before.contains { if case .predictionRequested = $0 { true } else { false } })
        let reasons = Set(before.compactMap { if case .predictionFailed(let failed) = $0 { failed.failure.reason } else { nil } })
        #expect(reasons == [.noModel])

        try await world.desk.promote(
            training.trained.digest, to: .champion, reason: "the first", from: world.shelf, world.act)
        try await world.desk.scheduleRetraining(everyDays: 40, shadowDays: 15, world.act)
        try await world.live(days: 90, signals: true)
        let events = try await world.events().dropFirst(before.count)
        let made = events.compactMap { if case .predictionMade(let made) = $0 { made } else { nil } }
        let retries = events.compactMap { if case .retryScheduled(let retry) = $0 { retry } else { nil } }
        #expect(made.count > 60)
        #expect(retries.contains { $0.chosenBy == .model } && retries.contains { $0.chosenBy == .exploration })
        #expect(made.allSatisfy { $0.answer.top.count <= PredictionAnswer.recordedWindows && $0.answer.planChance <= 1 })
        #expect(events.contains { if case .firstChargeTimed = $0 { true } else { false } })

        // The policy in force, played on what was known, wants what it wanted; of another one so few draws tell nothing.
        let (head, predictor) = (await world.log.head().position, Predictor(world.shelf))
        let own = try #require(try await world.desk.evaluate("learned", by: predictor, at: head).estimate)
        #expect(own.decisions > 20 && own.differing == 0 && own.verdict == .cannotTell)
        #expect(own.matches < own.decisions && own.matches > own.decisions / 2)
        let evaluation = try await world.desk.evaluate("reason-rules", by: predictor, at: head)
        let estimate = try #require(evaluation.estimate)
        #expect(estimate.decisions == own.decisions && evaluation.unanswered.isEmpty)
        // However busy the machine is.
        let slow = Predictor(world.shelf, patience: SlowClock())
        #expect(try await world.desk.evaluate("reason-rules", by: slow, at: head) == evaluation)
        #expect(estimate.differing > 0 && estimate.differingMatches < PolicyEstimate.leastMatches && estimate.verdict == .tooFew)

        // Retrained by its schedule; a person alone promotes.
        let register = try await world.models()
        #expect(register.trained.count >= 2)
        #expect(register.trained.first?.comparison?.rival == .segmentRate && register.trained.first?.segmentMeasures != nil)
        #expect(
            register.trained.dropFirst().allSatisfy { $0.champion == training.trained.digest && $0.comparison?.rival == .champion })
        #expect(register.holder(of: .champion) == training.trained.digest)
    }

    @Test("A model whose file is gone or cut leaves the decisions to the rules, and its promotion is refused")
    func damaged() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hindsight-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let world = try World(payers: 60, folder: folder)
        try await world.subscribe()
        try await world.live(days: 150, signals: false)
        try await world.recordSignals()
        let digest = try await world.desk.train(keepingOn: world.shelf, world.act).trained.digest
        try await world.desk.promote(digest, to: .champion, reason: "the first", from: world.shelf, world.act)
        try await world.desk.define(
            Experiment(
                name: Experiment.collection, salt: "s", arms: [Experiment.Arm(policy: "end-to-end", permille: 1_000)],
                holdOutPermille: 20), world.act)

        let path = world.shelf.path(of: digest)
        let whole = try #require(FileManager.default.contents(atPath: path))
        try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
        // As after a restart: nothing was read yet.
        let cut = ModelShelf(logFolder: folder)
        await #expect(throws: ModelArtifactError.self) {
            try await world.desk.promote(digest, to: .challenger, reason: "a try", from: cut, world.act)
        }
        let predictor = Predictor(cut)
        let question = try #require(try await self.question(in: world))
        #expect(throws: PredictionFailure(.modelMismatch, "\(try #require(Self.error(cut, digest)))")) {
            try predictor.answer(to: question, by: digest)
        }
        try FileManager.default.removeItem(atPath: path)
        let failure = #expect(throws: PredictionFailure.self) { try predictor.answer(to: question, by: digest) }
        #expect(failure?.reason == .modelMissing)

        // Of decisions that it made nothing more can be asked, and that is not to say that there were none.
        let rules = try await world.desk.evaluate("reason-rules", by: predictor, at: world.log.head().position)
        let lost = try #require(rules.unanswered[PredictionFailure.Reason.modelMissing.rawValue])
        #expect(rules.estimate == nil && rules.lack?.contains("none of \(lost) decisions could be asked about again") == true)

        // Nor does it keep a new one from being trained: without comparison, which the event says.
        let trained = try await world.desk.train(keepingOn: cut, world.act).trained
        #expect(trained.champion == digest && trained.championMeasures == nil && !trained.isBetter)
        #expect(trained.comparison?.verdict == .notCompared && trained.comparison?.reason == "the champion's file is missing")
    }

    private static func error(_ shelf: ModelShelf, _ digest: ModelDigest) -> ModelArtifactError? {
        do {
            _ = try shelf.model(digest)
            return nil
        } catch {
            return error
        }
    }

    /// The first question that the champion is asked.
    private func question(in world: World) async throws -> WindowQuestion? {
        try await world.live(days: 20, signals: true)
        return try await world.events().lazy.compactMap { event -> WindowQuestion? in
            if case .predictionRequested(let request) = event { request.question } else { nil }
        }.first
    }
}
