import DequeModule
import HindsightCore
import Synchronization

/// Keeps what is sent to each peer within the peer's limits, for all sagas of one process.
public final class PeerGate: Sendable {
    private struct Entry {
        /// Requests that may go at once, at `countedAt`.
        var tokens: Double
        var countedAt: Timestamp
        /// Until when the peer asked to be left alone.
        var closedUntil: Timestamp?
        var inside = 0
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let entries = Mutex<[String: Entry]>([:])

    public init() {}

    /// Lets one request go now, or says when to ask again.
    ///
    /// - Parameter portion: The part of the peer's rate that is ours.
    func admission(to peer: Peer, portion: Double, at now: Timestamp) -> Timestamp? {
        entries.withLock { entries in
            var entry = entries[peer.name] ?? Entry(tokens: Double(peer.limits.burst), countedAt: now)
            defer { entries[peer.name] = entry }
            if let until = entry.closedUntil, now < until { return until }
            guard let rate = peer.limits.perSecond.map({ $0 * max(portion, 0.01) }) else { return nil }
            let passed = Double(max(now.since(entry.countedAt), .zero).microseconds) / 1_000_000
            entry.tokens = min(Double(peer.limits.burst), entry.tokens + passed * rate)
            entry.countedAt = now
            if entry.tokens >= 1 {
                entry.tokens -= 1
                return nil
            }
            return now.advanced(by: .microseconds(Int64(((1 - entry.tokens) / rate * 1_000_000).rounded(.up))))
        }
    }

    /// The peer asked to be left alone.
    func close(_ peer: Peer, until instant: Timestamp) {
        entries.withLock { entries in
            guard let before = entries[peer.name] else { return }
            entries[peer.name]?.closedUntil = max(before.closedUntil ?? instant, instant)
        }
    }

    /// Waits for a place among those that may be at the peer at once.
    func enter(_ peer: Peer) async {
        guard let most = peer.limits.concurrency else { return }
        await withCheckedContinuation { continuation in
            let isFree = entries.withLock { entries in
                var entry = entries[peer.name] ?? Entry(tokens: Double(peer.limits.burst), countedAt: Timestamp(microsecondsSince1970: 0))
                defer { entries[peer.name] = entry }
                if entry.inside < most {
                    entry.inside += 1
                    return true
                }
                entry.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func leave(_ peer: Peer) {
        guard peer.limits.concurrency != nil else { return }
        let next = entries.withLock { entries -> CheckedContinuation<Void, Never>? in
            // The place passes on without coming free.
            if let next = entries[peer.name]?.waiting.popFirst() { return next }
            entries[peer.name]?.inside -= 1
            return nil
        }
        next?.resume()
    }
}
