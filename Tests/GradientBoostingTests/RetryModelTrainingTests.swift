import BillingRetries
import GradientBoosting
import HindsightCore
import HindsightTesting
import SyntheticCustomers
import Testing

@Suite("Training of a retry model") struct RetryModelTrainingTests {
    @Test("On payers and months that it has not seen it is better than the rate of their segment") func beatsSegments() throws {
        let report = try SmallWorld.outcome.get().report
        #expect(report.measures.rows > 200)
        #expect(report.measures.logLoss < 0.9 * report.segmentMeasures.logLoss)
        #expect(report.measures.brier < report.segmentMeasures.brier)
        #expect(try #require(report.measures.auc) > 0.75)
        #expect(report.comparison.rival == .segmentRate && report.comparison.verdict == .better)
        #expect(report.comparison.rows == report.measures.rows && report.championMeasures == nil)
        #expect(report.cut > SyntheticPayers.start && report.cut < SmallWorld.trainedUntil)
    }

    @Test("The same histories give the same bytes, in whatever order they come") func repeats() throws {
        let histories = Array(SmallWorld.payers.histories.prefix(400))
        let first = try SmallWorld.train(histories)
        let second = try SmallWorld.train(histories.reversed())
        #expect(first.artifact.fileBytes == second.artifact.fileBytes)
        #expect(first.report == second.report)
    }

    /// Learned from what had come by then.
    private static func champion(until: Timestamp) throws -> LearnedRetryModel {
        let past = SmallWorld.payers.histories.map { history in
            PayerHistory(
                customer: history.customer, payer: history.payer, charges: history.charges.filter { $0.observation.at < until })
        }
        return try SmallWorld.model(SmallWorld.train(past.filter { !$0.charges.isEmpty }, until: until).artifact)
    }

    @Test("The champion is judged only on charges that came after it, and with too few of them it is not compared")
    func comparesAfter() throws {
        let report = try SmallWorld.outcome.get().report
        let cut = report.cut
        let champion = try Self.champion(until: cut.advanced(by: .days(20)))
        let later = try SmallWorld.train(SmallWorld.payers.histories, comparingWith: .champion(champion)).report
        #expect(later.measures == report.measures)
        #expect(later.comparison.rival == .champion && later.comparison.gain != nil)
        #expect(later.comparison.rows > 50 && later.comparison.rows < report.measures.rows)
        #expect(later.championMeasures?.rows == later.comparison.rows)

        // It has learned from all that it would be judged on.
        let known = try SmallWorld.model(SmallWorld.outcome.get().artifact)
        let none = try SmallWorld.train(SmallWorld.payers.histories, comparingWith: .champion(known)).report
        #expect(none.comparison.verdict == .notCompared && none.comparison.rows == 0 && none.championMeasures == nil)
        let lost = try SmallWorld.train(SmallWorld.payers.histories, comparingWith: .unreadableChampion("its file is gone"))
        #expect(lost.report.comparison.verdict == .notCompared && lost.report.comparison.reason == "its file is gone")
        #expect(try lost.artifact.digest == SmallWorld.outcome.get().artifact.digest)
    }

    @Test("A charge teaches by what was known of its payer then") func knownThen() throws {
        let histories = SmallWorld.payers.histories
        // The same charges; of the first half of a payer's, another one of two is known.
        func changed(_ place: Int) -> [PayerHistory] {
            histories.map { history in
                let known = history.payer
                let before = PayerTraits(
                    country: nil, timeZone: known.timeZone, customerType: known.customerType, plan: known.plan,
                    amountMinor: known.amountMinor, currency: known.currency, issuer: nil, network: nil, funding: nil)
                let middle = history.charges.count / 2
                return PayerHistory(
                    customer: history.customer, payers: [before, known],
                    charges: history.charges.enumerated().map { index, charge in
                        PastCharge(
                            invoice: charge.invoice, dueAt: charge.dueAt, observation: charge.observation,
                            followsMethodChange: charge.followsMethodChange, payer: index < middle ? place : 1)
                    })
            }
        }
        let few = try SmallWorld.train(Array(changed(1).prefix(400))).artifact
        #expect(try few.digest == SmallWorld.train(Array(histories.prefix(400))).artifact.digest)
        #expect(try few.digest != SmallWorld.train(Array(changed(0).prefix(400))).artifact.digest)
    }

