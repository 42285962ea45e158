import CoreMetrics
import PrometheusMetrics
import Testing

@Suite("Refused series") struct RefusedSeriesTests {
    @Test("A name keeps as many series as it may, and further ones are counted and dropped") func limit() {
        let registry = PrometheusRegistry(seriesLimit: 2)
        for path in ["a", "b", "c", "a", "d"] {
            Counter(label: "hits_total", dimensions: [("path", path)], factory: registry).increment()
        }
        #expect(
            registry.samples == [
                #"hits_total{path="a"} 2"#, #"hits_total{path="b"} 1"#,
                #"prometheus_registry_refused_series_total{metric="hits_total",reason="limit"} 2"#,
            ])
    }

    @Test("A name is of one kind, and who takes it for another counts for nobody") func kind() {
        let registry = PrometheusRegistry(declarations: [MetricDeclaration(name: "events", help: "Events.", kind: .histogram)])
        let counter = Counter(label: "events", factory: registry)
        counter.increment()
        Meter(label: "events", factory: registry).set(1)
        Gauge(label: "events", factory: registry).record(1)
        FloatingPointCounter(label: "events", factory: registry).increment()
        Counter(label: "hits_total", factory: registry).increment()
        Timer(label: "hits_total", factory: registry).recordNanoseconds(1)
        Recorder(label: "hits_total", factory: registry).record(1)
        #expect(
            registry.samples == [
                "hits_total 1", #"prometheus_registry_refused_series_total{metric="events",reason="kind"} 4"#,
                #"prometheus_registry_refused_series_total{metric="hits_total",reason="kind"} 2"#,
            ])
    }

    @Test("What is refused may be used and destroyed like any other metric") func harmless() {
        let registry = PrometheusRegistry(seriesLimit: 0, forgetsDestroyed: true)
        let timer = Timer(label: "wait_seconds", factory: registry)
        timer.recordNanoseconds(1)
        timer.destroy()
        #expect(registry.samples == [])
    }
}
