import HindsightCore
import SQLiteConnection
import Synchronization

/// Wakes those who wait for events: at once for appends of this process, within ``pollInterval`` for those of others.
final class Arrivals: Sendable {
    private struct State {
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        /// Tasks that were cancelled before they waited.
        var cancelled: Set<Int> = []
        var nextNumber = 0
        /// Counts what may have brought events, so that nothing slips in between asking and waiting.
        var rings = 0
        /// The last position that is known to be in the log: committed by this process, or asked for.
        var known: Position = 0
        /// Whether other processes may have committed since the log was asked.
        var isInDoubt = true
        var isClosed = false
        /// Runs while somebody waits, and a while longer: who waits again soon finds its connection open.
        var poller: Task<Void, Never>?
    }

    static let pollInterval = Duration.milliseconds(20)
    private let file: LogFile
    private let state = Mutex(State())

    init(file: LogFile) { self.file = file }

    /// Wakes everyone; each looks for itself whether there is what it waits for.
    ///
    /// - Parameter position: Committed by this process; `nil` if it was another one, or who knows.
    func notify(through position: Position? = nil) {
        let waiters: [Int: CheckedContinuation<Void, Never>] = state.withLock { state in
            if let position {
                guard position > state.known else { return [:] }
                state.known = position
            } else {
                state.isInDoubt = true
            }
            state.rings += 1
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Returns when there is an event after `position`, or when the task is cancelled.
    ///
    /// Waits on the caller's own executor: an actor that is at work anyway is not woken through a thread of the pool.
    /// - Parameter head: Asked where other processes may have committed.
    /// - Throws: `.unavailable` once the log is closed, to those who wait and to those who come.
    nonisolated(nonsending) func wait(
        after position: Position, head: () throws(EventLogError) -> Position
    ) async throws(EventLogError) {
        while true {
            let (known, isInDoubt, rings, isClosed) = state.withLock { state in
                // In doubt again from whatever comes while the log is asked.
                defer { state.isInDoubt = false }
                return (state.known, state.isInDoubt, state.rings, state.isClosed)
            }
            if known > position { return }
            if isClosed { throw .unavailable(reason: "the log is closed") }
            if isInDoubt, try ask(head) > position { return }
            if Task.isCancelled { return }
            await ring(after: rings)
        }
    }

    private func ask(_ head: () throws(EventLogError) -> Position) throws(EventLogError) -> Position {
        do {
            let position = try head()
            // Others that came meanwhile were in no doubt.
            notify(through: position)
            return position
        } catch {
            state.withLock { $0.isInDoubt = true }
            throw error
        }
    }

    /// Returns when there has been a ring after so many, or when the task is cancelled.
    private func ring(after seen: Int, isolation: isolated (any Actor)? = #isolation) async {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        await withTaskCancellationHandler {
            // Keeps the closure on the caller's executor.
            _ = isolation
            await withCheckedContinuation { waiter in
                let mustWait = state.withLock { state in
                    guard state.cancelled.remove(number) == nil, state.rings == seen, !state.isClosed else { return false }
                    state.waiters[number] = waiter
                    if state.poller == nil { state.poller = Task { await self.poll() } }
                    return true
                }
                if !mustWait { waiter.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: number)
                if waiter == nil { state.cancelled.insert(number) }
                return waiter
            }
            waiter?.resume()
        }
        state.withLock { _ = $0.cancelled.remove(number) }
    }

    /// Whether nobody waits any more; then the poller, which asks, ends.
    private func isForsaken() -> Bool {
        state.withLock { state in
            guard state.waiters.isEmpty else { return false }
            state.isInDoubt = true
            state.poller = nil
            return true
        }
    }

    /// Wakes everyone for the last time, and returns when nothing reads the file any more.
    func close() async {
        let (waiters, poller) = state.withLock { state in
            state.isClosed = true
            defer { (state.waiters, state.poller) = ([:], nil) }
            return (state.waiters, state.poller)
        }
        for waiter in waiters.values { waiter.resume() }
        poller?.cancel()
        await poller?.value
    }

    /// Asks SQLite for the counter that every commit of another connection changes, which costs no page read.
    private func poll() async {
        var reader: Reader?
        var seen: Int64?
        repeat {
            do {
                let open = try reader ?? file.openReader()
                reader = open
                let version = try file.translating { try open.connection.integer("PRAGMA data_version") }
                // The first answer counts as a change: what came before it was not watched.
                if version != seen { notify() }
                seen = open.seesWrites ? version : nil
                if !open.isCurrent { reader = nil }
            } catch {
                // Those who wait ask the log themselves and meet the same error, with an answer to give it to.
                reader = nil
                notify()
            }
            do { try await Task.sleep(for: Self.pollInterval) } catch { return }
        } while !Task.isCancelled && !isForsaken()
    }
}
