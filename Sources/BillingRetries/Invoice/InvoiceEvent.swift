package import HindsightCore

/// Everything that can happen to an invoice, in the stream `invoice-<id>`.
package enum InvoiceEvent: BillingEvent, Equatable {
    case opened(InvoiceOpened)
    case chargeRequested(ChargeRequested)
    case chargeApproved(ChargeApproved)
    case chargeDeclined(ChargeDeclined)
    case chargeUnknown(ChargeUnknown)
    case chargeWithdrawn(ChargeWithdrawn)
    case recoveryStarted(RecoveryStarted)
    case predictionRequested(PredictionRequested)
    case predictionMade(PredictionMade)
    case predictionFailed(PredictionFailed)
    case firstChargeTimed(FirstChargeTimed)
    case retryScheduled(RetryScheduled)
    case retryWithheld(RetryWithheld)
    case guardRefused(GuardRefused)
    case payerNotified(PayerNotified)
    case methodChanged(InvoiceMethodChanged)
    case paidElsewhere(InvoicePaidElsewhere)
    case overpaid(InvoiceOverpaid)
    case paid(InvoicePaid)
    case uncollectible(InvoiceUncollectible)

    package static let codec = EventCodec<InvoiceEvent>([
        .kind(InvoiceEvent.opened), .kind(InvoiceEvent.chargeRequested), .kind(InvoiceEvent.chargeApproved),
        .kind(InvoiceEvent.chargeDeclined), .kind(InvoiceEvent.chargeUnknown), .kind(InvoiceEvent.chargeWithdrawn),
        .kind(InvoiceEvent.recoveryStarted), .kind(InvoiceEvent.predictionRequested), .kind(InvoiceEvent.predictionMade),
        .kind(InvoiceEvent.predictionFailed), .kind(InvoiceEvent.firstChargeTimed), .kind(InvoiceEvent.retryScheduled),
        .kind(InvoiceEvent.retryWithheld), .kind(InvoiceEvent.guardRefused), .kind(InvoiceEvent.payerNotified),
        .kind(InvoiceEvent.methodChanged), .kind(InvoiceEvent.paidElsewhere),
        .kind(InvoiceEvent.overpaid), .kind(InvoiceEvent.paid), .kind(InvoiceEvent.uncollectible),
    ])

    package var content: any BillingPayload {
        switch self {
        case .opened(let payload): payload
        case .chargeRequested(let payload): payload
        case .chargeApproved(let payload): payload
        case .chargeDeclined(let payload): payload
        case .chargeUnknown(let payload): payload
        case .chargeWithdrawn(let payload): payload
        case .recoveryStarted(let payload): payload
        case .predictionRequested(let payload): payload
        case .predictionMade(let payload): payload
        case .predictionFailed(let payload): payload
        case .firstChargeTimed(let payload): payload
        case .retryScheduled(let payload): payload
        case .retryWithheld(let payload): payload
        case .guardRefused(let payload): payload
        case .payerNotified(let payload): payload
        case .methodChanged(let payload): payload
        case .paidElsewhere(let payload): payload
        case .overpaid(let payload): payload
        case .paid(let payload): payload
        case .uncollectible(let payload): payload
        }
    }
}

/// A period's price is due.
package struct InvoiceOpened: BillingPayload {
    package static let type: EventType = "billing-retries.invoice-opened"
    package let invoice: String
    package let subscription: String
    package let customer: String
    package let customerType: CustomerType
    package let period: Int
    package let amountMinor: Int64
    package let currency: Currency
    package let method: String
    package let timeZone: String
    package let dueAt: Timestamp
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice), .subscription(subscription), .customer(customer)] }

    package init(
        invoice: String, subscription: String, customer: String, customerType: CustomerType, period: Int, amountMinor: Int64,
        currency: Currency, method: String, timeZone: String, dueAt: Timestamp, at: Timestamp
    ) {
        self.invoice = invoice
        self.subscription = subscription
        self.customer = customer
        self.customerType = customerType
        self.period = period
        self.amountMinor = amountMinor
        self.currency = currency
        self.method = method
        self.timeZone = timeZone
        self.dueAt = dueAt
        self.at = at
    }
}

/// The hour in which a charge is to be sent.
package struct ChargeWindow: Sendable, Hashable, Codable {
    package let from: Timestamp
    package let until: Timestamp

    package init(from: Timestamp) {
        self.from = from
        until = from.advanced(by: .hours(1))
    }
}

