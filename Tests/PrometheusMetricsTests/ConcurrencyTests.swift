import CoreMetrics
import PrometheusMetrics
import Testing

@Suite("Metrics of many threads") struct ConcurrencyTests {
    @Test("No count is lost while others ask for the same series and somebody renders") func nothingIsLost() async {
        let registry = PrometheusRegistry(declarations: [
            MetricDeclaration(name: "events", help: "Events.", kind: .histogram, buckets: [0, 1, 2])
        ])
        let (tasks, rounds) = (8, 2_000)
        await withTaskGroup { group in
            for task in 0..<tasks {
                group.addTask {
                    let floating = FloatingPointCounter(label: "parts_total", factory: registry)
                    for round in 0..<rounds {
                        Counter(label: "rounds_total", dimensions: [("parity", "\(round % 2)")], factory: registry).increment()
                        Meter(label: "level", factory: registry).increment(by: 2)
                        Meter(label: "level", factory: registry).decrement()
                        floating.increment(by: 0.5)
                        Recorder(label: "events", factory: registry).record(task % 3)
                    }
                }
            }
            group.addTask {
                for _ in 0..<200 {
                    let counts = registry.samples.filter { $0.hasPrefix("events_count") || $0.contains("+Inf") }
                    #expect(Set(counts.map { $0.split(separator: " ").last }).count <= 1, "the last bucket and the count differ: \(counts)")
                }
            }
        }
        let all = tasks * rounds
        #expect(
            registry.samples == [
                "events_bucket{le=\"0\"} \(3 * rounds)", "events_bucket{le=\"1\"} \(6 * rounds)", "events_bucket{le=\"2\"} \(all)",
                "events_bucket{le=\"+Inf\"} \(all)", "events_sum \(7 * rounds)", "events_count \(all)", "level \(all)",
                "parts_total \(all / 2)", "rounds_total{parity=\"0\"} \(all / 2)", "rounds_total{parity=\"1\"} \(all / 2)",
            ])
    }
}
