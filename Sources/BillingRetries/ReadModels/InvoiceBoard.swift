package import HindsightCore

/// One row for each invoice: where it stands, and every attempt with its reason, window and chooser. The key is the invoice's id.
package struct InvoiceBoard: Projection {
    package typealias Event = InvoiceEvent

    package enum Status: String, Codable, Sendable {
        case open, charging, unknown
        /// A model is asked when to try next.
        case predicting
        case retryScheduled = "retry-scheduled"
        case waitingForPayer = "waiting-for-payer"
        case paid, uncollectible
    }

    package struct Attempt: Codable, Sendable, Equatable {
        package enum Outcome: String, Codable, Sendable { case requested, unknown, approved, declined, withdrawn }
        package let attempt: Int
        package let method: String
        package let window: ChargeWindow
        package let chosenBy: Chooser
        /// The model that ranked the windows, where one did.
        package let model: ModelDigest?
        package let requestedAt: Timestamp
        package fileprivate(set) var outcome = Outcome.requested
        package fileprivate(set) var charge: String?
        package fileprivate(set) var network: CardNetwork?
        package fileprivate(set) var code: String?
        package fileprivate(set) var advice: String?
        package fileprivate(set) var reason: DeclineReason?
        /// Whether the answer was lost once.
        package fileprivate(set) var wasUnknown = false
        package fileprivate(set) var settledAt: Timestamp?
    }

    package struct Row: Codable, Sendable, Equatable {
        package let invoice: String
        package let subscription: String
        package let customer: String
        package let amountMinor: Int64
        package let currency: Currency
        package let dueAt: Timestamp
        package fileprivate(set) var status = Status.open
        package fileprivate(set) var method: String
        package fileprivate(set) var recovery: RecoveryTerms?
        package fileprivate(set) var windowEndsAt: Timestamp?
        package fileprivate(set) var nextWindow: ChargeWindow?
        fileprivate var nextModel: ModelDigest?
        package fileprivate(set) var notices = 0
        /// The network rule that stands in the way, while it does.
        package fileprivate(set) var refusedBy: String?
        package fileprivate(set) var paidBy: InvoicePaid.Means?
        package fileprivate(set) var settledAt: Timestamp?
        package fileprivate(set) var attempts: [Attempt] = []
    }

    package init() {}

    package let name = "invoices"
    package let version = 1

    package var indexes: [RowIndex<Row>] {
        [
            RowIndex("status") { [$0.status.rawValue] },
            RowIndex("subscription") { [$0.subscription] },
            RowIndex("customer") { [$0.customer] },
            RowIndex("policy") { $0.recovery.map { [$0.policy] } ?? [] },
        ]
    }

    package func keys(for event: Recorded<InvoiceEvent>) -> [String] {
        event.stream.id.map { [String($0)] } ?? []
    }

    package func apply(_ event: Recorded<InvoiceEvent>, key: String, to row: inout Row?) {
        if case .opened(let opened) = event.event {
            row = Row(
                invoice: opened.invoice, subscription: opened.subscription, customer: opened.customer, amountMinor: opened.amountMinor,
                currency: opened.currency, dueAt: opened.dueAt, method: opened.method)
            return
        }
        guard var invoice = row else { return }
        invoice.apply(event.event)
        row = invoice
    }
}

extension InvoiceBoard.Row {
    fileprivate mutating func apply(_ event: InvoiceEvent) {
        switch event {
        case .opened, .overpaid: break
        case .chargeRequested(let charge):
            attempts.append(
                InvoiceBoard.Attempt(
                    attempt: charge.attempt, method: charge.method, window: charge.window, chosenBy: charge.chosenBy, model: nextModel,
                    requestedAt: charge.at))
            (status, nextWindow, nextModel, refusedBy) = (.charging, nil, nil, nil)
        case .chargeApproved(let approved):
            settle(approved.attempt, .approved, charge: approved.charge, network: approved.network, at: approved.at)
        case .chargeDeclined(let declined):
            settle(declined.attempt, .declined, charge: declined.charge, network: declined.network, at: declined.at) {
                $0.code = declined.code
                $0.advice = declined.advice
                $0.reason = declined.reason
            }
            status = .open
        case .chargeUnknown(let unknown):
            status = .unknown
            change(unknown.attempt) {
                $0.outcome = .unknown
                $0.wasUnknown = true
            }
        case .chargeWithdrawn(let withdrawn):
            change(withdrawn.attempt) {
                $0.outcome = .withdrawn
                $0.settledAt = withdrawn.at
            }
            status = .open
        case .recoveryStarted(let started): (recovery, windowEndsAt) = (started.terms, started.windowEndsAt)
        case .predictionRequested: (status, nextWindow) = (.predicting, nil)
        case .predictionMade, .predictionFailed: status = .open
        case .firstChargeTimed(let timed): (status, nextWindow, nextModel) = (.open, timed.window, timed.model.model)
        case .retryScheduled(let retry):
            (status, nextWindow, nextModel) = (.retryScheduled, retry.window, retry.deliberation.model?.model)
        case .retryWithheld: (status, nextWindow) = (.waitingForPayer, nil)
        case .guardRefused(let refused):
            refusedBy = refused.rule
            if refused.opensAt == nil { (status, nextWindow) = (.waitingForPayer, nil) }
        case .payerNotified: notices += 1
        case .methodChanged(let changed): (method, refusedBy) = (changed.newMethod, nil)
        case .paidElsewhere: nextWindow = nil
        case .paid(let paid): (status, nextWindow, paidBy, settledAt) = (.paid, nil, paid.by, paid.at)
        case .uncollectible(let uncollectible): (status, nextWindow, settledAt) = (.uncollectible, nil, uncollectible.at)
        }
    }

    private mutating func settle(
        _ attempt: Int, _ outcome: InvoiceBoard.Attempt.Outcome, charge: String?, network: CardNetwork?, at instant: Timestamp,
        _ further: (inout InvoiceBoard.Attempt) -> Void = { _ in }
    ) {
        change(attempt) {
            $0.outcome = outcome
            $0.charge = charge
            $0.network = network
            $0.settledAt = instant
            further(&$0)
        }
    }

    private mutating func change(_ attempt: Int, _ change: (inout InvoiceBoard.Attempt) -> Void) {
        for index in attempts.indices where attempts[index].attempt == attempt { change(&attempts[index]) }
    }
}
