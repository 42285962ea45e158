public import HindsightCore
import FoundationEssentials
import Synchronization

/// A clock that can be waited for.
public protocol AwaitableClock: WallClock {
    /// Returns once the clock may have reached `instant`; it may return before, so look at it again.
    ///
    /// - Throws: `CancellationError`.
    func wait(until instant: Timestamp) async throws
}

/// The machine's clock.
public struct SystemClock: AwaitableClock {
    public init() {}

    /// The machine's clock may be set: it is looked at this often.
    private static let longestSleep = Duration.seconds(60)

    public func wait(until instant: Timestamp) async throws {
        try await Task.sleep(for: min(max(instant.since(now()), .zero), Self.longestSleep))
    }

    public func now() -> Timestamp {
        Timestamp(microsecondsSince1970: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }
}

/// A clock that stands still until it is set: for simulations, played histories and tests.
public final class ManualClock: AwaitableClock {
    private struct State {
        var instant: Timestamp
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
        var lastWaiter = 0
    }

    private let state: Mutex<State>

    public init(at instant: Timestamp) {
        state = Mutex(State(instant: instant))
    }

    public func now() -> Timestamp { state.withLock(\.instant) }

    /// Sets the clock to `instant`, or leaves it where it is if it is later already.
    public func advance(to instant: Timestamp) {
        move { max($0, instant) }
    }

    public func advance(by duration: Duration) {
        move { $0.advanced(by: duration) }
    }

    private func move(_ change: (Timestamp) -> Timestamp) {
        let waiters = state.withLock { state in
            state.instant = change(state.instant)
            return state.waiters.values
        }
        for waiter in waiters { waiter.yield() }
    }

    public func wait(until instant: Timestamp) async throws {
        let (moves, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.lastWaiter += 1
            state.waiters[state.lastWaiter] = continuation
            return state.lastWaiter
        }
        defer { state.withLock { $0.waiters[number] = nil } }
        var moved = moves.makeAsyncIterator()
        while now() < instant {
            // Ends when the task is cancelled.
            guard await moved.next() != nil else { throw CancellationError() }
        }
    }
}
