import CustomerMDM
import HindsightTesting
import Testing

@Suite("Partitions compared") struct PartitionComparisonTests {
    /// The twelve mentions of the example of Bagga and Baldwin: five, two and five of one entity each.
    private let truth = Array("aaaaabbccccc")

    @Test("Two of the smaller clusters in one: the first answer of the paper of 1998") func smallGlued() {
        let comparison = PartitionComparison(found: Array("111112222222"), truth: truth)
        // (5 · 1 + 2 · 2/7 + 5 · 5/7) / 12
        expect(comparison.bCubed, precision: 16.0 / 21, recall: 1)
        // 10 + 21 pairs found, 10 + 1 + 10 of them right
        expect(comparison.pairwise, precision: 21.0 / 31, recall: 1)
        #expect(comparison.splits == 1 && comparison.merges == 0)
        #expect(comparison.mergeDistance() == 1.0 / 12)
        #expect(comparison.mergeDistance(splitCost: 10) == 10.0 / 12)
        #expect(comparison.records == 12 && comparison.clusters == 2 && comparison.trueClusters == 3)
        #expect(comparison.centaurs == 1 && comparison.exactClusters == 1)
    }

    @Test("The two large ones in one are worse by each card: the second answer") func largeGlued() {
        let comparison = PartitionComparison(found: Array("111112211111"), truth: truth)
        // (2 · 1 + 10 · 5/10) / 12
        expect(comparison.bCubed, precision: 7.0 / 12, recall: 1)
        expect(comparison.pairwise, precision: 21.0 / 46, recall: 1)
    }

    @Test("A cluster taken apart costs recall, and merges to put it together") func apart() {
        let comparison = PartitionComparison(found: Array("1123345"), truth: Array("aaaabbb"))
        // 11|2|3 of a, 3|4|5 of b: (2 · 1 + 1 + 1/2 + 1/2 + 1 + 1) / 7 and (2 · 2/4 + 1/4 + 1/4 + 1/3 + 1/3 + 1/3) / 7
        expect(comparison.bCubed, precision: 6.0 / 7, recall: 2.5 / 7)
        // two pairs found, one of them right; 6 + 3 true ones
        expect(comparison.pairwise, precision: 0.5, recall: 1.0 / 9)
        #expect(comparison.splits == 1 && comparison.merges == 4)
        #expect(comparison.centaurs == 1 && comparison.exactClusters == 0)
    }

    @Test("Where nothing belongs together and nothing was joined, all is right") func singletons() {
        let comparison = PartitionComparison(found: [1, 2, 3], truth: ["a", "b", "c"])
        expect(comparison.bCubed, precision: 1, recall: 1)
        expect(comparison.pairwise, precision: 1, recall: 1)
        #expect(comparison.mergeDistance() == 0 && comparison.exactClusters == 3)
    }

    @Test("Where all of what was joined is wrong, F is 0 and not a division by it") func nothingRight() {
        let comparison = PartitionComparison(found: [1, 1, 2, 2], truth: ["a", "b", "a", "b"])
        expect(comparison.pairwise, precision: 0, recall: 0)
        #expect(comparison.pairwise.f == 0)
        expect(comparison.bCubed, precision: 0.5, recall: 0.5)
    }

    @Test("Accuracies are those of going through all pairs of records", arguments: UInt64(0)..<100) func quadratic(seed: UInt64) {
        let (found, truth) = Self.partitions(seed)
        let comparison = PartitionComparison(found: found, truth: truth)
        var (precision, recall) = (0.0, 0.0)
        var (both, together, same) = (0, 0, 0)
        for one in found.indices {
            let isTogether = found.map { $0 == found[one] }
            let isSame = truth.map { $0 == truth[one] }
            let right = Double(zip(isTogether, isSame).count { $0 && $1 })
            precision += right / Double(isTogether.count(where: \.self)) / Double(found.count)
            recall += right / Double(isSame.count(where: \.self)) / Double(found.count)
            for other in 0..<one {
                if isTogether[other] { together += 1 }
                if isSame[other] { same += 1 }
                if isTogether[other], isSame[other] { both += 1 }
            }
        }
        expect(comparison.bCubed, precision: precision, recall: recall)
        expect(
            comparison.pairwise, precision: together == 0 ? 1 : Double(both) / Double(together),
            recall: same == 0 ? 1 : Double(both) / Double(same))
    }

