import HindsightCore
import Synchronization

/// Ends what takes too long: one watch over all that is under way, since hardly anything ever needs it.
final class TimeLimits: Sendable {
    private struct Limit {
        let end: Timestamp
        let cancel: @Sendable () -> Void
    }

    private struct State {
        /// Of what is under way and has not been cancelled.
        var limits: [Int: Limit] = [:]
        var lastNumber = 0
        /// When the watch looks again; `nil` while nothing is known to end.
        var nextLook: Timestamp?
        /// Rung when something ends before that.
        var bell: AsyncStream<Void>.Continuation?
    }

    private let clock: any AwaitableClock
    private let state = Mutex(State())

    init(clock: any AwaitableClock) { self.clock = clock }

    /// - Returns: `nil` if the limit came first; then the work was cancelled.
    func within<Result: Sendable>(_ time: Duration, _ work: @escaping @Sendable () async -> Result) async -> Result? {
        let end = clock.now().advanced(by: time)
        return await withTaskGroup(of: Result?.self) { group in
            // On this thread: what answers at once has no need of another.
            group.addImmediateTask { await self.within(end, work) }
            return await group.next() ?? nil
        }
    }

    /// The work in a task of its own, which is cancelled at the limit.
    private func within<Result: Sendable>(_ end: Timestamp, _ work: @Sendable () async -> Result) async -> Result? {
        await withUnsafeCurrentTask { task in
            // Cancelled with the state locked, so never after `leave`: the task lives until then.
            nonisolated(unsafe) let task = task
            let number = enter(Limit(end: end) { task?.cancel() })
            let result = await work()
            return leave(number) ? result : nil
        }
    }

    /// Keeps the limits until the task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            let (earlier, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let next = cancelOverdue(at: clock.now(), bell)
            await clock.wait(until: next, or: earlier)
        }
    }

    private func enter(_ limit: Limit) -> Int {
        let (number, bell) = state.withLock { state in
            state.lastNumber += 1
            state.limits[state.lastNumber] = limit
            let isNext = state.nextLook.map { limit.end < $0 } ?? true
            if isNext { state.nextLook = limit.end }
            return (state.lastNumber, isNext ? state.bell : nil)
        }
        bell?.yield()
        return number
    }

    /// - Returns: Whether it came before its limit.
    private func leave(_ number: Int) -> Bool {
        state.withLock { $0.limits.removeValue(forKey: number) != nil }
    }

    /// - Returns: When the next limit is due.
    private func cancelOverdue(at now: Timestamp, _ bell: AsyncStream<Void>.Continuation) -> Timestamp? {
        state.withLock { state in
            // In the order in which they were set, so that a simulation repeats itself.
            for (number, limit) in state.limits.filter({ $0.value.end <= now }).sorted(by: { $0.key < $1.key }) {
                state.limits[number] = nil
                limit.cancel()
            }
            state.nextLook = state.limits.values.lazy.map { $0.end }.min()
            state.bell = bell
            return state.nextLook
        }
    }
}

extension AwaitableClock {
    /// Returns when the clock may have reached `instant`, when it is rung, or when the task is cancelled.
    ///
    /// - Parameters:
    ///   - instant: `nil` to wait for the bell alone.
    ///   - rings: Of this wait alone: a stream ends with the task that waits for it.
    func wait(until instant: Timestamp?, or rings: AsyncStream<Void>) async {
        await withTaskGroup { group in
            group.addTask { for await _ in rings { return } }
            if let instant {
                group.addTask {
                    do {
                        try await self.wait(until: instant)
                    } catch {
                        // Either it was rung first, or the work ends.
                    }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
