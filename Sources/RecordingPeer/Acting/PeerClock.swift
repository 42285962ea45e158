import FoundationEssentials
import Synchronization

/// The machine's time and what a test has put it forward by, so that no test has to wait for a key to be forgotten.
final class PeerClock: Sendable {
    private struct State {
        var ahead: TimeInterval = 0
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
        var lastWaiter = 0
    }

    private let state = Mutex(State())

    func now() -> Date { Date().addingTimeInterval(state.withLock(\.ahead)) }

    /// Puts the clock forward; whoever waits looks at it again.
    func advance(by seconds: TimeInterval) {
        let waiters = state.withLock { state in
            state.ahead += seconds
            return state.waiters.values
        }
        for waiter in waiters { waiter.yield() }
    }

    /// Returns once the clock has reached `instant`.
    func wait(until instant: Date) async throws {
        while try await isAwaited(instant) {}
    }

    /// Waits until `instant` may have been reached; `false` if it had been already.
    private func isAwaited(_ instant: Date) async throws -> Bool {
        // There before the clock is looked at, so that no move is missed.
        let (moves, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.lastWaiter += 1
            state.waiters[state.lastWaiter] = continuation
            return state.lastWaiter
        }
        defer { state.withLock { $0.waiters[number] = nil } }
        let rest = instant.timeIntervalSince(now())
        guard rest > 0 else { return false }
        try await withThrowingTaskGroup { group in
            group.addTask { try await Task.sleep(for: .seconds(rest)) }
            group.addTask { for await _ in moves { return } }
            try await group.next()
            group.cancelAll()
        }
        return true
    }
}
