/// Everything the gateway knows: the journal, folded.
struct Ledger: Sendable {
    private(set) var summary: Summary
    /// The charge of every key that was acted on.
    private(set) var charges: [String: Charge] = [:]
    /// The digest of the bytes that came first under each key.
    private(set) var digests: [String: String] = [:]
    /// Keys that lost an answer already, and won't lose another.
    private(set) var dropped: Set<String> = []
    private var keysByIdentifier: [String: String] = [:]
    private var paymentsOfInvoices: [String: Int] = [:]
    private(set) var seed: UInt64?

    init(seed: UInt64) {
        summary = Summary(seed: seed)
    }

    func charge(withIdentifier id: String) -> Charge? {
        keysByIdentifier[id].flatMap { charges[$0] }
    }

    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .opened(let opening): seed = opening.seed
        case .request(let order):
            digests[order.key] = order.digest
            summary.keys = digests.count
        case .charge(let charge): record(charge)
        case .dropped(let drop):
            dropped.insert(drop.key)
            switch drop.when {
            case .beforeActing: summary.droppedBefore += 1
            case .afterActing: summary.droppedAfter += 1
            }
        case .answer: summary.answers += 1
        case .replay: summary.replays += 1
        case .mismatch: summary.mismatches += 1
        case .busy: summary.busy += 1
        case .query: summary.queries += 1
        }
    }

    private mutating func record(_ charge: Charge) {
        let order = charge.order
        charges[order.key] = charge
        keysByIdentifier[charge.id] = order.key
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
    /// Keys acted on, which is the sum of the next three.
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

    init(seed: UInt64) {
        self.seed = seed
    }
}
