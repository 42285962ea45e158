import HindsightCore
import HindsightRuntime
import HindsightTesting
import Synchronization

/// The clock of a machine on which weeks pass: it waits for the instant itself, and everybody looks at it when it is set.
final class BillingClock: AwaitableClock {
    private let loop: SimulationLoop
    private let start: Timestamp
    private let offset = Mutex(Duration.zero)

    init(_ loop: SimulationLoop, start: Timestamp) {
        self.loop = loop
        self.start = start
    }

    func now() -> Timestamp { start.advanced(by: loop.elapsed + offset.withLock { $0 }) }

    func wait(until instant: Timestamp) async throws { try await loop.sleep(for: max(instant.since(now()), .zero)) }

    /// Sets the clock by `duration`, back if it is negative.
    func step(by duration: Duration) {
        offset.withLock { $0 += duration }
        loop.wakeAll()
    }
}
