import BillingRetries
import HindsightCore

/// What the gateway's journal and the log say of each other: nobody is charged twice, nor against the rules, and everything ends.
struct BillingVerdict {
    private(set) var findings: [String] = []
    private let journal: [BillingGateway.Charge]
    private let policy: RetryPolicy
    private let isQueryable: Bool

    /// An invoice as far as the log has been read.
    private struct Subject {
        let opened: InvoiceOpened
        var last: ChargeRequested?
        var isOut = false
        var elsewhere: String?
        var method: String
        var windowEndsAt: Timestamp?
        var isOverpaid = false
        var paid: InvoicePaid?
        var isUncollectible = false
        var zone: CustomerZone? { CustomerZone(opened.timeZone) }
        var isOver: Bool { paid != nil || isUncollectible }
    }

    private var invoices: [String: Subject] = [:]
    private var requested: [String: Position] = [:]
    /// When the last timer of a saga fired, by the clock of its worker.
    private var dueAgain: [StreamName: Timestamp] = [:]
    /// Subscriptions that renew no more.
    private var ended: Set<String> = []
    private var renewals: [String: Int] = [:]
    private var witness: GuardWitness

    init(_ events: [RecordedEvent], _ journal: [BillingGateway.Charge], seed: UInt64, policy: RetryPolicy, isQueryable: Bool) {
        self.journal = journal
        self.policy = policy
        self.isQueryable = isQueryable
        witness = GuardWitness { SimulatedCard($0, seed: seed).network }
        for recorded in events {
            do {
                if let event = try InvoiceEvent.codec.decode(recorded) {
                    read(event, of: recorded.stream.id.map(String.init) ?? "", at: recorded.position)
                } else if let event = try SubscriptionEvent.codec.decode(recorded) {
                    read(event)
                } else if let event = try SagaLifecycle.codec.decode(recorded) {
                    read(event, in: recorded.stream)
                }
            } catch {
                findings.append("\(error)")
            }
        }
        judgeInvoices()
        judgeJournal()
    }

    // MARK: - The log

    private mutating func find(_ finding: String) { findings.append(finding) }

    private mutating func read(_ event: SubscriptionEvent) {
        switch event {
        case .started, .renewalDeferred, .methodChanged: break
        case .renewed(let renewed):
            if renewed.period != renewals[renewed.subscription, default: 0] + 1 { find("\(renewed.invoice) is out of turn") }
            renewals[renewed.subscription] = renewed.period
            if ended.contains(renewed.subscription) { find("\(renewed.subscription) has ended and is renewed") }
        case .cancelled(let cancelled): ended.insert(cancelled.subscription)
        case .downgraded(let downgraded): ended.insert(downgraded.subscription)
        }
    }

    private mutating func read(_ event: InvoiceEvent, of id: String, at position: Position) {
        if case .opened(let opened) = event {
            if invoices[id] != nil { find("\(id) is opened twice") }
            for (other, earlier) in invoices where earlier.opened.subscription == opened.subscription && !earlier.isOver {
                find("\(id) is opened while \(other) is open")
            }
            invoices[id] = Subject(opened: opened, method: opened.method)
            return
        }
        guard var invoice = invoices[id] else { return find("\(id) was never opened") }
        if invoice.isOver { find("\(id) is over, and at position \(position) comes \(event.payload)") }
        switch event {
        case .chargeRequested(let charge):
            read(charge, &invoice)
            requested[charge.key] = position
        case .chargeApproved(let approved):
            settle(approved.attempt, &invoice)
            let charges = journal.filter { $0.key == approved.key }
            if !charges.contains(where: {
                $0.answer.status == .approved && $0.answer.charge == approved.charge && $0.amountMinor == approved.amountMinor
            }) {
                find("\(approved.key) is said to be approved, and the gateway knows of no such charge")
            }
        case .chargeDeclined(let declined):
            settle(declined.attempt, &invoice)
            let charges = journal.filter { $0.key == declined.key }
            if declined.stated == nil {
                if !charges.contains(where: { $0.answer.status != .approved && $0.answer.charge == declined.charge }) {
                    find("\(declined.key) is said to be declined, and the gateway knows of no such decline")
                }
            } else if !charges.isEmpty {
                find("\(declined.key) is said to be no charge, and the gateway has one")
            }
            if let charge = invoice.last {
                witness.see(declined, to: charge, isFinal: charges.contains { $0.answer.isFinal && $0.answer.charge == declined.charge })
            }
        case .chargeWithdrawn(let withdrawn):
            settle(withdrawn.attempt, &invoice)
            if journal.contains(where: { $0.key == withdrawn.key }) { find("\(withdrawn.key) was let go, and the gateway has it") }
        case .recoveryStarted(let recovery): invoice.windowEndsAt = recovery.windowEndsAt
        case .methodChanged(let changed): invoice.method = changed.newMethod
        case .paidElsewhere(let payment): invoice.elsewhere = payment.reference
        case .overpaid: invoice.isOverpaid = true
        case .paid(let paid): invoice.paid = paid
        case .uncollectible: invoice.isUncollectible = true
        case .opened, .chargeUnknown, .predictionRequested, .predictionMade, .predictionFailed, .firstChargeTimed,
            .retryScheduled, .retryWithheld, .guardRefused, .payerNotified:
            break
        }
        invoices[id] = invoice
    }