    @Test("Splits and merges are those that the algorithm of the paper of 2010 counts", arguments: UInt64(0)..<100)
    func slices(seed: UInt64) {
        let (found, truth) = Self.partitions(seed)
        let comparison = PartitionComparison(found: found, truth: truth)
        var (splits, merges) = (0, 0)
        var built: Set<Int> = []
        for cluster in Set(found) {
            var rest = found.indices.filter { found[$0] == cluster }
            while let first = rest.first {
                let slice = truth[first]
                let left = rest.filter { truth[$0] != slice }
                if !left.isEmpty { splits += 1 }
                if !built.insert(slice).inserted { merges += 1 }
                rest = left
            }
        }
        #expect(comparison.splits == splits && comparison.merges == merges)
    }

    @Test("The merge distance is zero where the partitions are equal, and nowhere else") func zero() {
        var (equal, unequal) = (0, 0)
        for seed in UInt64(0)..<400 {
            let (found, truth) = Self.partitions(seed, most: 5)
            let isEqual = found.indices.allSatisfy { one in
                found.indices.allSatisfy { (found[one] == found[$0]) == (truth[one] == truth[$0]) }
            }
            let comparison = PartitionComparison(found: found, truth: truth)
            #expect((comparison.mergeDistance() == 0) == isEqual, "seed \(seed): \(found) \(truth)")
            #expect((comparison.exactClusters == comparison.trueClusters) == isEqual, "seed \(seed): \(found) \(truth)")
            if isEqual { equal += 1 } else { unequal += 1 }
        }
        #expect(equal > 20 && unequal > 20)
    }

    @Test(
        "The order of the records and the names of the clusters change no bit, and the two sides mirror each other",
        arguments: UInt64(0)..<50)
    func mirrored(seed: UInt64) {
        let (found, truth) = Self.partitions(seed)
        let comparison = PartitionComparison(found: found, truth: truth)
        var random = SeededGenerator(seed)
        let order = found.indices.shuffled(using: &random)
        let renamed = PartitionComparison(found: order.map { "cluster \(-found[$0])" }, truth: order.map { truth[$0] * 7 })
        #expect(PartitionMeasures(renamed) == PartitionMeasures(comparison))
        #expect(renamed.bCubed == comparison.bCubed && renamed.pairwise == comparison.pairwise)
        let turned = PartitionComparison(found: truth, truth: found)
        #expect(turned.bCubed.precision == comparison.bCubed.recall && turned.bCubed.recall == comparison.bCubed.precision)
        #expect(turned.pairwise.precision == comparison.pairwise.recall && turned.pairwise.recall == comparison.pairwise.precision)
        #expect(turned.splits == comparison.merges && turned.merges == comparison.splits)
    }

    /// Some records, each in a found and a true cluster.
    private static func partitions(_ seed: UInt64, most: Int = 60) -> (found: [Int], truth: [Int]) {
        var random = SeededGenerator(seed)
        let records = Int.random(in: 1...most, using: &random)
        let clusters = Int.random(in: 1...records, using: &random)
        let truth = (0..<records).map { _ in Int.random(in: 0..<clusters, using: &random) }
        // Mostly right, as an engine is.
        let found = truth.map { Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 0..<clusters, using: &random) : $0 + 1_000 }
        return (found, truth)
    }

    private func expect(_ accuracy: Accuracy, precision: Double, recall: Double, at location: SourceLocation = #_sourceLocation) {
        #expect(abs(accuracy.precision - precision) < 1e-12, sourceLocation: location)
        #expect(abs(accuracy.recall - recall) < 1e-12, sourceLocation: location)
        let f = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
        #expect(abs(accuracy.f - f) < 1e-12, sourceLocation: location)
    }
}
