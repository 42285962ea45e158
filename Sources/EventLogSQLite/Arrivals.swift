import HindsightCore
import SQLiteConnection
import Synchronization

/// Wakes those who wait for events: at once for appends of this process, within ``pollInterval`` for those of others.
final class Arrivals: Sendable {
    private struct State {
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextNumber = 0
        var poller: Task<Void, Never>?
        var isPolling = false
    }

    static let pollInterval = Duration.milliseconds(20)
    private let file: LogFile
    private let state = Mutex(State())

    init(file: LogFile) { self.file = file }

    /// Wakes everyone; each looks for itself whether there is what it waits for.
    func notify() {
        for waiter in state.withLock({ Array($0.waiters.values) }) { waiter.yield() }
    }

    /// Returns when `isThere`, which is asked again after each arrival, or when the task is cancelled.
    func wait(until isThere: () throws(EventLogError) -> Bool) async throws(EventLogError) {
        let (arrivals, waiter) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = enter(waiter)
        defer { leave(number) }
        // Asked after entering, so that nothing slips in between.
        if try isThere() { return }
        for await _ in arrivals {
            if try isThere() { return }
        }
    }

    private func enter(_ waiter: AsyncStream<Void>.Continuation) -> Int {
        state.withLock { state in
            let number = state.nextNumber
            state.nextNumber += 1
            state.waiters[number] = waiter
            if !state.isPolling {
                state.isPolling = true
                state.poller = Task { await self.poll() }
            }
            return number
        }
    }

    private func leave(_ number: Int) {
        state.withLock { state in
            state.waiters[number] = nil
            guard state.waiters.isEmpty else { return }
            state.isPolling = false
            state.poller?.cancel()
        }
    }

    /// Wakes everyone for the last time, and returns when nothing reads the file any more.
    func close() async {
        let (waiters, poller) = state.withLock { (Array($0.waiters.values), $0.poller) }
        for waiter in waiters { waiter.finish() }
        poller?.cancel()
        await poller?.value
    }

    /// Asks SQLite for the counter that every commit of another connection changes, which costs no page read.
    private func poll() async {
        var reader: Reader?
        var seen: Int64?
        while !Task.isCancelled {
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
        }
    }
}
