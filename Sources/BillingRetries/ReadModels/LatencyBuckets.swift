/// How many answers took how long, in buckets of fixed bounds: sums of days have quantiles too. In JSON the counts alone.
package struct LatencyBuckets: Sendable, Equatable {
    /// Upper bounds in microseconds, inclusive. What took longer falls into one more bucket.
    package static let bounds = [
        100, 250, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 200_000, 300_000, 500_000, 1_000_000, 2_000_000, 5_000_000,
    ]

    /// By the order of ``bounds``; it ends with the last bucket that holds anything.
    package private(set) var counts: [Int] = []

    package init() {}

    package var total: Int { counts.reduce(0, +) }

    package mutating func note(microseconds: Int) {
        let bucket = Self.bounds.firstIndex { microseconds <= $0 } ?? Self.bounds.count
        grow(to: bucket + 1)
        counts[bucket] += 1
    }

    package mutating func add(_ other: Self) {
        grow(to: other.counts.count)
        for (bucket, count) in other.counts.enumerated() { counts[bucket] += count }
    }

    /// So many microseconds were enough for this share of the answers: the bound of the bucket that it ends in.
    ///
    /// - Returns: `nil` without answers; ``Int/max`` beyond the last bound.
    package func quantile(_ share: Double) -> Int? {
        let needed = share * Double(total)
        var seen = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            seen += count
            if Double(seen) >= needed { return bucket < Self.bounds.count ? Self.bounds[bucket] : .max }
        }
        return nil
    }

    private mutating func grow(to size: Int) {
        if counts.count < size { counts += Array(repeating: 0, count: size - counts.count) }
    }
}

extension LatencyBuckets: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        counts = try container.decode([Int].self)
        guard counts.count <= Self.bounds.count + 1 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "there are \(Self.bounds.count + 1) buckets")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(counts)
    }
}
