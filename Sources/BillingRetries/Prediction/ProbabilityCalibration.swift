import Foundation

/// Turns a model's scores into probabilities that come true: a line over their log-odds, fitted on rows that the model has not learned from
/// (Platt, "Probabilistic outputs for support vector machines", 1999).
///
/// The slope of a fit is above zero, so a higher score never becomes a lower probability: windows keep their order, which the steps of an isotonic
/// fit would blur where it matters, among the best.
package struct ProbabilityCalibration: Sendable, Hashable, Codable {
    package let slope: Double
    package let intercept: Double

    /// Leaves scores as they are.
    package static let none = ProbabilityCalibration(slope: 1, intercept: 0)

    /// Gives every score the same probability, for scores that tell nothing.
    ///
    /// - Parameter share: From 0 to 1, both exclusive.
    package static func flat(at share: Double) -> ProbabilityCalibration {
        precondition(share > 0 && share < 1, "nothing is certain")
        return ProbabilityCalibration(slope: 0, intercept: log(share / (1 - share)))
    }

    private init(slope: Double, intercept: Double) {
        self.slope = slope
        self.intercept = intercept
    }

    private enum CodingKeys: String, CodingKey { case slope, intercept }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        slope = try container.decode(Double.self, forKey: .slope)
        intercept = try container.decode(Double.self, forKey: .intercept)
        guard slope.isFinite, slope >= 0, intercept.isFinite else {
            throw DecodingError.dataCorruptedError(
                forKey: .slope, in: container,
                debugDescription: "a calibration has a finite slope that is not below zero, and a finite intercept")
        }
    }

    /// - Parameter score: From 0 to 1.
    package func probability(of score: Float) -> Float {
        // Not by way of the logarithm and back, which would change the last digit.
        self == .none ? score : Float(Self.logistic(slope * Self.logOdds(score) + intercept))
    }

    /// Fits a line by Newton's method, on targets that keep it finite where the classes don't overlap (Lin, Lin and Weng, "A note on Platt's
    /// probabilistic outputs", 2007).
    ///
    /// - Parameters:
    ///   - scores: Of rows that the model has not learned from.
    ///   - labels: Whether each was approved.
    /// - Throws: `.oneClass` if all are alike, `.notRising` if higher scores were not approved more often.
    package init(fitting scores: [Float], labels: [Bool], weights: [Float]? = nil) throws(CalibrationError) {
        precondition(scores.count == labels.count && scores.count == weights?.count ?? scores.count, "a label and a weight for each score")
        var (approved, declined) = (0.0, 0.0)
        for index in labels.indices {
            let weight = weights.map { Double($0[index]) } ?? 1
            if labels[index] { approved += weight } else { declined += weight }
        }
        guard approved > 0, declined > 0 else { throw .oneClass(rows: labels.count) }
        guard scores.contains(where: { $0 != scores[0] }) else { throw .notRising(slope: 0) }
        let targets = (approved: (approved + 1) / (approved + 2), declined: 1 / (declined + 2))
        let points = labels.indices.map { index in
            Point(
                logOdds: Self.logOdds(scores[index]), target: labels[index] ? targets.approved : targets.declined,
                weight: weights.map { Double($0[index]) } ?? 1)
        }
        var line = Line(slope: 0, intercept: log((approved + 1) / (declined + 1)))
        line.settle(on: points)
        guard line.slope > 0 else { throw .notRising(slope: line.slope) }
        self.init(slope: line.slope, intercept: line.intercept)
    }

    /// Scores nearer to certainty than this count as this near.
    private static let nearest = 1e-7

    private static func logOdds(_ score: Float) -> Double {
        let probability = min(max(Double(score), nearest), 1 - nearest)
        return log(probability / (1 - probability))
    }

    private static func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

    private struct Point {
        let logOdds: Double
        let target: Double
        let weight: Double
    }

    private struct Line {
        var slope: Double
        var intercept: Double

        /// The log loss, in the form that doesn't overflow.
        private func loss(on points: [Point]) -> Double {
            points.reduce(0) { sum, point in
                let value = slope * point.logOdds + intercept
                return sum + point.weight * (max(value, 0) - point.target * value + log1p(exp(-abs(value))))
            }
        }

        mutating func settle(on points: [Point]) {
            var loss = loss(on: points)
            for _ in 0..<100 {
                // The ridge keeps the system solvable when nearly all scores are equal.
                var (slopeGradient, interceptGradient) = (0.0, 0.0)
                var (slopeCurvature, mixedCurvature, interceptCurvature) = (1e-12, 0.0, 1e-12)
                for point in points {
                    let probability = logistic(slope * point.logOdds + intercept)
                    let error = point.weight * (probability - point.target)
                    let curvature = point.weight * probability * (1 - probability)
                    slopeGradient += error * point.logOdds
                    interceptGradient += error
                    slopeCurvature += curvature * point.logOdds * point.logOdds
                    mixedCurvature += curvature * point.logOdds
                    interceptCurvature += curvature
                }
                guard max(abs(slopeGradient), abs(interceptGradient)) > 1e-9 * Double(points.count) else { return }
                let determinant = slopeCurvature * interceptCurvature - mixedCurvature * mixedCurvature
                let slopeStep = (interceptCurvature * slopeGradient - mixedCurvature * interceptGradient) / determinant
                let interceptStep = (slopeCurvature * interceptGradient - mixedCurvature * slopeGradient) / determinant
                guard let (next, nextLoss) = step(slopeStep, interceptStep, below: loss, on: points) else { return }
                (self, loss) = (next, nextLoss)
            }
        }

        /// The longest of ever shorter steps that lessens the loss; `nil` when none does, which is as near as numbers get.
        private func step(_ slopeStep: Double, _ interceptStep: Double, below loss: Double, on points: [Point]) -> (Line, Double)? {
            var length = 1.0
            while length > 1e-10 {
                let next = Line(slope: slope - length * slopeStep, intercept: intercept - length * interceptStep)
                let nextLoss = next.loss(on: points)
                if nextLoss < loss { return (next, nextLoss) }
                length /= 2
            }
            return nil
        }
    }
}

package enum CalibrationError: Error, Sendable, Equatable, CustomStringConvertible {
    case oneClass(rows: Int)
    case notRising(slope: Double)

    package var description: String {
        switch self {
        case .oneClass(let rows):
            "all \(rows) rows to calibrate on ended alike: hold out a longer time, so that it has approvals and declines"
        case .notRising(let slope):
            "higher scores were not approved more often (slope \(slope)): the model learned nothing that holds; train on more rows"
        }
    }
}
