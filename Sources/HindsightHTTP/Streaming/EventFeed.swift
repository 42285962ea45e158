import DequeModule
import HindsightCore
import Synchronization

/// The newest events, read once for everybody who listens.
///
/// A listener takes what it has not seen; while it is slow, nothing waits for it and nothing is kept for it: once it is behind the events
/// that the feed still has, it reads from the log until it has caught up.
final class EventFeed: Sendable {
    /// An event as listeners need it: what filters look at, and its JSON.
    struct Entry: Sendable {
        let position: Position
        let stream: StreamName
        let type: EventType
        let tags: [Tag]
        let json: [UInt8]
    }

    enum News: Sendable {
        /// Everything after the position asked for, in order; never empty.
        case events([Entry])
        /// The feed no longer has everything after the position: read it from the log.
        case behind
        /// Nothing new for a while.
        case quiet
        /// The server stops.
        case closed
    }

    private struct State {
        /// All events with positions after `begin`.
        var entries: Deque<Entry> = []
        var begin: Position = 0
        var end: Position = 0
        var bytes = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
        var listeners = 0
        var isClosed = false
    }

    private let log: any EventLog
    private let state = Mutex(State())
    private static let mostEntries = 4_096
    private static let mostBytes = 8 << 20
    /// A listener hears at least so often that there is nothing new.
    private static let tick = Duration.seconds(1)
    /// After so long without a word a client is sent a comment: with a tick, within 15 seconds.
    static let heartbeat = Duration.seconds(14)

    init(_ log: any EventLog) { self.log = log }

    /// Follows the log until the task is cancelled. What goes wrong is told, and tried again: no listener misses anything by it.
    func run(onTrouble: @Sendable (any Error) -> Void) async {
        defer { close() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    do { try await Task.sleep(for: Self.tick) } catch { return }
                    self.wakeAll()
                }
            }
            while !Task.isCancelled {
                do {
                    try await follow()
                } catch is CancellationError {
                    break
                } catch {
                    onTrouble(error)
                    do { try await Task.sleep(for: Self.tick) } catch { break }
                }
            }
            group.cancelAll()
        }
    }

    private func follow() async throws {
        var position = state.withLock(\.end)
        if position == 0 {
            position = try await log.head().position
            skip(to: position)
        }
        while true {
            try await log.waitForEvents(after: position)
            try Task.checkCancellation()
            if listeners == 0 {
                position = try await log.head().position
                skip(to: position)
                continue
            }
            var page: [Entry] = []
            try await log.scan(EventSelection(after: position, until: position + 1_000)) { event in
                var json: [UInt8] = []
                try EventJSON.append(event, as: .read, to: &json)
                page.append(
                    Entry(position: event.position, stream: event.stream, type: event.type, tags: try event.tags(), json: json))
            }
            guard let last = page.last?.position else { continue }
            position = last
            add(page)
        }
    }

    /// Passes by events that nobody listens to; who comes later reads them from the log.
    private func skip(to position: Position) {
        state.withLock { state in
            state.entries.removeAll()
            (state.begin, state.end, state.bytes) = (position, position, 0)
        }
        wakeAll()
    }

    private func add(_ page: [Entry]) {
        state.withLock { state in
            for entry in page {
                state.entries.append(entry)
                state.bytes += entry.json.count
                state.end = entry.position
            }
            while state.entries.count > Self.mostEntries || state.bytes > Self.mostBytes, let oldest = state.entries.popFirst() {
                state.bytes -= oldest.json.count
                state.begin = oldest.position
            }
        }
        wakeAll()
    }

    private func wakeAll() {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Lets every listener go.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeAll()
    }

    var listeners: Int { state.withLock(\.listeners) }

    /// Counts a listener for as long as `body` runs.
    func listening<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        state.withLock { $0.listeners += 1 }
        defer { state.withLock { $0.listeners -= 1 } }
        return try await body()
    }

    /// What is new after `position`; waits for it, at most for a tick.
    func next(after position: Position) async -> News {
        if let news = news(after: position) { return news }
        await withCheckedContinuation { continuation in
            let isLate = state.withLock { state in
                // What came since the look above must not be waited for.
                if state.isClosed || state.end > position { return true }
                state.lastWaiter += 1
                state.waiters[state.lastWaiter] = continuation
                return false
            }
            if isLate { continuation.resume() }
        }
        return news(after: position) ?? .quiet
    }

    private func news(after position: Position) -> News? {
        state.withLock { state in
            if state.isClosed { return .closed }
            guard position < state.end else { return nil }
            guard position >= state.begin else { return .behind }
            // Positions have no gaps.
            return .events(Array(state.entries.dropFirst(Int(position - state.begin))))
        }
    }
}
