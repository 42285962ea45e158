package import HindsightCore

/// One small row for each invoice that fell due: whose it is, and how it ended. The key is the invoice.
///
/// Arms are compared by all that fell due. Recoveries alone don't tell: a policy that times the first charge has other failures left than
/// one that doesn't.
package struct DueInvoices: Projection {
    package typealias Event = InvoiceEvent

    package enum Ending: String, Codable, Sendable { case paid, elsewhere, uncollectible }

    package struct Row: Codable, Sendable, Equatable {
        package let customer: String
        package let customerType: CustomerType
        package let subscription: String
        /// By what was defined before this position its arm is known.
        package let openedAt: Position
        /// The arm that was written down when it entered recovery; `nil` if it never did.
        package fileprivate(set) var recovery: Recovery?
        package fileprivate(set) var endedOn: BusinessDay?
        package fileprivate(set) var ending: Ending?
    }

    package struct Recovery: Codable, Sendable, Equatable {
        /// `nil` where none concerned the customer.
        package let experiment: String?
        package let policy: String
    }

    package init() {}

    package let name = "due-invoices"
    package let version = 1

    package var indexes: [RowIndex<Row>] { [RowIndex("day") { $0.endedOn.map { [$0.description] } ?? [] }] }

    package func keys(for event: Recorded<InvoiceEvent>) -> [String] {
        switch event.event {
        case .opened, .recoveryStarted, .paid, .uncollectible: event.stream.id.map { [String($0)] } ?? []
        case .chargeRequested, .chargeApproved, .chargeDeclined, .chargeUnknown, .chargeWithdrawn, .predictionRequested, .predictionMade,
            .predictionFailed, .firstChargeTimed, .retryScheduled, .retryWithheld, .guardRefused, .payerNotified, .methodChanged,
            .paidElsewhere, .overpaid:
            []
        }
    }

    package func apply(_ event: Recorded<InvoiceEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .opened(let opened):
            row = Row(
                customer: opened.customer, customerType: opened.customerType, subscription: opened.subscription, openedAt: event.position)
        case .recoveryStarted(let started): row?.recovery = Recovery(experiment: started.experiment, policy: started.terms.policy)
        case .paid(let paid): row?.end(paid.by == .charge ? .paid : .elsewhere, at: paid.at)
        case .uncollectible(let uncollectible): row?.end(.uncollectible, at: uncollectible.at)
        case .chargeRequested, .chargeApproved, .chargeDeclined, .chargeUnknown, .chargeWithdrawn, .predictionRequested, .predictionMade,
            .predictionFailed, .firstChargeTimed, .retryScheduled, .retryWithheld, .guardRefused, .payerNotified, .methodChanged,
            .paidElsewhere, .overpaid:
            break
        }
    }
}

extension DueInvoices.Row {
    fileprivate mutating func end(_ ending: DueInvoices.Ending, at instant: Timestamp) {
        self.ending = ending
        endedOn = BusinessDay(of: instant)
    }
}
