import EventLogMemory
import HindsightTesting
import Testing

extension EventLogEngine {
    fileprivate static let memory = EventLogEngine { MemoryEventLog(clock: $0) }
}

@Suite("Memory event log") struct MemoryEventLogConformanceTests {
    @Test("keeps every promise", arguments: EventLogCheck.all)
    func conforms(_ check: EventLogCheck) async throws { try await check.run(on: .memory) }

    @Test("keeps step with a plain model over random histories", arguments: EventLogHistory.seeds(200))
    func keepsStep(_ history: EventLogHistory) async throws { try await history.run(on: .memory) }
}
