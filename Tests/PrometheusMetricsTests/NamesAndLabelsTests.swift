import CoreMetrics
import PrometheusMetrics
import Testing

@Suite("Names and labels") struct NamesAndLabelsTests {
    private func series(_ labels: [(String, String)], of name: String = "a") -> String? {
        let registry = PrometheusRegistry()
        Meter(label: name, dimensions: labels, factory: registry).set(1)
        return registry.samples.first
    }

    @Test(
        "A name is brought into Prometheus' alphabet",
        arguments: [
            ("http.server.requests", "http_server_requests"), ("job:rate5m", "job:rate5m"), ("2xx", "_2xx"), ("", "_"),
            ("größe-µ", "gr__e__"),
            ("a\nb{c=\"d\"} 9", "a_b_c__d___9"), ("👩‍👩‍👧", "_____"),
        ])
    func names(name: String, sanitised: String) {
        #expect(series([], of: name) == "\(sanitised) 1")
    }

    @Test("Names that are the same in that alphabet are one metric, declared or not") func merging() {
        let registry = PrometheusRegistry(declarations: [MetricDeclaration(name: "log.size", help: "Bytes.", kind: .gauge)])
        Meter(label: "log_size", factory: registry).increment()
        Meter(label: "log-size", factory: registry).increment()
        #expect(registry.text == "# HELP log_size Bytes.\n# TYPE log_size gauge\nlog_size 2\n")
    }

    @Test(
        "A label's name has no colon, and not the two underscores that Prometheus keeps for itself",
        arguments: [("http.method", "http_method"), ("a:b", "a_b"), ("__name__", "_name__"), ("0", "_0"), ("", "_"), ("--", "_")])
    func labelNames(name: String, sanitised: String) {
        #expect(series([(name, "x")]) == "a{\(sanitised)=\"x\"} 1")
    }

    @Test("A label's value may be anything and stays on its line") func labelValues() {
        #expect(series([("x", "a\\b\"c\nd}, 1\r\té\u{0}\u{301}")]) == "a{x=\"a\\\\b\\\"c\\nd}, 1\r\té\u{0}\u{301}\"} 1")
        // Swift takes these two for one character, and must not hide the line break in it.
        #expect(series([("x", "\r\n")]) == "a{x=\"\r\\n\"} 1")
    }

    @Test("Of two labels of one name the last counts, and an empty value is no label") func oddLabels() {
        #expect(series([("b", "1"), ("a.b", "1"), ("a_b", "2")]) == #"a{a_b="2",b="1"} 1"#)
        #expect(series([("b", ""), ("c", "1"), ("c", "")]) == "a 1")
    }

    @Test("A histogram's own label is not taken by another, and other kinds leave it alone") func reserved() {
        let registry = PrometheusRegistry(declarations: [MetricDeclaration(name: "a", help: "", kind: .histogram, buckets: [])])
        Recorder(label: "a", dimensions: [("le", "x")], factory: registry).record(1)
        #expect(
            registry.samples == [#"a_bucket{exported_le="x",le="+Inf"} 1"#, #"a_sum{exported_le="x"} 1"#, #"a_count{exported_le="x"} 1"#])
        #expect(series([("le", "x")]) == #"a{le="x"} 1"#)
    }
}
