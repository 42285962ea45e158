import BillingRetries
import Foundation
import HindsightTesting
import Testing

@Suite("Prediction measures") struct PredictionMeasuresTests {
    @Test("Four rows, worked by hand") func fourRows() throws {
        let measures = PredictionMeasures(probabilities: [0.75, 0.5, 0.25, 0.125], labels: [true, false, true, false])
        // −(ln ¾ + ln ½ + ln ¼ + ln ⅞) / 4
        #expect(abs(measures.logLoss - 0.625_163_751_7) < 1e-9)
        // (1/16 + 1/4 + 9/16 + 1/64) / 4
        #expect(measures.brier == 0.222_656_25)
        // Of four pairs (¾,½) (¾,⅛) (¼,⅛) are in order.
        #expect(measures.auc == 0.75)
        #expect(
            measures.deciles == [
                CalibrationBin(rows: 1, predicted: 0.125, approved: 0), CalibrationBin(rows: 1, predicted: 0.25, approved: 1),
                CalibrationBin(rows: 1, predicted: 0.5, approved: 0), CalibrationBin(rows: 1, predicted: 0.75, approved: 1),
            ])
    }

    @Test("Equal scores count half in the AUC; labels that are all alike have none") func ties() {
        let labels = [true, false, true, false]
        #expect(PredictionMeasures(probabilities: [0.5, 0.5, 0.5, 0.5], labels: labels).auc == 0.5)
        #expect(PredictionMeasures(probabilities: [0.5, 0.5, 0.75, 0.25], labels: labels).auc == 0.875)
        #expect(PredictionMeasures(probabilities: [0.9, 0.1], labels: [true, false]).auc == 1)
        #expect(PredictionMeasures(probabilities: [0.9, 0.1], labels: [false, true]).auc == 0)
        #expect(PredictionMeasures(probabilities: [0.9, 0.1], labels: [true, true]).auc == nil)
    }

    @Test("Half for everybody costs ln 2 and a quarter; certainty that was wrong costs much, and not infinitely much") func extremes() {
        let undecided = PredictionMeasures(probabilities: [0.5, 0.5], labels: [true, false])
        #expect(abs(undecided.logLoss - log(2)) < 1e-15)
        #expect(undecided.brier == 0.25)
        let right = PredictionMeasures(probabilities: [1, 0], labels: [true, false])
        #expect(right.logLoss == 0)
        #expect(right.brier == 0)
        let wrong = PredictionMeasures(probabilities: [0, 1], labels: [true, false])
        #expect(abs(wrong.logLoss + log(1e-15)) < 1e-9)
        #expect(wrong.brier == 1)
    }

    @Test("A weight counts as that many rows", arguments: 0..<50) func weights(seed: UInt64) throws {
        var numbers = SeededGenerator(seed)
        let count = Int.random(in: 2...40, using: &numbers)
        let probabilities = (0..<count).map { _ in Float(Int.random(in: 1...9, using: &numbers)) / 10 }
        let labels = (0..<count).map { $0 < 2 ? $0 == 0 : Bool.random(using: &numbers) }
        let weights = (0..<count).map { _ in Int.random(in: 1...4, using: &numbers) }
        let repeated = (0..<count).flatMap { [Int](repeating: $0, count: weights[$0]) }
        let weighted = PredictionMeasures(probabilities: probabilities, labels: labels, weights: weights.map(Float.init))
        let written = PredictionMeasures(probabilities: repeated.map { probabilities[$0] }, labels: repeated.map { labels[$0] })
        #expect(abs(weighted.logLoss - written.logLoss) < 1e-12)
        #expect(abs(weighted.brier - written.brier) < 1e-12)
        #expect(abs(try #require(weighted.auc) - (try #require(written.auc))) < 1e-12)
    }

    @Test("The AUC is the share of pairs in order, and deciles hold every row once", arguments: 0..<50) func pairs(seed: UInt64) throws {
        var numbers = SeededGenerator(seed)
        let count = Int.random(in: 2...60, using: &numbers)
        let probabilities = (0..<count).map { _ in Float(Int.random(in: 0...20, using: &numbers)) / 20 }
        let labels = (0..<count).map { $0 < 2 ? $0 == 0 : Bool.random(using: &numbers) }
        let measures = PredictionMeasures(probabilities: probabilities, labels: labels)
        var (inOrder, all) = (0.0, 0.0)
        for approved in labels.indices where labels[approved] {
            for declined in labels.indices where !labels[declined] {
                all += 1
                let (high, low) = (probabilities[approved], probabilities[declined])
                inOrder += high > low ? 1 : high == low ? 0.5 : 0
            }
        }
        #expect(abs(try #require(measures.auc) - inOrder / all) < 1e-12)
        #expect(measures.deciles.map(\.rows).reduce(0, +) == count)
        #expect(measures.deciles.count == min(10, count))
        let approved = measures.deciles.reduce(0) { $0 + $1.approved * Double($1.rows) }
        #expect(abs(approved - Double(labels.count { $0 })) < 1e-9)
        #expect(measures.deciles.map(\.predicted) == measures.deciles.map(\.predicted).sorted())
    }
}
