import CoreMetrics
import PrometheusMetrics
import Testing

@Suite("Prometheus registry") struct PrometheusRegistryTests {
    @Test("Families come in the order of their names, series in that of their labels, each with help and type")
    func exactText() {
        let registry = PrometheusRegistry(declarations: [
            MetricDeclaration(name: "requests_total", help: "Requests.", kind: .counter),
            MetricDeclaration(name: "append_seconds", help: "How long\nan append \\ takes.", kind: .histogram, buckets: [1, 0.25]),
            MetricDeclaration(name: "unused_total", help: "Nobody asked for it.", kind: .counter),
        ])
        let timer = Timer(label: "append_seconds", dimensions: [("outcome", "stored")], factory: registry)
        timer.recordMilliseconds(250)
        timer.recordMilliseconds(500)
        timer.recordSeconds(2)
        Counter(label: "requests_total", dimensions: [("route", "/v1/log")], factory: registry).increment(by: 2)
        Counter(label: "requests_total", dimensions: [("route", "/metrics")], factory: registry).increment()
        Meter(label: "head", factory: registry).set(41)
        #expect(
            registry.text == """
                # HELP append_seconds How long\\nan append \\\\ takes.
                # TYPE append_seconds histogram
                append_seconds_bucket{outcome="stored",le="0.25"} 1
                append_seconds_bucket{outcome="stored",le="1"} 2
                append_seconds_bucket{outcome="stored",le="+Inf"} 3
                append_seconds_sum{outcome="stored"} 2.75
                append_seconds_count{outcome="stored"} 3
                # TYPE head gauge
                head 41
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{route="/metrics"} 1
                requests_total{route="/v1/log"} 2

                """)
    }

    @Test("A registry of which nothing was asked renders nothing") func empty() {
        #expect(PrometheusRegistry(declarations: ProcessMetrics.declarations).text == "")
    }

    @Test("One label with the same dimensions, in any order, is one series") func sameSeries() {
        let registry = PrometheusRegistry()
        Counter(label: "a_total", dimensions: [("x", "1"), ("y", "2")], factory: registry).increment()
        Counter(label: "a_total", dimensions: [("y", "2"), ("x", "1")], factory: registry).increment(by: 2)
        FloatingPointCounter(label: "a_total", dimensions: [("x", "1"), ("y", "2")], factory: registry).increment(by: 0.5)
        #expect(registry.samples == [#"a_total{x="1",y="2"} 3.5"#])
    }

    @Test("A counter never falls, and is exact where a floating-point number is not") func counter() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "a_total", factory: registry)
        counter.increment(by: 9_007_199_254_740_993)
        counter.increment(by: -5)
        let parts = FloatingPointCounter(label: "b_total", factory: registry)
        parts.increment(by: 1.25)
        for amount in [-1, .nan, .infinity] { parts.increment(by: amount) }
        #expect(registry.samples == ["a_total 9007199254740993", "b_total 1.25"])
        counter.reset()
        parts.reset()
        #expect(registry.samples == ["a_total 0", "b_total 0"])
    }

    @Test("Meters and recorders that do not aggregate are gauges") func gauges() {
        let registry = PrometheusRegistry()
        let meter = Meter(label: "meter", factory: registry)
        meter.set(4)
        meter.increment(by: 0.5)
        meter.decrement()
        meter.increment(by: Double.nan)
        Gauge(label: "recorder", factory: registry).record(7)
        #expect(registry.text == "# TYPE meter gauge\nmeter 3.5\n# TYPE recorder gauge\nrecorder 7\n")
    }

    @Test(
        "Numbers are written as Prometheus reads them",
        arguments: [
            (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (-0.0, "0"), (0.1, "0.1"), (5e-05, "5e-05"), (1e20, "1e+20"),
            (-12, "-12"), (123_456_789_012_345, "123456789012345"),
        ])
    func numbers(number: Double, text: String) {
        let registry = PrometheusRegistry()
        Meter(label: "a", factory: registry).set(number)
        #expect(registry.samples == ["a \(text)"])
    }

    @Test("A recorder that aggregates counts a value in each bucket that reaches up to it, and what is no number in none")
    func histogram() {
        let buckets = [10, 1, 1, .infinity, .nan]
        let registry = PrometheusRegistry(declarations: [
            MetricDeclaration(name: "events", help: "", kind: .histogram, buckets: buckets)
        ])
        let recorder = Recorder(label: "events", factory: registry)
        for value in [1, 1.5, 10, 11, -3, .nan] { recorder.record(value) }
        #expect(
            registry.samples == [
                #"events_bucket{le="1"} 2"#, #"events_bucket{le="10"} 4"#, #"events_bucket{le="+Inf"} 5"#, "events_sum 20.5",
                "events_count 5",
            ])
        recorder.record(Double.infinity)
        #expect(registry.samples.suffix(3) == [#"events_bucket{le="+Inf"} 6"#, "events_sum +Inf", "events_count 6"])
    }

    @Test("A histogram that nobody declared has the usual buckets") func defaultBuckets() {
        let registry = PrometheusRegistry()
        Timer(label: "wait_seconds", factory: registry).recordNanoseconds(20_000_000)
        let bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]
        let buckets = bounds.enumerated().map { "wait_seconds_bucket{le=\"\($1)\"} \($0 < 2 ? 0 : 1)" }
        #expect(registry.samples == buckets + ["wait_seconds_sum 0.02", "wait_seconds_count 1"])
    }

    @Test("A destroyed metric stays, unless its owner wants it to go") func destroying() {
        let (keeping, forgetting) = (PrometheusRegistry(), PrometheusRegistry(forgetsDestroyed: true))
        for registry in [keeping, forgetting] {
            let counter = Counter(label: "a_total", factory: registry)
            counter.increment()
            Counter(label: "a_total", dimensions: [("x", "1")], factory: registry).increment()
            counter.destroy()
            counter.increment()
        }
        #expect(keeping.samples == ["a_total 2", #"a_total{x="1"} 1"#])
        #expect(forgetting.samples == [#"a_total{x="1"} 1"#])
    }
}
