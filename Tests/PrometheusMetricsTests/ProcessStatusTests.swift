import PrometheusMetrics
import Testing

@Suite("Status of a process") struct ProcessStatusTests {
    private static let fields =
        "S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 12345 1000000 300 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0"

    @Test("A process is read whatever it is called", arguments: ["hindsight", "a b", "x) R 1 2 (3", ""]) func names(name: String) throws {
        let status = try #require(ProcessStatus("42 (\(name)) \(Self.fields)\n", ticks: 100, page: 4_096))
        #expect(status.cpuSeconds == 3)
        #expect(status.startedAfterBoot == 123.45)
        #expect(status.residentBytes == 1_228_800)
    }

    @Test("Anything else is no status", arguments: ["", "42", "42 (a) S 1", "42 (a) \(fields.replacing("250", with: "many"))"])
    func otherText(text: String) {
        #expect(ProcessStatus(text, ticks: 100, page: 4_096) == nil)
    }
}
