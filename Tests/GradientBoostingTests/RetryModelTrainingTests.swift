import BillingRetries
import GradientBoosting
import HindsightCore
import HindsightTesting
import Synchronization
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
        #expect(try #require(later.comparedFrom) > champion.trainedUntil)
        // Nothing has changed since, so to have learned from more months makes it no better.
        #expect(later.comparison.verdict == .notBetter)

        // It has learned from all that it would be judged on.
        let known = try SmallWorld.model(SmallWorld.outcome.get().artifact)
        let none = try SmallWorld.train(SmallWorld.payers.histories, comparingWith: .champion(known)).report
        #expect(none.comparison.verdict == .notCompared && none.comparison.rows == 0 && none.championMeasures == nil)
        let lost = try SmallWorld.train(SmallWorld.payers.histories, comparingWith: .unreadableChampion("its file is gone"))
        #expect(lost.report.comparison.verdict == .notCompared && lost.report.comparison.reason == "its file is gone")
        #expect(try lost.artifact.digest == SmallWorld.outcome.get().artifact.digest)
    }

    @Test("What is held against the champion has learned from half of what came since, and from nothing that both are judged on")
    func learnsSince() throws {
        let histories = SmallWorld.payers.histories
        let champion = try Self.champion(until: SmallWorld.outcome.get().report.cut.advanced(by: .days(10)))
        func learned(_ histories: [PayerHistory]) throws -> (report: RetryModelTraining.Report, labels: [[Bool]]) {
            var parameters = BoostingParameters.retries
            parameters.rounds = 4
            let trainer = WatchedTrainer(BoostingTrainer(parameters))
            let outcome = try RetryModelTraining(trainer)
                .train(on: histories, trainedUntil: SmallWorld.trainedUntil, comparingWith: .champion(champion))
            return (outcome.report, trainer.labels)
        }
        let (report, labels) = try learned(histories)
        let start = try #require(report.comparedFrom)
        #expect(labels.count == 3 && labels[0].count == report.rowsLearnedFrom)
        #expect(labels[0].count < labels[1].count && labels[1].count < labels[2].count)
        let half = histories.flatMap(\.charges).filter { $0.observation.at > champion.trainedUntil }
        // Some lie at one instant.
        #expect(abs(half.count { $0.observation.at < start } - half.count / 2) < 20)

        // Other answers from then on: other models, but for those two.
        let changed = try learned(
            histories.map { history in
                history.answered { charge in charge.observation.at < start ? charge.observation.code : "05" }
            })
        #expect(changed.labels[0] == labels[0] && changed.labels[1] == labels[1] && changed.labels[2] != labels[2])
    }

    /// A bank that nobody knew takes over another's payers and refuses most charges, while all others refuse fewer: as many are approved as
    /// before, so no calibration tells.
    private static func takenOver(at change: Timestamp) throws -> [PayerHistory] {
        var numbers = SeededGenerator(7)
        return try SmallWorld.payers.histories.map { history in
            let before = history.payer
            let zone = try #require(CustomerZone(before.timeZone))
            let isTaken = before.issuer == "bank-0"
            let after = PayerTraits(
                country: before.country, timeZone: before.timeZone, customerType: before.customerType, plan: before.plan,
                amountMinor: before.amountMinor, currency: before.currency, issuer: isTaken ? "bank-9" : before.issuer,
                network: before.network, funding: before.funding)
            let refusesAtNight = ["bank-0", "bank-2", "bank-4"].contains(before.issuer)
            let charges = history.charges.map { charge in
                let at = charge.observation.at
                let isAfter = at >= change
                let usual = refusesAtNight && WallHour(at, in: zone).hour < 6 ? 50 : (isAfter ? 2 : 14)
                let isRefused = Int.random(in: 0..<100, using: &numbers) < (isAfter && isTaken ? 80 : usual)
                let code = charge.observation.code == "51" ? "51" : isRefused ? "05" : ChargeObservation.approval
                return PastCharge(
                    invoice: charge.invoice, dueAt: charge.dueAt, observation: ChargeObservation(at: at, code: code),
                    followsMethodChange: false, payer: isAfter ? 1 : 0)
            }
            return PayerHistory(customer: history.customer, payers: [before, after], charges: charges)
        }
    }

    @Test("Where banks have changed since the champion was trained, the new model is found to be better") func habitsChange() throws {
        let change = try SmallWorld.outcome.get().report.cut
        let histories = try Self.takenOver(at: change)
        let known = histories.map { history in
            PayerHistory(
                customer: history.customer, payers: history.payers, charges: history.charges.filter { $0.observation.at < change })
        }
        let champion = try SmallWorld.model(SmallWorld.train(known.filter { !$0.charges.isEmpty }, until: change).artifact)
        let report = try SmallWorld.train(histories, comparingWith: .champion(champion)).report
        #expect(report.comparison.verdict == .better, "\(report.comparison)")
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

/// Remembers the labels of each training.
private final class WatchedTrainer: TreeTrainer {
    private let trainer: BoostingTrainer
    private let seen = Mutex<[[Bool]]>([])

    init(_ trainer: BoostingTrainer) { self.trainer = trainer }

    var labels: [[Bool]] { seen.withLock { $0 } }
    var format: String { trainer.format }
    var engineVersion: String { trainer.engineVersion }
    var parameters: JSONValue { trainer.parameters }

    func train(on rows: LabelledRows, progress: (Double) -> Void) throws -> any GrownTrees {
        seen.withLock { $0.append(rows.labels) }
        return try trainer.train(on: rows, progress: progress)
    }
}

extension PayerHistory {
    /// The same charges with other answers.
    fileprivate func answered(_ code: (PastCharge) -> String?) -> PayerHistory {
        PayerHistory(
            customer: customer, payers: payers,
            charges: charges.map { charge in
                PastCharge(
                    invoice: charge.invoice, dueAt: charge.dueAt,
                    observation: ChargeObservation(at: charge.observation.at, code: code(charge)),
                    followsMethodChange: charge.followsMethodChange, method: charge.method, payer: charge.payer)
            })
    }
}
