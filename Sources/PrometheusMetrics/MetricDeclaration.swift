/// What is said up front about the metrics of one name: the text that explains them, their kind and the boundaries of their buckets.
package struct MetricDeclaration: Sendable {
    package enum Kind: String, Sendable {
        /// Only rises, until the process starts again. Its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts values by size. Those of timers are in seconds, and their name ends in `_seconds`.
        case histogram
    }

    /// Prometheus' own: for answers that take between 5 milliseconds and 10 seconds.
    package static let defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    package let name: MetricName
    package let help: String
    package let kind: Kind
    package let buckets: [Double]

    /// Declares one metric.
    ///
    /// - Parameters:
    ///   - help: A sentence for whoever sees only the name.
    ///   - buckets: The inclusive upper bounds of a histogram's buckets, in any order; the last one, `+Inf`, is always there.
    package init(name: String, help: String, kind: Kind, buckets: [Double] = Self.defaultBuckets) {
        self.name = MetricName(name)
        self.help = help
        self.kind = kind
        self.buckets = Set(buckets.filter(\.isFinite)).sorted()
    }
}
