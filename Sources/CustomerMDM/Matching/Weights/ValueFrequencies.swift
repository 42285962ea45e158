import Foundation

/// How many people share each value of a comparison: to have one of the rare surnames in common says more than one of the common ones.
///
/// Of the values it holds digests. Only the most common ones are listed; a value that isn't counts as the rarest that is.
package struct ValueFrequencies: Sendable, Equatable {
    /// To the weight of exact agreement, in 1/1000 bit, by the value's digest.
    private let adjustments: [UInt64: Int]
    private let ofOthers: Int

    /// - Parameters:
    ///   - counts: People by the digest of the value.
    ///   - people: Who have any value.
    ///   - agreement: The chance that two people have the same value: what the weight of exact agreement supposes.
    init(counts: [UInt64: Int], ofOthers count: Int, people: Int, agreement: Double) {
        func adjustment(_ count: Int) -> Int {
            // Where nobody has a value there is nothing to adjust.
            agreement > 0 && people > 0 ? Int((1_000 * log2(agreement * Double(people) / Double(max(count, 1)))).rounded()) : 0
        }
        adjustments = counts.mapValues(adjustment)
        ofOthers = adjustment(count)
    }

    package func adjustment(of digest: UInt64) -> Int { adjustments[digest] ?? ofOthers }
}
