public import HindsightCore
public import HindsightRuntime
import Synchronization

/// The clock of a simulated machine: it shows the simulation's time, and a fault may set it.
///
/// Waiting goes by time that nobody sets, and for a minute at the longest, as it does on a real machine.
public final class SimulatedClock: AwaitableClock {
    private static let longestWait = Duration.seconds(60)

    private let loop: SimulationLoop
    private let start: Timestamp
    private let offset = Mutex(Duration.zero)

    init(_ loop: SimulationLoop, start: Timestamp) {
        self.loop = loop
        self.start = start
    }

    public func now() -> Timestamp { start.advanced(by: loop.elapsed + offset.withLock { $0 }) }

    public func wait(until instant: Timestamp) async throws {
        try await loop.sleep(for: min(max(instant.since(now()), .zero), Self.longestWait))
    }

    /// Sets the clock by `duration`, back if it is negative.
    func step(by duration: Duration) { offset.withLock { $0 += duration } }
}
