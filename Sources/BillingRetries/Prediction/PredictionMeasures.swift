import Foundation

/// How well predicted probabilities met what happened, on rows that the model has not learned from.
package struct PredictionMeasures: Sendable, Hashable, Codable {
    package let rows: Int
    /// Mean surprise in nats: 0 is perfect, and the base rate alone gives the entropy of the labels.
    package let logLoss: Double
    /// Mean squared distance from 0 or 1.
    package let brier: Double
    /// The chance that an approved row was scored above a declined one, equal scores counting half; `nil` if all ended alike.
    ///
    /// It says nothing of how good the chosen windows are: it compares customers as much as hours.
    package let auc: Double?
    /// Ten parts of equal size (as near as rows allow) from the lowest scores to the highest; fewer if there are fewer rows.
    package let deciles: [CalibrationBin]

    /// - Parameters:
    ///   - probabilities: From 0 to 1, at least one.
    ///   - weights: What a row counts for; `nil` when each counts for one.
    package init(probabilities: [Float], labels: [Bool], weights: [Float]? = nil) {
        precondition(!probabilities.isEmpty, "there is at least one row to measure on")
        precondition(
            probabilities.count == labels.count && labels.count == weights?.count ?? labels.count, "a label and a weight for each row")
        let order = probabilities.indices.sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
        let sorted = order.map { index in
            Row(probability: Double(probabilities[index]), isApproved: labels[index], weight: weights.map { Double($0[index]) } ?? 1)
        }
        rows = sorted.count
        logLoss = Self.logLoss(probabilities: probabilities, labels: labels, weights: weights)
        brier = Self.mean(sorted) { ($0.probability - ($0.isApproved ? 1 : 0)) * ($0.probability - ($0.isApproved ? 1 : 0)) }
        auc = Self.auc(sorted)
        let parts = min(10, sorted.count)
        deciles = (0..<parts).map { part in
            let bin = sorted[(sorted.count * part / parts)..<(sorted.count * (part + 1) / parts)]
            return CalibrationBin(
                rows: bin.count, predicted: Self.mean(bin, of: \.probability), approved: Self.mean(bin) { $0.isApproved ? 1 : 0 })
        }
    }

    /// A certain prediction that was wrong counts as one that was off by 10⁻¹⁵, so that the mean stays finite.
    package static func logLoss(probabilities: [Float], labels: [Bool], weights: [Float]? = nil) -> Double {
        var (loss, all) = (0.0, 0.0)
        for index in labels.indices {
            let weight = weights.map { Double($0[index]) } ?? 1
            let ofWhatHappened = labels[index] ? Double(probabilities[index]) : 1 - Double(probabilities[index])
            loss -= weight * log(max(ofWhatHappened, 1e-15))
            all += weight
        }
        return loss / all
    }

    private struct Row {
        let probability: Double
        let isApproved: Bool
        let weight: Double
    }

    private static func mean(_ rows: some Sequence<Row>, of value: (Row) -> Double) -> Double {
        var (sum, all) = (0.0, 0.0)
        for row in rows {
            sum += row.weight * value(row)
            all += row.weight
        }
        return all > 0 ? sum / all : 0
    }

    private static func auc(_ sorted: [Row]) -> Double? {
        var (pairs, declinedBelow, approved) = (0.0, 0.0, 0.0)
        var start = 0
        while start < sorted.count {
            var (approvedHere, declinedHere) = (0.0, 0.0)
            var end = start
            while end < sorted.count, sorted[end].probability == sorted[start].probability {
                if sorted[end].isApproved { approvedHere += sorted[end].weight } else { declinedHere += sorted[end].weight }
                end += 1
            }
            pairs += approvedHere * (declinedBelow + declinedHere / 2)
            declinedBelow += declinedHere
            approved += approvedHere
            start = end
        }
        return approved > 0 && declinedBelow > 0 ? pairs / (approved * declinedBelow) : nil
    }
}

/// What was predicted for a part of the rows, and what came of it.
package struct CalibrationBin: Sendable, Hashable, Codable {
    package let rows: Int
    /// The mean of the probabilities.
    package let predicted: Double
    /// The share that was approved.
    package let approved: Double

    package init(rows: Int, predicted: Double, approved: Double) {
        self.rows = rows
        self.predicted = predicted
        self.approved = approved
    }
}
