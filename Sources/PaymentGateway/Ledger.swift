import Foundation

/// Everything the gateway knows: the journal, folded.
struct Ledger: Sendable {
    private(set) var summary: Summary
    /// The charge of every key that was acted on, the last one.
    private(set) var charges: [String: Charge] = [:]
    /// The digest of the bytes that came first under each key.
    private(set) var digests: [String: String] = [:]
    /// Keys that suffered a fault already, and won't suffer another.
    private(set) var struck: Set<String> = []
    /// Keys whose stored answer is a 500.
    private(set) var storedErrors: Set<String> = []
    private(set) var isAway = false
    /// The latest time by the callers' clock that the gateway was told, in a request or by a control.
    private(set) var callersNow: Date?
    private var keptSince: [String: Date] = [:]
    private var acts: [String: Int] = [:]
    private var chargesByIdentifier: [String: Charge] = [:]
    private var paymentsOfInvoices: [String: Int] = [:]
    private(set) var seed: UInt64?

    init(seed: UInt64) {
        summary = Summary(seed: seed)
    }

    func charge(withIdentifier id: String) -> Charge? {
        chargesByIdentifier[id]
    }

    /// How often the gateway acted on a key.
    func acts(on key: String) -> Int { acts[key, default: 0] }

    /// Whether a key is so old by the callers' clock that it counts as never seen.
    func hasForgotten(_ key: String, after life: Duration?) -> Bool {
        guard let life, let since = keptSince[key], let callersNow else { return false }
        return callersNow.timeIntervalSince(since) >= Double(life.components.seconds)
    }

    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .opened(let opening): seed = opening.seed
        case .request(let order):
            digests[order.key] = order.digest
            let now = max(callersNow ?? order.requestedAt, order.requestedAt)
            callersNow = now
            keptSince[order.key] = now
            storedErrors.remove(order.key)
            summary.keys = digests.count
        case .charge(let charge): record(charge)
        case .dropped(let drop):
            struck.insert(drop.key)
            switch drop.when {
            case .before: summary.droppedBefore += 1
            case .after: summary.droppedAfter += 1
            }
        case .failed(let failure):
            struck.insert(failure.key)
            if failure.when == .after { storedErrors.insert(failure.key) }
            summary.failures += 1
        case .late(let late): struck.insert(late.key)
        case .refused(let refused):
            if !isAway, let key = refused.key { struck.insert(key) }
            summary.refusals += 1
        case .answer: summary.answers += 1
        case .replay: summary.replays += 1
        case .mismatch: summary.mismatches += 1
        case .busy: summary.busy += 1
        case .query: summary.queries += 1
        case .control(let control):
            isAway = control.away ?? isAway
            if let now = control.now { callersNow = max(callersNow ?? now, now) }
        case .webhook: summary.webhooks += 1
        }
    }

    private mutating func record(_ charge: Charge) {
        let order = charge.order
        charges[order.key] = charge
        chargesByIdentifier[charge.id] = charge
        acts[order.key, default: 0] += 1
        if acts(on: order.key) > 1 { summary.keysChargedAgain += 1 }
        summary.charges += 1
        switch charge.verdict.outcome {
        case .declined: summary.declined += 1
        case .actionRequired: summary.actionRequired += 1
        case .approved:
            summary.approved += 1
            summary.approvedMinor[order.currency, default: 0] += order.amountMinor
            let payments = paymentsOfInvoices[order.invoice, default: 0] + 1
            paymentsOfInvoices[order.invoice] = payments
            if payments == 1 { summary.invoicesPaid += 1 }
            if payments == 2 { summary.invoicesPaidTwice += 1 }
        }
    }
}

/// The journal in numbers; `invoicesPaidTwice` is the one that must stay 0.
struct Summary: Codable, Sendable {
    let seed: UInt64
    /// Idempotency keys seen.
    var keys = 0
    /// How often the gateway acted, which is the sum of the next three.
    var charges = 0
    var approved = 0
    var declined = 0
    var actionRequired = 0
    /// Approved money in minor units, by currency.
    var approvedMinor: [String: Int64] = [:]
    var invoicesPaid = 0
    /// Invoices with two or more approved charges.
    var invoicesPaidTwice = 0
    var answers = 0
    var replays = 0
    var droppedBefore = 0
    var droppedAfter = 0
    var mismatches = 0
    var busy = 0
    var queries = 0
    /// Acts on a key that was acted on before, and forgotten since.
    var keysChargedAgain = 0
    /// Answers of 500, before and after acting.
    var failures = 0
    /// Answers of 429 and 503.
    var refusals = 0
    /// Events sent, each time counted.
    var webhooks = 0

    init(seed: UInt64) {
        self.seed = seed
    }
}
