public import HindsightCore
import Synchronization

/// The share of one process in the work of all that serve the same log.
///
/// The instances of all sagas are divided into parts by their names. Each part has a lease; whoever holds it works on the part, and its
/// appends carry the lease's fence, so that a process that was stopped meanwhile can't append any more. Every process holds a lease of its
/// own as well, which only shows that it lives: each takes no more parts than its share of the living.
public final class SharedWork: Sendable {
    /// Written into the names of the leases: processes that divide otherwise would not notice each other.
    static let parts = 16

    private struct State {
        var held: [Int: Lease] = [:]
        /// Errands that are under way, by part: such a part is not given away.
        var underWay: [Int: Int] = [:]
        var bells: [Int: AsyncStream<Void>.Continuation] = [:]
        var lastBell = 0
    }

    private let log: any EventLog
    private let clock: any AwaitableClock
    private let holder: String
    private let leaseTime: Duration
    private let onTakeOver: (@Sendable (_ holder: String, _ parts: Int) -> Void)?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - holder: Of this process alone: no other may ever have had it.
    ///   - leaseTime: How long it takes until the work of a dead process is taken over.
    ///   - onTakeOver: Called when parts have come to this process whose holder let them run out, with that one's name and their number.
    public init(
        log: any EventLog, clock: any AwaitableClock, holder: String, leaseTime: Duration = .seconds(10),
        onTakeOver: (@Sendable (_ holder: String, _ parts: Int) -> Void)? = nil
    ) {
        self.onTakeOver = onTakeOver
        self.log = log
        self.clock = clock
        self.holder = holder
        self.leaseTime = leaseTime
    }

    static func lease(of part: Int) -> String { "sagas/\(parts)/\(part)" }

    /// The part that an instance belongs to: FNV-1a over the bytes of its name.
    static func part(of saga: String, _ instance: String) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(saga):\(instance)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return Int((hash ^ (hash >> 32)) % UInt64(parts))
    }

    // MARK: - Asking

    /// The fence of an instance's part; `nil` while this process does not hold it, as far as the clock tells.
    func fence(for saga: String, _ instance: String) -> Fence? {
        let part = Self.part(of: saga, instance)
        guard let lease = state.withLock({ $0.held[part] }), clock.now() < lease.expiresAt else { return nil }
        return lease.fence
    }

    /// From 0 to 1.
    var portion: Double { Double(state.withLock { $0.held.count }) / Double(Self.parts) }

    func begin(_ saga: String, _ instance: String) {
        state.withLock { $0.underWay[Self.part(of: saga, instance), default: 0] += 1 }
    }

    func end(_ saga: String, _ instance: String) {
        state.withLock { $0.underWay[Self.part(of: saga, instance), default: 0] -= 1 }
    }

    /// Yields whenever a part has come to this process.
    func gains() -> AsyncStream<Void> {
        let (gains, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.lastBell += 1
            state.bells[state.lastBell] = bell
            return state.lastBell
        }
        bell.onTermination = { [weak self] _ in self?.state.withLock { $0.bells[number] = nil } }
        return gains
    }

    // MARK: - Holding

    /// Takes, keeps and hands over leases until the task is cancelled; then gives all of them back.
    ///
    /// - Throws: `EventLogError`; what is held by then runs out.
    public func run() async throws {
        var renewedAt: Timestamp?
        do {
            while true {
                let now = clock.now()
                let leases = try await log.leases().filter { $0.holder != holder }
                let others = leases.filter { $0.expiresAt > now }
                let isRenewalDue = renewedAt.map { now >= $0.advanced(by: leaseTime / 3) } ?? true
                try await take(others: others, at: now, isRenewalDue: isRenewalDue)
                tellOfTakeOvers(from: leases)
                if isRenewalDue { renewedAt = now }
                let next =
                    ([now.advanced(by: min(leaseTime / 3, .seconds(1)))] + others.map { $0.expiresAt.advanced(by: .milliseconds(1)) })
                try await clock.wait(until: next.min() ?? now)
            }
        } catch is CancellationError {
            try await giveBack()
        }
    }

    private func take(others: [Lease], at now: Timestamp, isRenewalDue: Bool) async throws {
        let prefix = "sagas/\(Self.parts)/"
        let living = Self.workers(among: others, at: now).count + 1
        let share = (Self.parts + living - 1) / living
        let taken = Set(others.lazy.filter { $0.name.hasPrefix(prefix) }.map(\.name))
        let (held, idle) = state.withLock { state in
            (Set(state.held.keys), state.held.keys.filter { state.underWay[$0, default: 0] == 0 }.sorted())
        }
        if held.count > share {
            try await release(Array(idle.prefix(held.count - share)))
        }
        let kept = held.sorted().filter { state.withLock(\.held)[$0] != nil }
        let free = (0..<Self.parts).filter { !held.contains($0) && !taken.contains(Self.lease(of: $0)) }
        let wanted = free.prefix(max(0, share - kept.count))
        guard isRenewalDue || !wanted.isEmpty else { return }
        let names = [Self.signOfLife + holder] + (kept + wanted).map(Self.lease)
        let got = try await log.acquireLeases(names, holder: holder, for: leaseTime, supersedes: false)
        let byName = Dictionary(uniqueKeysWithValues: got.map { ($0.name, $0) })
        let reached = clock.now()
        let bells: [AsyncStream<Void>.Continuation] = state.withLock { state in
            let before = state.held
            state.held = [:]
            for part in 0..<Self.parts { state.held[part] = byName[Self.lease(of: part)] }
            // Also one that had run out for a moment: what came up meanwhile was passed over.
            let hasGained = state.held.contains { part, lease in
                before[part].map { $0.epoch != lease.epoch || $0.expiresAt <= reached } ?? true
            }
            return hasGained ? Array(state.bells.values) : []
        }
        for bell in bells { bell.yield() }
    }

    /// - Parameter leases: Of others, as they were before this process took any.
    private func tellOfTakeOvers(from leases: [Lease]) {
        guard let onTakeOver else { return }
        let held = state.withLock { state in Dictionary(uniqueKeysWithValues: state.held.map { (Self.lease(of: $0), $1.epoch) }) }
        // Whoever gives a part back leaves no name on it.
        let taken = leases.filter { lease in held[lease.name].map { $0 > lease.epoch } ?? false }
        for (holder, parts) in Dictionary(grouping: taken, by: \.holder).sorted(by: { $0.key < $1.key }) {
            onTakeOver(holder, parts.count)
        }
    }

    private func release(_ parts: [Int]) async throws {
        let leases = state.withLock { state in parts.compactMap { state.held.removeValue(forKey: $0) } }
        try await log.releaseLeases(leases)
    }

    private func giveBack() async throws {
        let leases = state.withLock { state in
            defer { state.held = [:] }
            return Array(state.held.values)
        }
        // The epoch of the sign of life does not matter: nothing is fenced by it.
        let own = try await log.leases().filter { $0.name == Self.signOfLife + holder }
        try await log.releaseLeases(leases + own)
    }

    // MARK: - Who is alive

    private static let signOfLife = "worker/"

    /// The processes that these leases show to be at work.
    public static func workers(among leases: [Lease], at now: Timestamp) -> Set<String> {
        Set(leases.lazy.filter { $0.name.hasPrefix(signOfLife) && $0.expiresAt > now }.map(\.holder))
    }
}
