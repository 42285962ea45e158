import HindsightCore
import HindsightRuntime
import Testing

@Suite("Clocks") struct ClockTests {
    private let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

    @Test("Who waits for a clock that stands still goes on when it is set, and not before") func waits() async throws {
        let clock = ManualClock(at: start)
        let due = start.advanced(by: .seconds(60))
        async let waited: Void = clock.wait(until: due)
        clock.advance(to: start.advanced(by: .seconds(30)))
        clock.advance(to: due)
        try await waited
        #expect(clock.now() == due)
        // What is past is not waited for.
        try await clock.wait(until: start)
    }

    @Test("A wait ends when its task is cancelled") func cancels() async {
        let clock = ManualClock(at: start)
        let waiting = Task { try await clock.wait(until: start.advanced(by: .seconds(1))) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
