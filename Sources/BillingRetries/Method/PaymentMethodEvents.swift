package import HindsightCore

package enum PaymentMethodEvent: BillingEvent, Equatable {
    case registered(MethodRegistered)
    case tried(MethodTried)
    case blocked(MethodBlocked)

    package static let codec = EventCodec<PaymentMethodEvent>([
        .kind(PaymentMethodEvent.registered), .kind(PaymentMethodEvent.tried), .kind(PaymentMethodEvent.blocked),
    ])

    package var content: any BillingPayload {
        switch self {
        case .registered(let payload): payload
        case .tried(let payload): payload
        case .blocked(let payload): payload
        }
    }
}

/// A customer's card is known under a token of the gateway; the token is opaque and the card's number is never here.
package struct MethodRegistered: BillingPayload {
    package static let type: EventType = "billing-retries.method-registered"
    package let method: String
    package let customer: String
    package let at: Timestamp
    package var links: [Link] { [.method(method), .customer(customer)] }

    package init(method: String, customer: String, at: Timestamp) {
        self.method = method
        self.customer = customer
        self.at = at
    }
}

/// A charge of the card is about to be sent: the networks count it whatever comes of it.
package struct MethodTried: BillingPayload {
    package static let type: EventType = "billing-retries.method-tried"
    package let method: String
    package let invoice: String
    package let attempt: Int
    package let at: Timestamp
    package var links: [Link] { [.method(method), .invoice(invoice)] }
}

/// The issuer will never approve this card; only another one helps. The customer is not blocked.
package struct MethodBlocked: BillingPayload {
    package static let type: EventType = "billing-retries.method-blocked"
    package let method: String
    package let invoice: String
    package let block: CardBlock
    package let at: Timestamp
    package var links: [Link] { [.method(method), .invoice(invoice)] }
}
