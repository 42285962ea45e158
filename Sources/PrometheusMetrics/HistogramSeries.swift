import CoreMetrics
import Synchronization

/// How many values there were of which size, and their sum. Times are in seconds.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    private let bounds: [Double]
    private let totals: Mutex<Totals>

    private struct Totals {
        /// For each bucket alone; the last one has no bound.
        var counts: [UInt64]
        var sum = 0.0
    }

    /// - Parameter bounds: In rising order.
    init(bounds: [Double]) {
        self.bounds = bounds
        totals = Mutex(Totals(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    /// Counts `value`, unless it is not a number: that has no size, and would spoil the sum for ever.
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bucket(of: value)
        totals.withLock { totals in
            totals.counts[bucket] += 1
            totals.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    /// The first bucket that reaches up to `value`.
    private func bucket(of value: Double) -> Int {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }

    func write(_ family: Family, _ labels: SeriesLabels, into exposition: inout Exposition) {
        // Taken at one moment, so that the count and the last bucket agree.
        let (counts, sum) = totals.withLock { ($0.counts, $0.sum) }
        var count: UInt64 = 0
        for (bucket, bound) in zip(counts, bounds + [.infinity]) {
            count += bucket
            exposition.sample(family.name, suffix: "_bucket", labels: labels, bound: bound, String(count))
        }
        exposition.sample(family.name, suffix: "_sum", labels: labels, sum.expositionText)
        exposition.sample(family.name, suffix: "_count", labels: labels, String(count))
    }
}