/// How an invoice is recovered: fixed when recovery begins, and repeated in later events so that each stands for itself.
package struct RecoveryTerms: Sendable, Hashable, Codable {
    package let policy: String
    package let policyVersion: Int
    package let firstReason: DeclineReason

    package init(policy: String, policyVersion: Int, firstReason: DeclineReason) {
        self.policy = policy
        self.policyVersion = policyVersion
        self.firstReason = firstReason
    }
}

/// A charge may go out: the claim on this attempt, durable before anything is sent.
package struct ChargeRequested: BillingPayload {
    package static let type: EventType = "billing-retries.charge-requested"
    package let invoice: String
    package let attempt: Int
    /// Idempotency key at the gateway: a function of invoice and attempt.
    package let key: String
    package let customer: String
    package let method: String
    package let amountMinor: Int64
    package let currency: Currency
    package let window: ChargeWindow
    package let chosenBy: Chooser
    package let clearance: NetworkGuard.Clearance
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice), .customer(customer)] }

    /// The only way to ask for a charge begins at the guard.
    init(
        _ invoice: OpenInvoice, attempt: Int, window: ChargeWindow, chosenBy: Chooser, clearance: NetworkGuard.Clearance, at: Timestamp
    ) {
        self.invoice = invoice.opened.invoice
        self.attempt = attempt
        key = "\(invoice.opened.invoice):\(attempt)"
        customer = invoice.opened.customer
        method = invoice.method
        amountMinor = invoice.opened.amountMinor
        currency = invoice.opened.currency
        self.window = window
        self.chosenBy = chosenBy
        self.clearance = clearance
        recovery = invoice.recovery?.terms
        self.at = at
    }
}

