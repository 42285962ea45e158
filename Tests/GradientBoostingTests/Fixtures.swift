import BillingRetries
import Foundation
import GradientBoosting
import HindsightCore
import HindsightTesting

/// A small world in which the chance of approval is known: it depends on the hour, on a pay day, and on whether the usage is known at all.
struct KnownWorld {
    static let features = FeatureSchema(version: 1, names: ["hour", "dayOfMonth", "usage", "noise"])
    static let cut = Timestamp(microsecondsSince1970: 1_790_000_000_000_000)

    var numbers: SeededGenerator

    init(seed: UInt64) { numbers = SeededGenerator(seed) }

    static func chance(hour: Float, dayOfMonth: Float, usage: Float) -> Double {
        let ofHour: Double = hour >= 9 && hour < 17 ? 0.8 : -1
        let ofDay = dayOfMonth < 3 ? 1.5 : -0.5
        return 1 / (1 + exp(-(ofHour + ofDay + (usage.isNaN ? -1.2 : 0.6))))
    }

    mutating func matrix(rows: Int) throws -> FeatureMatrix {
        var values: [Float] = []
        for _ in 0..<rows {
            values += [
                Float(Int.random(in: 0..<24, using: &numbers)), Float(Int.random(in: 1...28, using: &numbers)),
                Bool.random(using: &numbers) ? .nan : Float.random(in: 0...1, using: &numbers), Float.random(in: 0...1, using: &numbers),
            ]
        }
        return try FeatureMatrix(values, featureCount: 4)
    }

    mutating func rows(_ count: Int) throws -> LabelledRows {
        let matrix = try matrix(rows: count)
        let labels = Self.chances(of: matrix).map { Double.random(in: 0..<1, using: &numbers) < $0 }
        return try LabelledRows(matrix, labels: labels)
    }

    static func chances(of matrix: FeatureMatrix) -> [Double] {
        (0..<matrix.rowCount).map { row in
            chance(hour: matrix.values[4 * row], dayOfMonth: matrix.values[4 * row + 1], usage: matrix.values[4 * row + 2])
        }
    }
}

extension BoostingParameters {
    static func small(rounds: Int = 60, seed: UInt32 = 1) -> BoostingParameters {
        var parameters = BoostingParameters()
        (parameters.rounds, parameters.maximumDepth, parameters.seed) = (rounds, 4, seed)
        return parameters
    }
}

extension TrainedTrees {
    func sampleArtifact(calibration: ProbabilityCalibration = .none) throws -> ModelArtifact {
        try artifact(features: KnownWorld.features, trainedUntil: KnownWorld.cut, calibration: calibration)
    }
}
