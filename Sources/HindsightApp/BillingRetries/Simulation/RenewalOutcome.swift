package import BillingRetries
package import HindsightCore

/// What became of a renewal, and what it took.
package struct RenewalOutcome: Sendable, Equatable {
    package let country: String
    package let plan: String
    package let funding: CardFunding
    package let customerType: CustomerType
    package let currency: Currency
    package let amountMinor: Int64
    package let dueAt: Timestamp
    /// Why the first charge failed; `nil` if none did.
    package private(set) var firstReason: DeclineReason?
    package private(set) var paidAt: Timestamp?
    /// Charges after the first one.
    package private(set) var retries = 0
    /// Those of them whose window a model chose, or a draw in its place.
    package private(set) var retriesByModel = 0
    package private(set) var guardRefusals = 0

    init(of customer: MarketCustomer, funding: CardFunding, dueAt: Timestamp) {
        country = customer.place.country
        plan = customer.plan
        self.funding = funding
        customerType = customer.customerType
        currency = customer.currency
        amountMinor = customer.amountMinor
        self.dueAt = dueAt
    }

    mutating func note(_ event: InvoiceEvent) {
        switch event {
        case .chargeRequested(let charge):
            guard charge.attempt > 1 else { return }
            retries += 1
            if charge.chosenBy == .model || charge.chosenBy == .exploration { retriesByModel += 1 }
        case .recoveryStarted(let recovery): firstReason = recovery.terms.firstReason
        case .guardRefused: guardRefusals += 1
        case .paid(let paid): paidAt = paid.at
        case .opened, .chargeApproved, .chargeDeclined, .chargeUnknown, .predictionRequested, .predictionMade, .predictionFailed,
            .chargeWithdrawn, .firstChargeTimed, .retryScheduled, .retryWithheld, .payerNotified, .methodChanged, .paidElsewhere, .overpaid,
            .uncollectible:
            break
        }
    }
}

/// By what renewals can be told apart.
package enum RenewalGrouping: String, Sendable, CaseIterable, Encodable {
    /// Why the first charge failed.
    case reason
    case country, plan, funding
    /// Individuals and teams.
    case type

    /// `nil` where it concerns none.
    func value(of outcome: RenewalOutcome) -> String? {
        switch self {
        case .reason: outcome.firstReason?.rawValue
        case .country: outcome.country
        case .plan: outcome.plan
        case .funding: outcome.funding.rawValue
        case .type: outcome.customerType.rawValue
        }
    }
}
