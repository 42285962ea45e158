import HindsightCore
import SQLiteConnection
import Synchronization

/// Wakes those who wait for events: at once for appends of this process, within ``pollInterval`` for those of others.
final class Arrivals: Sendable {
    private struct State {
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextNumber = 0
        /// The last position that this process has committed.
        var committed: Position = 0
        /// Runs while somebody waits, and a while longer: who waits again soon finds its connection open.
        var poller: Task<Void, Never>?
        var isClosed = false
    }

    static let pollInterval = Duration.milliseconds(20)
    private let file: LogFile
    private let state = Mutex(State())

    init(file: LogFile) { self.file = file }

    /// Wakes everyone; each looks for itself whether there is what it waits for.
    ///
    /// - Parameter position: Committed by this process; `nil` if it was another one, or who knows.
    func notify(through position: Position? = nil) {
        let waiters = state.withLock { state in
            state.committed = max(state.committed, position ?? 0)
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.yield() }
    }

    /// Returns when there is an event after `position`, or when the task is cancelled.
    ///
    /// - Parameter head: Asked after each arrival, unless this process knows from its own commits.
    /// - Throws: `.unavailable` once the log is closed, to those who wait and to those who come.
    func wait(after position: Position, head: () throws(EventLogError) -> Position) async throws(EventLogError) {
        func isThere() throws(EventLogError) -> Bool {
            if state.withLock({ $0.committed > position }) { return true }
            return try head() > position
        }
        let (arrivals, waiter) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = try enter(waiter)
        defer { leave(number) }
        // Asked after entering, so that nothing slips in between.
        if try isThere() { return }
        for await _ in arrivals {
            if try isThere() { return }
        }
        if !Task.isCancelled { throw Self.closed }
    }

    private static var closed: EventLogError { .unavailable(reason: "the log is closed") }

    private func enter(_ waiter: AsyncStream<Void>.Continuation) throws(EventLogError) -> Int {
        try state.withLock { state throws(EventLogError) in
            // A poller that began now would be ended by nobody.
            guard !state.isClosed else { throw Self.closed }
            let number = state.nextNumber
            state.nextNumber += 1
            state.waiters[number] = waiter
            if state.poller == nil { state.poller = Task { await self.poll() } }
            return number
        }
    }

    private func leave(_ number: Int) {
        state.withLock { $0.waiters[number] = nil }
    }

    /// Whether nobody waits any more; then the poller, which asks, ends.
    private func isForsaken() -> Bool {
        state.withLock { state in
            guard state.waiters.isEmpty else { return false }
            state.poller = nil
            return true
        }
    }

    /// Wakes everyone for the last time, and returns when nothing reads the file any more.
    func close() async {
        let (waiters, poller) = state.withLock { state in
            defer { state.poller = nil }
            state.isClosed = true
            return (Array(state.waiters.values), state.poller)
        }
        for waiter in waiters { waiter.finish() }
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
