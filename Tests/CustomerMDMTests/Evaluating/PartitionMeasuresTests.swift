import CustomerMDM
import Foundation
import HindsightTesting
import Testing

@Suite("Measures as they are reported") struct PartitionMeasuresTests {
    @Test("Shares have five places, and centaurs are told of a million clusters") func reported() {
        // Of three clusters one is of two people.
        let measures = PartitionMeasures(PartitionComparison(found: [1, 1, 2, 3, 3, 3], truth: ["a", "b", "c", "d", "d", "d"]))
        #expect(measures.centaurs == 1 && measures.centaursPPM == 333_333.3)
        // (1/2 + 1/2 + 1 + 3 · 1) / 6
        #expect(measures.bCubed.precision == 0.83333 && measures.bCubed.recall == 1 && measures.bCubed.f == 0.90909)
        #expect(measures.pairwise.precision == 0.75 && measures.pairwise.recall == 1)
        #expect(measures.splits == 1 && measures.merges == 0)
        #expect(measures.mergeDistance == 0.16667 && measures.mergeDistance10To1 == 1.66667)
        #expect(measures.exactClustersShare == 0.5)
    }

    @Test(
        "A number is rounded as it is stored, and to an even digit from the very middle",
        arguments: [
            (0.015625, 5, 0.01562), (0.046875, 5, 0.04688), (0.045, 2, 0.04), (2.675, 2, 2.67), (0.000025, 5, 0.00003),
            (0.000015, 5, 0.00002),
            (1.0, 5, 1.0), (0.0, 5, 0.0), (333_333.25, 1, 333_333.2),
        ])
    func rounded(number: Double, places: Int, expected: Double) {
        #expect(number.rounded(toPlaces: places) == expected)
    }

    @Test("Rounded numbers are those of printf", arguments: UInt64(0)..<50) func printed(seed: UInt64) {
        var random = SeededGenerator(seed)
        for _ in 0..<200 {
            // Near the middle between two decimals, where it matters.
            let middle = (Double(Int.random(in: 0..<200_000, using: &random)) + 0.5) / 100_000
            for number in [middle, middle.nextUp, middle.nextDown, Double.random(in: 0..<2, using: &random)] {
                #expect(number.rounded(toPlaces: 5) == Double(String(format: "%.5f", number)), "\(number)")
            }
        }
    }
}
