import Foundation

/// Acts on charges, once per idempotency key while it keeps the key, and remembers what it did.
actor ChargeStore {
    enum Reaction: Sendable {
        case answer(Charge, isReplay: Bool)
        /// Close the connection without a word.
        case silence
    }

    /// How the gateway treats what it is sent, beside the seed's faults.
    struct Manners: Sendable {
        /// How long the issuer takes; meanwhile the key is under way.
        var latency = Duration.zero
        /// How long an answer that is late lets wait.
        var lateness = Duration.seconds(5)
        /// How long a key is kept, by the callers' clock; `nil`: for ever.
        var keyLife: Duration?
        /// Whether a 500 that came after acting is stored, and repeated for its key.
        var repeatsErrors = false
        var retryAfterSeconds = 1
    }

    private var ledger: Ledger
    private var underWay: Set<String> = []
    private let journal: Journal
    private let model: OutcomeModel
    private let faults: Faults
    private let manners: Manners
    /// Gets every charge that was acted on, when the journal has it.
    private let news: AsyncStream<Charge>.Continuation?

    /// Takes over what an earlier gateway left in the folder.
    ///
    /// - Throws: `JournalError`; `.otherSeed` when the folder's first gateway drew its answers from another seed.
    init(
        directory: URL, seed: UInt64, model: OutcomeModel, faults: Faults, manners: Manners, news: AsyncStream<Charge>.Continuation?,
        onFailure: @escaping @Sendable (JournalError) -> Void
    ) async throws {
        var ledger = Ledger(seed: seed)
        journal = try Journal(in: directory, onFailure: onFailure) { ledger.apply($0) }
        if let kept = ledger.seed, kept != seed { throw JournalError.otherSeed(path: directory.path, kept: kept, given: seed) }
        self.ledger = ledger
        self.model = model
        self.faults = faults
        self.manners = manners
        self.news = news
        try await record(.opened(.init(seed: seed)))
    }

    var summary: Summary { ledger.summary }

    /// Acts on an order, or repeats what was answered to it before.
    ///
    /// - Throws: `.keyReused` for other bytes under a known key, `.keyUnderWay` while its first request has no answer yet, and what the
    ///   seed or the controls want.
    func charge(_ order: ChargeOrder) async throws -> Reaction {
        let key = order.key
        try await refuseWhileAway(key: key)
        guard !underWay.contains(key) else {
            try await record(.busy(.init(key: key)))
            throw APIError.keyUnderWay
        }
        if !ledger.hasForgotten(key, after: manners.keyLife) {
            if let digest = ledger.digests[key], digest != order.digest {
                try await record(.mismatch(.init(key: key)))
                throw APIError.keyReused
            }
            if let charge = ledger.charges[key] {
                try await record(.replay(.init(charge)))
                if manners.repeatsErrors, ledger.storedErrors.contains(key) { throw APIError.failure }
                return .answer(charge, isReplay: true)
            }
        }
        underWay.insert(key)
        defer { underWay.remove(key) }
        if manners.latency > .zero { try await Task.sleep(for: manners.latency) }
        return try await act(on: order, suffering: ledger.struck.contains(key) ? nil : faults.fault(for: key))
    }

    private func act(on order: ChargeOrder, suffering fault: Fault?) async throws -> Reaction {
        let key = order.key
        let charge = Charge(id: model.identifier(for: key, act: ledger.acts(on: key) + 1), order: order, verdict: model.verdict(for: order))
        switch fault {
        case nil:
            try await record(.request(order), .charge(charge), .answer(.init(charge)))
        case .cutBefore:
            try await record(.request(order), .dropped(.init(key: key, when: .before)))
            return .silence
        case .cutAfter:
            try await record(.request(order), .charge(charge), .dropped(.init(key: key, when: .after)))
            return .silence
        case .errorBefore:
            try await record(.request(order), .failed(.init(key: key, when: .before)))
            throw APIError.failure
        case .errorAfter:
            try await record(.request(order), .charge(charge), .failed(.init(key: key, when: .after)))
            throw APIError.failure
        case .late:
            try await record(.request(order), .charge(charge), .late(.init(key: key)))
            try await Task.sleep(for: manners.lateness)
            try await record(.answer(.init(charge)))
        case .tooMany:
            try await record(.refused(.init(key: key, status: 429)))
            throw APIError.tooMany(retryAfterSeconds: manners.retryAfterSeconds)
        case .unavailable:
            try await record(.refused(.init(key: key, status: 503)))
            throw APIError.unavailable(retryAfterSeconds: manners.retryAfterSeconds)
        }
        return .answer(charge, isReplay: false)
    }

    /// The charge of a key, if the gateway acted on it: the last one, if it forgot the key in between.
    func charge(forKey key: String) async throws -> Charge? {
        try await refuseWhileAway(key: key)
        let charge = ledger.charges[key]
        try await record(.query(.init(key: key, found: charge != nil)))
        return charge
    }

    func charge(withIdentifier id: String) async throws -> Charge? {
        try await refuseWhileAway(key: nil)
        let charge = ledger.charge(withIdentifier: id)
        try await record(.query(.init(id: id, found: charge != nil)))
        return charge
    }

    /// Sends the gateway away or calls it back, and tells it the callers' time. Both outlive its process.
    func control(_ change: JournalEntry.Control) async throws -> JournalEntry.Control {
        try await record(.control(change))
        return JournalEntry.Control(away: ledger.isAway, now: ledger.callersNow)
    }

    func recordDelivery(_ delivery: JournalEntry.Delivery) async throws {
        try await record(.webhook(delivery))
    }

    private func refuseWhileAway(key: String?) async throws {
        guard ledger.isAway else { return }
        try await record(.refused(.init(key: key, status: 503)))
        throw APIError.unavailable(retryAfterSeconds: manners.retryAfterSeconds)
    }

    /// First on the disk, then in memory: nobody ever sees what a crash could take back.
    private func record(_ entries: JournalEntry...) async throws {
        try await journal.append(entries)
        for entry in entries {
            ledger.apply(entry)
            if case .charge(let charge) = entry { news?.yield(charge) }
        }
    }
}

extension JournalEntry.Reply {
    fileprivate init(_ charge: Charge) {
        let order = charge.order
        self.init(
            key: order.key, invoice: order.invoice, attempt: order.attempt, outcome: charge.verdict.outcome, code: charge.verdict.code)
    }
}
