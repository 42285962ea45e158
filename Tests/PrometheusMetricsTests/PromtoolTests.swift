import CoreMetrics
import PrometheusMetrics
import Testing

@Suite("Prometheus' own reader") struct PromtoolTests {
    @Test("reads the page and has nothing to say against it", .enabled(if: Promtool.isInstalled, Promtool.advice)) func check() throws {
        let registry = PrometheusRegistry(
            declarations: ProcessMetrics.declarations + [
                MetricDeclaration(name: "http_requests_total", help: "Requests\nby \\route.", kind: .counter),
                MetricDeclaration(name: "http_request_duration_seconds", help: "Duration of \"requests\".", kind: .histogram),
                MetricDeclaration(name: "log_position", help: "The log's head.", kind: .gauge),
            ])
        ProcessMetrics(registry: registry).refresh()
        let nasty = "\\ \" \n \r\n } # HELP \u{0} \u{1} \u{7F} é 👩‍👩‍👧"
        Counter(label: "http_requests_total", dimensions: [("route", nasty), ("__name__", "other")], factory: registry).increment()
        Timer(label: "http_request_duration_seconds", dimensions: [("le", "1"), ("route", nasty)], factory: registry).recordSeconds(3)
        for (index, value) in [Double.nan, .infinity, -.infinity, .leastNonzeroMagnitude, 1e300].enumerated() {
            Meter(label: "log_position", dimensions: [("shard", "\(index)")], factory: registry).set(value)
        }
        // A series that was refused shows as well.
        Meter(label: "http_requests_total", factory: registry).set(1)
        let (status, output) = try Promtool.check(registry.render())
        #expect(status == 0, "\(output)\n\(registry.text)")
        #expect(output == "")
    }

    @Test("objects to a page that is wrong", .enabled(if: Promtool.isInstalled, Promtool.advice)) func objects() throws {
        #expect(try Promtool.check(Array("# TYPE a counter\na 1\n".utf8)).status != 0)
    }
}
