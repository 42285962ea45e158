/// What a comparison of two partitions comes to, in numbers rounded as they are reported.
package struct PartitionMeasures: Sendable, Equatable, Encodable {
    package let records: Int
    package let clusters: Int
    package let trueClusters: Int
    package let bCubed: Accuracy
    package let pairwise: Accuracy
    package let splits: Int
    package let merges: Int
    /// By record, a split as dear as a merge.
    package let mergeDistance: Double
    /// By record, a split as dear as ten merges: two people in one record do more harm than one person in two.
    package let mergeDistance10To1: Double
    package let centaurs: Int
    /// Centaurs of a million clusters.
    package let centaursPPM: Double
    /// The share of the true clusters that were found as they are.
    package let exactClustersShare: Double

    package init(_ comparison: PartitionComparison) {
        records = comparison.records
        clusters = comparison.clusters
        trueClusters = comparison.trueClusters
        bCubed = comparison.bCubed.rounded
        pairwise = comparison.pairwise.rounded
        splits = comparison.splits
        merges = comparison.merges
        mergeDistance = comparison.mergeDistance().rounded(toPlaces: Self.places)
        mergeDistance10To1 = comparison.mergeDistance(splitCost: 10).rounded(toPlaces: Self.places)
        centaurs = comparison.centaurs
        centaursPPM = (1_000_000 * Double(centaurs) / Double(clusters)).rounded(toPlaces: 1)
        exactClustersShare = (Double(comparison.exactClusters) / Double(trueClusters)).rounded(toPlaces: Self.places)
    }

    /// Decimal places of shares.
    package static let places = 5
}

extension Accuracy {
    package var rounded: Accuracy {
        var rounded = self
        rounded.precision = precision.rounded(toPlaces: PartitionMeasures.places)
        rounded.recall = recall.rounded(toPlaces: PartitionMeasures.places)
        rounded.f = f.rounded(toPlaces: PartitionMeasures.places)
        return rounded
    }
}

extension Double {
    /// The nearest decimal of so many places to the number as it is stored, as C's printf and Python's round find it: even where two are
    /// equally near.
    package func rounded(toPlaces places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = self * scale
        // What the product lost: a number just beside the middle may have been rounded into it.
        let lost = (-scaled).addingProduct(self, scale)
        let floor = scaled.rounded(.down)
        guard scaled - floor == 0.5, lost != 0 else { return scaled.rounded(.toNearestOrEven) / scale }
        return (lost > 0 ? floor + 1 : floor) / scale
    }
}
