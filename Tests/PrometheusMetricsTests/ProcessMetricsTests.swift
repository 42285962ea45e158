import Glibc
import PrometheusMetrics
import Testing

@Suite("Metrics of the process") struct ProcessMetricsTests {
    /// What the page says now, by name.
    private func numbers(_ metrics: ProcessMetrics, _ registry: PrometheusRegistry) -> [String: Double] {
        metrics.refresh()
        return registry.samples.reduce(into: [:]) { numbers, line in
            let parts = line.split(separator: " ")
            numbers[String(parts[0])] = Double(parts[1])
        }
    }

    @Test("The system's numbers are there, and are those of this process") func numbers() throws {
        let registry = PrometheusRegistry(declarations: ProcessMetrics.declarations)
        let metrics = ProcessMetrics(registry: registry)
        let before = numbers(metrics, registry)
        #expect(before.keys.sorted() == ProcessMetrics.declarations.map(\.name.description).sorted())
        #expect(try #require(before["process_resident_memory_bytes"]) > 1e6)
        let started = try #require(before["process_start_time_seconds"])
        #expect(started <= Double(time(nil)) + 1 && started > Double(time(nil)) - 86_400)
        #expect(try #require(before["process_open_fds"]) >= 3)
        #expect(try #require(before["process_max_fds"]) >= #require(before["process_open_fds"]))

        // What the process does shows: work for 50 ms of processor time, and 100 more files.
        let work = clock() + CLOCKS_PER_SEC / 20
        while clock() < work {}
        let files = (0..<100).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
        let after = numbers(metrics, registry)
        for file in files { close(file) }
        #expect(try #require(after["process_cpu_seconds_total"]) > #require(before["process_cpu_seconds_total"]))
        // Other tests open and close files at the same time.
        #expect(try #require(after["process_open_fds"]) > #require(before["process_open_fds"]) + 50)
        #expect(after["process_start_time_seconds"] == started)
    }
}