    @Test("The metadata says what was learned from, and that all of it was in the end") func metadata() throws {
        let outcome = try SmallWorld.outcome.get()
        let metadata = outcome.artifact.metadata
        #expect(metadata.format == GradientBoostedTrees.format)
        #expect(metadata.features == IssuerFeatures.schema)
        #expect(metadata.trainedUntil == SmallWorld.trainedUntil)
        #expect(metadata.rows > outcome.report.rowsLearnedFrom)
        guard case .object(let parameters) = metadata.parameters else {
            Issue.record("no object: \(metadata.parameters)")
            return
        }
        #expect(parameters["refittedOnAll"] == .bool(true))
    }

    @Test("Histories that teach nothing are refused in words") func refuses() throws {
        let history = SmallWorld.payers.histories[0]
        func error(_ histories: [PayerHistory]) -> RetryTrainingError? {
            #expect(throws: RetryTrainingError.self) { try SmallWorld.train(histories) }
        }
        func only(_ code: String, zone: String = "Europe/Berlin", customer: String = "c") -> PayerHistory {
            let traits = history.payer
            let payer = PayerTraits(
                country: traits.country, timeZone: zone, customerType: traits.customerType, plan: traits.plan,
                amountMinor: traits.amountMinor, currency: traits.currency, issuer: traits.issuer, network: traits.network,
                funding: traits.funding)
            let charge = PastCharge(
                invoice: "i", dueAt: SyntheticPayers.start, observation: ChargeObservation(at: SyntheticPayers.start, code: code),
                followsMethodChange: false)
            return PayerHistory(customer: customer, payer: payer, charges: [charge])
        }
        #expect(error([]) == .noCharges)
        #expect(error([only("00")]) == .noDeclines(charges: 1))
        #expect(error([only("51")]) == .noApprovals(charges: 1))
        #expect(error([only("00"), only("51", zone: "Nowhere", customer: "d")]) == .unknownTimeZone("Nowhere", customer: "d"))
        #expect(error([only("00"), only("51")]) == .customerTwice("c"))
        #expect(error([only("00"), only("51", customer: "d")]) == .tooShort(part: "learn from"))
    }

    @Test("Progress goes through all stages, and a cancelled task ends its training") func cancels() async throws {
        let histories = Array(SmallWorld.payers.histories.prefix(400))
        let training = Task {
            var stages: [RetryModelTraining.Progress.Stage] = []
            _ = try RetryModelTraining(BoostingTrainer()).train(on: histories, trainedUntil: SmallWorld.trainedUntil) { progress in
                if stages.last != progress.stage { stages.append(progress.stage) }
                #expect((0...1).contains(progress.share))
                if progress.stage == .allMoney { withUnsafeCurrentTask { $0?.cancel() } }
                #expect(progress.stage != .allIssuers)
                #expect(stages == Array(RetryModelTraining.Progress.Stage.allCases.prefix(stages.count)))
            }
        }
        await #expect(throws: RetryTrainingError.cancelled) { try await training.value }
    }

    @Test("A model whose parts are lacking or damaged within is refused, and the part named") func damagedParts() throws {
        let whole = try SmallWorld.outcome.get().artifact
        let garbage = Array("{\"patterns\":{}}".utf8)
        func refusal(_ others: [(part: ModelPart, bytes: [UInt8])]) throws -> ModelArtifactError? {
            let artifact = try ModelArtifact(model: Array(whole.model), others: others, metadata: whole.metadata)
            return #expect(throws: ModelArtifactError.self) { try SmallWorld.model(artifact) }
        }
        #expect(try refusal([]) == .missingPart(.funds))
        guard case .unreadablePart(.funds, _) = try refusal([(.funds, garbage)]) else {
            Issue.record("garbage was read as a part")
            return
        }
        let artifact = try ModelArtifact(model: Array(whole.model), metadata: whole.metadata)
        #expect(throws: ModelArtifactError.otherDigest(expected: artifact.digest, found: whole.digest)) {
            try LearnedRetryModel(artifact, trees: GradientBoostedTrees(whole))
        }
        let file = whole.fileBytes
        var numbers = SeededGenerator(3)
        for _ in 0..<40 {
            var changed = file
            changed[Int.random(in: 0..<file.count, using: &numbers)] ^= 1
            #expect(throws: ModelArtifactError.self) { try ModelArtifact(file: changed) }
            let length = Int.random(in: 1..<file.count, using: &numbers)
            #expect(throws: ModelArtifactError.self) { try ModelArtifact(file: Array(file.prefix(length))) }
        }
    }

    @Test("Trees of other features are refused") func otherFeatures() throws {
        var world = KnownWorld(seed: 2)
        let artifact = try GradientBoostedTrees.train(on: try world.rows(300), parameters: .small(rounds: 4)).sampleArtifact()
        let error = #expect(throws: ModelArtifactError.self) {
            try LearnedRetryModel(artifact, trees: GradientBoostedTrees(artifact))
        }
        guard case .otherFeatures = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