    /// What is sent again is still right; a gateway that can't be asked is sent it for the answer.
    private mutating func read(_ event: SagaLifecycle, in saga: StreamName) {
        if case .timerFired(let timer) = event { dueAgain[saga] = timer.at }
        guard case .effectIntended(let intended) = event, intended.effect == PaymentSaga.chargeEffect, intended.attempt > 1,
            intended.inDoubt == nil || isQueryable, let invoice = invoices[intended.instance], let charge = invoice.last,
            charge.key == intended.key,
            let now = dueAgain[saga]
        else { return }
        let sending = "\(intended.key) is sent again at \(now)"
        if let reference = invoice.elsewhere { find("\(sending) although \(reference) has paid") }
        if charge.method != invoice.method { find("\(sending) although the payer has given \(invoice.method)") }
        guard let end = invoice.windowEndsAt else { return }
        if now > end { find("\(sending) although the window has ended") }
        if let zone = invoice.zone, !policy.hours.contains(now, in: zone) {
            find("\(sending), at \(zone.local(now).hour) o'clock of the payer's day")
        }
    }

    private mutating func read(_ charge: ChargeRequested, _ invoice: inout Subject) {
        if invoice.isOut { find("\(charge.key) is requested while the outcome of \(invoice.last?.key ?? "another") is open") }
        if charge.attempt != (invoice.last?.attempt ?? 0) + 1 { find("\(charge.key) is out of turn") }
        if requested[charge.key] != nil { find("\(charge.key) is requested twice") }
        if let end = invoice.windowEndsAt, charge.at > end { find("\(charge.key) is requested although the window has ended") }
        if charge.method != invoice.method { find("\(charge.key) is requested with a card that the payer has replaced") }
        if let reference = invoice.elsewhere { find("\(charge.key) is requested although \(reference) has paid") }
        if charge.amountMinor != invoice.opened.amountMinor { find("\(charge.key) is of another amount than its invoice") }
        if invoice.windowEndsAt != nil, let zone = invoice.zone, !policy.hours.contains(charge.at, in: zone) {
            find("\(charge.key) is requested at \(zone.local(charge.at).hour) o'clock of the payer's day")
        }
        for broken in witness.see(charge) { find(broken) }
        invoice.last = charge
        invoice.isOut = true
    }

    private mutating func settle(_ attempt: Int, _ invoice: inout Subject) {
        if !invoice.isOut || invoice.last?.attempt != attempt {
            find("attempt \(attempt) of \(invoice.opened.invoice) is settled and was not out")
        }
        invoice.isOut = false
    }

    // MARK: - The end

    private mutating func judgeInvoices() {
        for (id, invoice) in invoices.sorted(by: { $0.key < $1.key }) {
            if !invoice.isOver { find("\(id) is neither paid nor given up") }
            if invoice.isUncollectible, !ended.contains(invoice.opened.subscription) { find("\(id) is given up, and its plan goes on") }
            let charged = journal.filter { $0.invoice == id && $0.answer.status == .approved }
            let isCharged = invoice.paid?.by == .charge
            let wanted = isCharged ? invoice.opened.amountMinor : 0
            let sum = charged.reduce(0) { $0 + $1.amountMinor }
            if sum != wanted { find("\(id) was charged \(sum) in \(charged.count) charges, and \(wanted) is recorded") }
            if invoice.isOverpaid != (isCharged && invoice.elsewhere != nil) {
                find("\(id) is paid twice, and nobody is told, or the other way round")
            }
        }
    }

    private mutating func judgeJournal() {
        for (key, charges) in Dictionary(grouping: journal, by: \.key).sorted(by: { $0.key < $1.key }) where charges.count > 1 {
            find("\(key) was charged \(charges.count) times")
        }
        var latest: [String: Int] = [:]
        for charge in journal {
            guard let position = requested[charge.key] else {
                find("\(charge.key) was charged and never requested")
                continue
            }
            if charge.storedThrough < position { find("\(charge.key) was sent before it was in the log") }
            if charge.attempt < latest[charge.invoice, default: 0] { find("\(charge.key) was charged after a later attempt") }
            latest[charge.invoice] = max(charge.attempt, latest[charge.invoice, default: 0])
        }
        let charged = journal.reduce(0) { $0 + ($1.answer.status == .approved ? $1.amountMinor : 0) }
        let paid = invoices.values.reduce(0) { $0 + ($1.paid?.by == .charge ? $1.opened.amountMinor : 0) }
        if charged != paid { find("the gateway charged \(charged), and \(paid) is recorded") }
    }
}
