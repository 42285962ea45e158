package import HindsightCore

package enum SubscriptionEvent: BillingEvent, Equatable {
    case started(SubscriptionStarted)
    case renewed(SubscriptionRenewed)
    case renewalDeferred(RenewalDeferred)
    case methodChanged(SubscriptionMethodChanged)
    case cancelled(SubscriptionCancelled)
    case downgraded(SubscriptionDowngraded)

    package static let codec = EventCodec<SubscriptionEvent>([
        .kind(SubscriptionEvent.started), .kind(SubscriptionEvent.renewed), .kind(SubscriptionEvent.renewalDeferred),
        .kind(SubscriptionEvent.methodChanged), .kind(SubscriptionEvent.cancelled), .kind(SubscriptionEvent.downgraded),
    ])

    package var content: any BillingPayload {
        switch self {
        case .started(let payload): payload
        case .renewed(let payload): payload
        case .renewalDeferred(let payload): payload
        case .methodChanged(let payload): payload
        case .cancelled(let payload): payload
        case .downgraded(let payload): payload
        }
    }
}

package enum CustomerType: String, Codable, Sendable, Hashable { case individual, team }

package enum BillingPeriod: String, Codable, Sendable, Hashable {
    case monthly, yearly

    package var months: Int { self == .monthly ? 1 : 12 }
}

/// A customer has a paid plan; the period before the first renewal is paid already.
package struct SubscriptionStarted: BillingPayload {
    package static let type: EventType = "billing-retries.subscription-started"
    package let subscription: String
    package let customer: String
    package let customerType: CustomerType
    package let plan: String
    package let amountMinor: Int64
    package let currency: Currency
    package let period: BillingPeriod
    package let paymentMethod: String
    /// IANA name.
    package let timeZone: String
    /// When the paid period ends: the first renewal, and the day and hour of all later ones in the customer's zone.
    package let periodEndsAt: Timestamp
    package let at: Timestamp
    package var links: [Link] { [.subscription(subscription), .customer(customer), .method(paymentMethod)] }

    package init(
        subscription: String, customer: String, customerType: CustomerType, plan: String, amountMinor: Int64, currency: Currency,
        period: BillingPeriod, paymentMethod: String, timeZone: String, periodEndsAt: Timestamp, at: Timestamp
    ) {
        self.subscription = subscription
        self.customer = customer
        self.customerType = customerType
        self.plan = plan
        self.amountMinor = amountMinor
        self.currency = currency
        self.period = period
        self.paymentMethod = paymentMethod
        self.timeZone = timeZone
        self.periodEndsAt = periodEndsAt
        self.at = at
    }
}

/// The next period has begun and its invoice is due.
package struct SubscriptionRenewed: BillingPayload {
    package static let type: EventType = "billing-retries.subscription-renewed"
    package let subscription: String
    package let invoice: String
    /// 1, 2, 3… since the subscription started here.
    package let period: Int
    package let startsAt: Timestamp
    /// The next renewal.
    package let ends: ResolvedTime
    package let at: Timestamp
    package var links: [Link] { [.subscription(subscription), .invoice(invoice)] }
}

/// The period is over, and the invoice of the one before is still open: nobody owes two periods at once.
package struct RenewalDeferred: BillingPayload {
    package static let type: EventType = "billing-retries.renewal-deferred"
    package let subscription: String
    /// The open one.
    package let invoice: String
    /// When the renewal is tried again.
    package let until: Timestamp
    package let at: Timestamp
    package var links: [Link] { [.subscription(subscription), .invoice(invoice)] }

    package init(subscription: String, invoice: String, until: Timestamp, at: Timestamp) {
        self.subscription = subscription
        self.invoice = invoice
        self.until = until
        self.at = at
    }
}

/// The payer has given another payment method.
package struct SubscriptionMethodChanged: BillingPayload {
    package static let type: EventType = "billing-retries.subscription-method-changed"
    package let subscription: String
    package let oldMethod: String
    package let newMethod: String
    package let at: Timestamp
    package var links: [Link] { [.subscription(subscription), .method(newMethod)] }
}

/// There will be no further renewal; what is open stays owed.
package struct SubscriptionCancelled: BillingPayload {
    package static let type: EventType = "billing-retries.subscription-cancelled"
    package let subscription: String
    package let reason: String?
    package let at: Timestamp
    package var links: [Link] { [.subscription(subscription)] }

    package init(subscription: String, reason: String?, at: Timestamp) {
        self.subscription = subscription
        self.reason = reason
        self.at = at
    }
}

/// An invoice could not be collected, so the customer is on the free tier.
package struct SubscriptionDowngraded: BillingPayload {
    package static let type: EventType = "billing-retries.subscription-downgraded"
    package let subscription: String
    package let invoice: String
    package let fromPlan: String
    package let toPlan: String
    package let at: Timestamp
    package var links: [Link] { [.subscription(subscription), .invoice(invoice)] }

    package init(subscription: String, invoice: String, fromPlan: String, toPlan: String, at: Timestamp) {
        self.subscription = subscription
        self.invoice = invoice
        self.fromPlan = fromPlan
        self.toPlan = toPlan
        self.at = at
    }
}
