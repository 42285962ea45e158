public import HindsightCore
import FoundationEssentials
import Synchronization

/// The machine's clock.
public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Timestamp {
        Timestamp(microsecondsSince1970: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }
}

/// A clock that stands still until it is set: for simulations, played histories and tests.
public final class ManualClock: WallClock {
    private let instant: Mutex<Timestamp>

    public init(at instant: Timestamp) {
        self.instant = Mutex(instant)
    }

    public func now() -> Timestamp { instant.withLock { $0 } }

    /// Sets the clock to `instant`, or leaves it where it is if it is later already.
    public func advance(to instant: Timestamp) {
        self.instant.withLock { $0 = max($0, instant) }
    }

    public func advance(by duration: Duration) {
        instant.withLock { $0 = $0.advanced(by: duration) }
    }
}
