import PrometheusMetrics

extension PrometheusRegistry {
    /// The whole page as text.
    var text: String { String(decoding: render(), as: UTF8.self) }

    /// The lines of the samples alone.
    var samples: [String] { text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") } }
}
