import BillingRetries
import Foundation
import HindsightCore
import HindsightTesting
import Testing

@Suite("Probability calibration") struct ProbabilityCalibrationTests {
    private static func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

    /// Scores whose log-odds are those of the truth times `stretch` plus `shift`.
    private static func rows(seed: UInt64, count: Int, stretch: Double, shift: Double) -> (scores: [Float], labels: [Bool]) {
        var numbers = SeededGenerator(seed)
        var (scores, labels): ([Float], [Bool]) = ([], [])
        for _ in 0..<count {
            let logOdds = Double.random(in: -3...2, using: &numbers)
            scores.append(Float(logistic(stretch * logOdds + shift)))
            labels.append(Double.random(in: 0..<1, using: &numbers) < logistic(logOdds))
        }
        return (scores, labels)
    }

    @Test("A known distortion is undone", arguments: 0..<10) func undoes(seed: UInt64) throws {
        let (scores, labels) = Self.rows(seed: seed, count: 20_000, stretch: 2, shift: 0.5)
        let calibration = try ProbabilityCalibration(fitting: scores, labels: labels)
        #expect(abs(calibration.slope - 0.5) < 0.05)
        #expect(abs(calibration.intercept + 0.25) < 0.1)
        let calibrated = scores.map(calibration.probability(of:))
        let before = PredictionMeasures(probabilities: scores, labels: labels)
        let after = PredictionMeasures(probabilities: calibrated, labels: labels)
        #expect(after.logLoss < before.logLoss)
        #expect(after.deciles.allSatisfy { abs($0.predicted - $0.approved) < 0.05 })
    }

    @Test("It is the line of least loss: any other near it is worse", arguments: 0..<10) func isBest(seed: UInt64) throws {
        let (scores, labels) = Self.rows(seed: seed, count: 300, stretch: 0.7, shift: -0.4)
        let fitted = try ProbabilityCalibration(fitting: scores, labels: labels)
        let approved = Double(labels.count { $0 })
        let declined = Double(labels.count) - approved
        func loss(_ slope: Double, _ intercept: Double) -> Double {
            zip(scores, labels).reduce(0) { sum, row in
                let probability = Self.logistic(slope * log(Double(row.0) / (1 - Double(row.0))) + intercept)
                let target = row.1 ? (approved + 1) / (approved + 2) : 1 / (declined + 2)
                return sum - target * log(probability) - (1 - target) * log(1 - probability)
            }
        }
        let least = loss(fitted.slope, fitted.intercept)
        for (slope, intercept) in [(0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01), (0.01, 0.01), (-0.01, 0.01)] {
            #expect(loss(fitted.slope + slope, fitted.intercept + intercept) > least)
        }
    }

    @Test("A higher score never becomes a lower probability", arguments: 0..<20) func isMonotone(seed: UInt64) throws {
        let (scores, labels) = Self.rows(seed: seed, count: 200, stretch: 1.5, shift: 1)
        let calibration = try ProbabilityCalibration(fitting: scores, labels: labels)
        let grid = [Float(0)] + (0...10_000).map { Float($0) / 10_000 } + [1]
        let probabilities = grid.map(calibration.probability(of:))
        #expect(probabilities == probabilities.sorted())
        #expect(probabilities.allSatisfy { (0...1).contains($0) })
    }

    @Test("Weights count as rows, and classes that don't overlap leave it finite") func edges() throws {
        let scores: [Float] = [0.1, 0.2, 0.8, 0.9]
        let apart = try ProbabilityCalibration(fitting: scores, labels: [false, false, true, true])
        #expect(apart.slope.isFinite && apart.slope > 0)
        #expect(try ProbabilityCalibration(fitting: [0, 0, 1, 1], labels: [false, false, true, true]).slope > 0)
        let weighted = try ProbabilityCalibration(fitting: scores, labels: [false, true, false, true], weights: [3, 1, 2, 2])
        let written = try ProbabilityCalibration(
            fitting: [0.1, 0.1, 0.1, 0.2, 0.8, 0.8, 0.9, 0.9], labels: [false, false, false, true, false, false, true, true])
        #expect(abs(weighted.slope - written.slope) < 1e-6)
        #expect(abs(weighted.intercept - written.intercept) < 1e-6)
    }

    @Test("What cannot be calibrated is refused") func refusals() {
        #expect(throws: CalibrationError.oneClass(rows: 2)) { try ProbabilityCalibration(fitting: [0.1, 0.9], labels: [true, true]) }
        #expect(throws: CalibrationError.oneClass(rows: 0)) { try ProbabilityCalibration(fitting: [], labels: []) }
        #expect(throws: CalibrationError.notRising(slope: 0)) {
            try ProbabilityCalibration(fitting: [0.5, 0.5, 0.5], labels: [true, false, true])
        }
        #expect(throws: CalibrationError.self) {
            try ProbabilityCalibration(fitting: [0.1, 0.2, 0.8, 0.9], labels: [true, true, false, false])
        }
    }

    @Test("It is written and read without a loss; a falling line is not read") func travels() throws {
        let (scores, labels) = Self.rows(seed: 1, count: 100, stretch: 1, shift: 0)
        let calibration = try ProbabilityCalibration(fitting: scores, labels: labels)
        #expect(try JSON.decode(ProbabilityCalibration.self, from: JSON.encode(calibration)) == calibration)
        #expect(throws: DecodingError.self) {
            try JSON.decode(ProbabilityCalibration.self, from: Array(#"{"slope":-1,"intercept":0}"#.utf8))
        }
        #expect([Float(0), 0.3, 1].map(ProbabilityCalibration.none.probability(of:)) == [0, 0.3, 1])
    }

    @Test("Scores that tell nothing all become the share that they had", arguments: [0.1, 0.5, 0.9])
    func flat(share: Double) throws {
        let flat = ProbabilityCalibration.flat(at: share)
        for score: Float in [0, 0.3, 1] { #expect(abs(Double(flat.probability(of: score)) - share) < 1e-6) }
        #expect(try JSON.decode(ProbabilityCalibration.self, from: JSON.encode(flat)) == flat)
    }
}
