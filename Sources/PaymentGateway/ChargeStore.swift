import Foundation

/// Acts on charges, once per idempotency key, and remembers what it did.
actor ChargeStore {
    enum Reaction: Sendable {
        case answer(Charge, isReplay: Bool)
        /// Close the connection without a word.
        case silence
    }

    private var ledger: Ledger
    private var underWay: Set<String> = []
    private let journal: Journal
    private let model: OutcomeModel
    private let faults: Faults
    private let latency: Duration

    /// Takes over what an earlier gateway left in the folder.
    ///
    /// - Parameter latency: How long the issuer takes; meanwhile the key is under way.
    /// - Throws: `JournalError`; `.otherSeed` when the folder's first gateway drew its answers from another seed.
    init(
        directory: URL, seed: UInt64, model: OutcomeModel, faults: Faults, latency: Duration,
        onFailure: @escaping @Sendable (JournalError) -> Void
    ) async throws {
        var ledger = Ledger(seed: seed)
        journal = try Journal(in: directory, onFailure: onFailure) { ledger.apply($0) }
        if let kept = ledger.seed, kept != seed { throw JournalError.otherSeed(path: directory.path, kept: kept, given: seed) }
        self.ledger = ledger
        self.model = model
        self.faults = faults
        self.latency = latency
        try await record(.opened(.init(seed: seed)))
    }

    var summary: Summary { ledger.summary }

    /// Acts on an order, or repeats what was answered to it before.
    ///
    /// - Throws: `.keyReused` for other bytes under a known key, `.keyUnderWay` while its first request has no answer yet.
    func charge(_ order: ChargeOrder) async throws -> Reaction {
        let key = order.key
        guard !underWay.contains(key) else {
            try await record(.busy(.init(key: key)))
            throw APIError.keyUnderWay
        }
        if let digest = ledger.digests[key], digest != order.digest {
            try await record(.mismatch(.init(key: key)))
            throw APIError.keyReused
        }
        if let charge = ledger.charges[key] {
            try await record(.replay(.init(charge)))
            return .answer(charge, isReplay: true)
        }
        underWay.insert(key)
        defer { underWay.remove(key) }
        if latency > .zero { try await Task.sleep(for: latency) }

        let fault = ledger.dropped.contains(key) ? nil : faults.moment(for: key)
        if fault == .beforeActing {
            try await record(.request(order), .dropped(.init(key: key, when: .beforeActing)))
            return .silence
        }
        let charge = Charge(id: model.identifier(for: key), order: order, verdict: model.verdict(for: order))
        if fault == .afterActing {
            try await record(.request(order), .charge(charge), .dropped(.init(key: key, when: .afterActing)))
            return .silence
        }
        try await record(.request(order), .charge(charge), .answer(.init(charge)))
        return .answer(charge, isReplay: false)
    }

    /// The charge of a key, if the gateway acted on it.
    func charge(forKey key: String) async throws -> Charge? {
        let charge = ledger.charges[key]
        try await record(.query(.init(key: key, found: charge != nil)))
        return charge
    }

    func charge(withIdentifier id: String) async throws -> Charge? {
        let charge = ledger.charge(withIdentifier: id)
        try await record(.query(.init(id: id, found: charge != nil)))
        return charge
    }

    /// First on the disk, then in memory: nobody ever sees what a crash could take back.
    private func record(_ entries: JournalEntry...) async throws {
        try await journal.append(entries)
        for entry in entries { ledger.apply(entry) }
    }
}

extension JournalEntry.Reply {
    fileprivate init(_ charge: Charge) {
        let order = charge.order
        self.init(
            key: order.key, invoice: order.invoice, attempt: order.attempt, outcome: charge.verdict.outcome, code: charge.verdict.code)
    }
}
