import EventLogMemory
import HindsightTesting
import Testing

@Suite("Memory event log") struct MemoryEventLogConformanceTests {
    @Test("keeps every promise", arguments: EventLogCheck.all)
    func conforms(_ check: EventLogCheck) async throws {
        try await check.run { MemoryEventLog(clock: $0) }
    }
}
