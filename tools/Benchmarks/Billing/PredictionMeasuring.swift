import BillingRetries
import Foundation
import GradientBoosting
import HindsightCore
import HindsightTesting
import SyntheticCustomers

/// Measures whole predictions, the trees by themselves, and their training, on invented payers.
struct PredictionMeasuring {
    /// What the trees are compared on: 200 trees of 20 features, 192 windows for a customer.
    private static let (trees, features, windows) = (200, 20, 192)

    /// Whole predictions one after the other: money, trees and plan to the deadline for a payer with a year of charges.
    func predictions(_ count: Int) throws -> [Sample] {
        let payers = try SyntheticPayers(count: 2_000, seed: 1)
        let watch = Stopwatch()
        let outcome = try RetryModelTraining(BoostingTrainer()).train(
            on: payers.histories, trainedUntil: SyntheticPayers.start.advanced(by: .days(320)))
        let charges = payers.histories.reduce(0) { $0 + $1.charges.count }
        let training = Sample(events: charges, seconds: watch.seconds).named("train-model")
        let model = try LearnedRetryModel(
            outcome.artifact, trees: GradientBoostedTrees(outcome.artifact, expecting: IssuerFeatures.schema))
        let questions = try (0..<count).map { try Self.question(payers.histories[$0 % payers.histories.count], number: $0) }
        for question in questions.prefix(100) { _ = try model.rank(question) }
        var (calls, planned) = ([UInt64](), 0)
        for question in questions {
            let watch = Stopwatch()
            let ranking = try model.rank(question)
            calls.append(watch.nanoseconds)
            if ranking.chosen != nil { planned += 1 }
        }
        guard planned > count / 2 else { throw BenchmarkFailure("only \(planned) of \(count) predictions chose a window") }
        return [Sample(name: "predict", events: count, calls: calls), training]
    }

    /// A payer whose last invoice was declined twice.
    private static func question(_ history: PayerHistory, number: Int) throws -> WindowQuestion {
        let dueAt = SyntheticPayers.start.advanced(by: .hours(24 * 320 + number % 700))
        let now = dueAt.advanced(by: .hours(20))
        return WindowQuestion(
            payer: history.payer, history: history.charges.map(\.observation),
            attempts: [ChargeObservation(at: dueAt, code: "51"), ChargeObservation(at: now, code: number.isMultiple(of: 3) ? "05" : "51")],
            dueAt: dueAt, now: now, opensAt: now, deadline: dueAt.advanced(by: .days(28)), triesLeft: 6,
            hours: LegalHours(from: 0, until: 24), horizonHours: 192, ruleAt: now.advanced(by: .hours(30)))
    }

    /// Rows for ours and for the peers: 20 numbers and the label, 4 bytes each.
    static func rows(_ count: Int, seed: UInt64 = 1) throws -> LabelledRows {
        var numbers = SeededGenerator(seed)
        var (values, labels): ([Float], [Bool]) = ([], [])
        values.reserveCapacity(count * features)
        for _ in 0..<count {
            let row = (0..<features).map { _ in Float.random(in: 0..<1, using: &numbers) }
            let step: Float = row[2] > 0.8 ? 1.5 : 0
            let logOdds: Float = 3 * row[0] - 2 * row[1] + step - 2 * row[3] * row[4]
            let chance = 1 / (1 + exp(-logOdds))
            labels.append(Float.random(in: 0..<1, using: &numbers) < chance)
            values += row
        }
        return try LabelledRows(FeatureMatrix(values, featureCount: features), labels: labels)
    }

    func write(_ count: Int, to path: String) throws {
        let rows = try Self.rows(count)
        var bytes = Data(capacity: count * (Self.features + 1) * 4)
        for (index, label) in rows.labels.enumerated() {
            let row = rows.matrix.values[(index * Self.features)..<((index + 1) * Self.features)] + [label ? 1 : 0]
            for value in row { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
        }
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// Training on so many rows, then the windows of customers one after the other.
    func trees(rows count: Int, customers: Int) throws -> [Sample] {
        var parameters = BoostingParameters()
        parameters.rounds = Self.trees
        let rows = try Self.rows(count)
        let watch = Stopwatch()
        let trained = try GradientBoostedTrees.train(on: rows, parameters: parameters)
        var samples = [Sample(events: count, seconds: watch.seconds).named("train-\(count)")]
        guard customers > 0 else { return samples }
        let names = (0..<Self.features).map { "feature\($0)" }
        let model = try GradientBoostedTrees(
            trained.artifact(
                features: FeatureSchema(version: 1, names: names), trainedUntil: SyntheticPayers.start, calibration: .none))
        let size = Self.windows * Self.features
        var calls: [UInt64] = []
        for customer in 0..<customers {
            let start = customer % (count / Self.windows) * size
            let matrix = try FeatureMatrix(Array(rows.matrix.values[start..<(start + size)]), featureCount: Self.features)
            let watch = Stopwatch()
            _ = try model.scores(for: matrix)
            calls.append(watch.nanoseconds)
        }
        samples.append(Sample(name: "customers", events: customers, calls: calls))
        return samples
    }
}
