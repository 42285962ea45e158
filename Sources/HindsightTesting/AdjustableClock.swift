public import HindsightCore
import Synchronization

/// A clock that shows what it was set to last, also when that is earlier: machines' clocks do step back.
public final class AdjustableClock: WallClock {
    private let instant: Mutex<Timestamp>

    public init(at instant: Timestamp) {
        self.instant = Mutex(instant)
    }

    public func now() -> Timestamp { instant.withLock { $0 } }

    public func set(to instant: Timestamp) {
        self.instant.withLock { $0 = instant }
    }

    /// Moves the clock by `duration`, back if it is negative.
    public func move(by duration: Duration) {
        instant.withLock { $0 = $0.advanced(by: duration) }
    }
}
