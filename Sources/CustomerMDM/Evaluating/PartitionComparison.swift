/// Two partitions of the same records side by side: the clusters that were found, and the true ones.
///
/// All measures follow from how many records each found cluster shares with each true one. So they depend neither on the names of the
/// clusters nor, to the last bit, on the order of the records.
package struct PartitionComparison: Sendable {
    /// The records of one found cluster that are in one true cluster.
    private struct Overlap {
        let shared: Int
        let found: Int
        let truth: Int
    }

    private struct Place: Hashable {
        let found: Int
        let truth: Int
    }

    package let records: Int
    package let clusters: Int
    package let trueClusters: Int
    /// Found clusters with records of two or more true ones: golden records of people that do not exist.
    package let centaurs: Int
    private let overlaps: [Overlap]

    /// - Parameters:
    ///   - found: The cluster of each record.
    ///   - truth: The true cluster of each record, in the same order.
    /// - Precondition: One or more records, as many in both.
    package init(found: [some Hashable], truth: [some Hashable]) {
        precondition(!found.isEmpty && found.count == truth.count, "each record has a found and a true cluster")
        let (found, truth) = (Self.numbered(found), Self.numbered(truth))
        var shared: [Place: Int] = [:]
        for (found, truth) in zip(found.numbers, truth.numbers) { shared[Place(found: found, truth: truth), default: 0] += 1 }
        var parts = [Int](repeating: 0, count: found.sizes.count)
        for place in shared.keys { parts[place.found] += 1 }
        records = found.numbers.count
        clusters = found.sizes.count
        trueClusters = truth.sizes.count
        centaurs = parts.count { $0 > 1 }
        overlaps = shared.map { Overlap(shared: $1, found: found.sizes[$0.found], truth: truth.sizes[$0.truth]) }
    }

    private static func numbered<Name: Hashable>(_ names: [Name]) -> (numbers: [Int], sizes: [Int]) {
        var known: [Name: Int] = [:]
        var sizes: [Int] = []
        let numbers = names.map { name in
            let number = known[name] ?? sizes.count
            if number == sizes.count {
                known[name] = number
                sizes.append(0)
            }
            sizes[number] += 1
            return number
        }
        return (numbers, sizes)
    }

    // MARK: - Accuracy

    /// B-cubed: of the records that share a record's cluster, how many belong there, on the average of all records; and of those that
    /// belong there, how many share it.
    ///
    /// Source: A. Bagga, B. Baldwin, "Entity-based cross-document coreferencing using the vector space model", COLING-ACL 1998.
    package var bCubed: Accuracy {
        Accuracy(precision: meanShare { $0.found }, recall: meanShare { $0.truth })
    }

    /// Each record's overlap as a share of a cluster's size. Whole numbers are summed by size first, so that nothing depends on the order.
    private func meanShare(of size: (Overlap) -> Int) -> Double {
        var squares: [Int: Int] = [:]
        for overlap in overlaps { squares[size(overlap), default: 0] += overlap.shared * overlap.shared }
        return squares.sorted { $0.key < $1.key }.reduce(0) { $0 + Double($1.value) / Double($1.key) } / Double(records)
    }

    /// Of the pairs of records in one cluster, how many are one person; and of the pairs of one person, how many are in one cluster. 1 where
    /// there are no such pairs.
    package var pairwise: Accuracy {
        let right = overlaps.reduce(0) { $0 + Self.pairs($1.shared) }
        // The overlaps of a cluster sum up to its size, so a size is counted in shares of it.
        let found = pairs { $0.found }
        let truth = pairs { $0.truth }
        return Accuracy(
            precision: found == 0 ? 1 : Double(right) / Double(found), recall: truth == 0 ? 1 : Double(right) / Double(truth))
    }

    private func pairs(within size: (Overlap) -> Int) -> Int {
        overlaps.reduce(0) { $0 + $1.shared * (size($1) - 1) } / 2
    }

    private static func pairs(_ records: Int) -> Int { records * (records - 1) / 2 }

    // MARK: - Distance

    /// How often a steward would have to take a cluster apart on the way to the truth: the splits of the merge distance.
    ///
    /// Generalised merge distance where each act costs the same: each found cluster is split into its overlaps, and each true one merged
    /// from its own, so the linear algorithm of the paper comes to these two counts.
    /// Source: D. Menestrina, S. E. Whang, H. Garcia-Molina, "Evaluating entity resolution results", VLDB 2010.
    package var splits: Int { overlaps.count - clusters }
    /// How often he would have to merge two parts: see ``splits``.
    package var merges: Int { overlaps.count - trueClusters }

    /// The merge distance by record; 0 only for equal partitions.
    ///
    /// - Parameter splitCost: How many merges a split counts for.
    package func mergeDistance(splitCost: Int = 1) -> Double { Double(splitCost * splits + merges) / Double(records) }

    /// True clusters that were found as they are.
    package var exactClusters: Int { overlaps.count { $0.shared == $0.found && $0.shared == $0.truth } }
}

/// How much of what was found is right, and how much of what is right was found.
package struct Accuracy: Sendable, Equatable, Codable {
    package var precision: Double
    package var recall: Double
    /// Their harmonic mean; 0 where both are.
    package var f: Double

    package init(precision: Double, recall: Double) {
        (self.precision, self.recall) = (precision, recall)
        f = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
    }
}
