import HindsightCore
import Synchronization

/// Ends what takes too long: one watch over all that is under way, since hardly anything ever needs it.
final class TimeLimits: Sendable {
    private struct Limit {
        let end: Timestamp
        let cancellation: Cancellation
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
            nonisolated(unsafe) let task = task
            let cancellation = Cancellation { task?.cancel() }
            let number = enter(Limit(end: end, cancellation: cancellation))
            let result = await work()
            let isInTime = leave(number)
            // The task lives until here.
            cancellation.disarm()
            return isInTime ? result : nil
        }
    }

    /// Keeps the limits until the task is cancelled.
    func watch() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let (earlier, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                let (overdue, next) = takeOverdue(at: clock.now(), bell)
                // Each in a task of its own: what the work does when it is cancelled may take its time, and holds up no other.
                for cancellation in overdue { group.addTask { cancellation.carryOut() } }
                await clock.wait(until: next, or: earlier)
            }
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

    /// - Returns: What is to be cancelled, in the order in which it was begun, so that a simulation repeats itself; when the next limit is
    ///   due.
    private func takeOverdue(at now: Timestamp, _ bell: AsyncStream<Void>.Continuation) -> ([Cancellation], next: Timestamp?) {
        state.withLock { state in
            let overdue = state.limits.filter { $0.value.end <= now }.sorted { $0.key < $1.key }
            for (number, _) in overdue { state.limits[number] = nil }
            state.nextLook = state.limits.values.lazy.map { $0.end }.min()
            state.bell = bell
            return (overdue.map(\.value.cancellation), state.nextLook)
        }
    }
}

/// Cancels a task, and never one that has ended: either waits for the other.
private final class Cancellation: Sendable {
    private let body: Mutex<(@Sendable () -> Void)?>

    init(_ body: @escaping @Sendable () -> Void) { self.body = Mutex(body) }

    func carryOut() { body.withLock { $0?() } }

    /// From now on there is nothing to cancel.
    func disarm() { body.withLock { $0 = nil } }
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