package struct ChargeApproved: BillingPayload {
    package static let type: EventType = "billing-retries.charge-approved"
    package let invoice: String
    package let attempt: Int
    package let key: String
    /// The gateway's name for the charge.
    package let charge: String
    package let network: CardNetwork
    package let amountMinor: Int64
    package let currency: Currency
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

package struct ChargeDeclined: BillingPayload {
    package static let type: EventType = "billing-retries.charge-declined"
    package let invoice: String
    package let attempt: Int
    package let key: String
    /// `nil` where a person found no charge at the gateway.
    package let charge: String?
    package let network: CardNetwork?
    /// The network's response code, as it came.
    package let code: String?
    /// Mastercard's merchant advice code.
    package let advice: String?
    /// Why a person says that nothing was charged; `nil` for the gateway's own answers.
    package let stated: String?
    /// The earliest retry by the gateway's word.
    package let notBefore: Timestamp?
    package let reason: DeclineReason
    /// The rule that closes the card for ever, if the decline does.
    package let block: CardBlock?
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// Nobody knows yet what became of the charge: it is looked up, and the verdict comes as the event that a direct answer would have been.
package struct ChargeUnknown: BillingPayload {
    package static let type: EventType = "billing-retries.charge-unknown"
    package let invoice: String
    package let attempt: Int
    package let key: String
    package let because: String
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// An attempt that surely was not made is let go, for it is right no longer: the gateway was away, and things have changed meanwhile.
package struct ChargeWithdrawn: BillingPayload {
    package static let type: EventType = "billing-retries.charge-withdrawn"
    package enum Reason: String, Codable, Sendable {
        case paidElsewhere = "paid-elsewhere"
        case windowEnded = "window-ended"
        /// The payer has given another payment method.
        case methodChanged = "method-changed"
        /// The guard would not clear it now.
        case networkRule = "network-rule"
        case outsideHours = "outside-hours"
    }
    package let invoice: String
    package let attempt: Int
    package let key: String
    package let because: Reason
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// The first charge failed: policy and arm are fixed now.
package struct RecoveryStarted: BillingPayload {
    package static let type: EventType = "billing-retries.recovery-started"
    package let invoice: String
    package let subscription: String
    package let terms: RecoveryTerms
    package let experiment: String?
    /// The customer's place in the experiment, 0…999.
    package let bucket: Int?
    package let windowEndsAt: Timestamp
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice), .subscription(subscription)] }
}

/// How a window was decided, step by step: guard, legal hours, proposal, guard again.
package struct Deliberation: Sendable, Hashable, Codable {
    /// The version of the network rules.
    package let networkRules: String
    package let guardOpensAt: Timestamp
    package let guardRule: String?
    package let hours: LegalHours
    /// What the policy's rule wanted.
    package let proposedAt: Timestamp
    /// The policy's rule.
    package let rule: String
    /// A limit that moved the window when the guard looked again.
    package let movedBy: String?
    /// What a model had to do with it; absent where the policy asks none.
    package let model: ModelDeliberation?
}

/// The first charge of a renewal has a window: the plan lets it wait for a better hour than that in which the period ended.
package struct FirstChargeTimed: BillingPayload {
    package static let type: EventType = "billing-retries.first-charge-timed"
    package let invoice: String
    package let window: ChargeWindow
    /// The window's beginning by the customer's clock.
    package let local: ResolvedTime
    package let policy: String
    package let policyVersion: Int
    package let chosenBy: Chooser
    package let model: ModelDeliberation
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

package struct RetryScheduled: BillingPayload {
    package static let type: EventType = "billing-retries.retry-scheduled"
    package let invoice: String
    /// The attempt that it will be.
    package let attempt: Int
    package let window: ChargeWindow
    /// The window's beginning by the customer's clock.
    package let local: ResolvedTime
    package let chosenBy: Chooser
    package let deliberation: Deliberation
    package let recovery: RecoveryTerms
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// There is no further retry as things stand.
package struct RetryWithheld: BillingPayload {
    package static let type: EventType = "billing-retries.retry-withheld"
    package enum Reason: String, Codable, Sendable {
        /// The policy waits for another payment method.
        case waitsForPayer = "waits-for-payer"
        /// The next window would lie after the recovery window's end.
        case windowEnds = "window-ends"
        /// The policy has made all the tries it makes.
        case noTriesLeft = "no-tries-left"
    }
    package let invoice: String
    package let because: Reason
    package let rule: String
    package let recovery: RecoveryTerms
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// A network rule forbids the charge.
package struct GuardRefused: BillingPayload {
    package static let type: EventType = "billing-retries.guard-refused"
    package let invoice: String
    package let attempt: Int
    package let method: String
    package let rule: String
    package let networkRules: String
    /// Absent: not before the payment method changes.
    package let opensAt: Timestamp?
    package let recovery: RecoveryTerms
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice), .method(method)] }
}

/// The payer has been asked for what no clock can bring. What was written to whom stays with the sender of messages.
package struct PayerNotified: BillingPayload {
    package static let type: EventType = "billing-retries.payer-notified"
    package enum Request: String, Codable, Sendable {
        case updateMethod = "update-method"
        /// By a link; the charge is never repeated without.
        case authenticate
    }
    package let invoice: String
    package let subscription: String
    package let customer: String
    package let method: String
    package let request: Request
    package let recovery: RecoveryTerms
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice), .customer(customer)] }
}

package struct InvoiceMethodChanged: BillingPayload {
    package static let type: EventType = "billing-retries.invoice-method-changed"
    package let invoice: String
    package let oldMethod: String
    package let newMethod: String
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice), .method(newMethod)] }
}

/// The customer has paid by other means: the loop ends once no charge is under way.
package struct InvoicePaidElsewhere: BillingPayload {
    package static let type: EventType = "billing-retries.invoice-paid-elsewhere"
    package let invoice: String
    /// Of the other payment, by its own books.
    package let reference: String
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// A charge that was under way went through although the invoice was paid elsewhere: a person has to give one of them back.
package struct InvoiceOverpaid: BillingPayload {
    package static let type: EventType = "billing-retries.invoice-overpaid"
    package let invoice: String
    package let charge: String
    package let reference: String
    package let amountMinor: Int64
    package let currency: Currency
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

package struct InvoicePaid: BillingPayload {
    package static let type: EventType = "billing-retries.invoice-paid"
    package enum Means: String, Codable, Sendable { case charge, elsewhere }
    package let invoice: String
    package let subscription: String
    package let by: Means
    package let amountMinor: Int64
    package let currency: Currency
    package let attempts: Int
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice), .subscription(subscription)] }
}

/// The recovery window has ended without payment.
package struct InvoiceUncollectible: BillingPayload {
    package static let type: EventType = "billing-retries.invoice-uncollectible"
    package let invoice: String
    package let subscription: String
    package let amountMinor: Int64
    package let currency: Currency
    package let attempts: Int
    package let recovery: RecoveryTerms
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice), .subscription(subscription)] }
}
