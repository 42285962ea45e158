/// What a gateway's webhook is good for: it names an attempt of which there may be news.
///
/// Never a verdict. Webhooks come late, twice, in any order, or not at all, so whoever gets one looks the attempt up and believes the answer.
package struct WebhookHint: Sendable, Hashable {
    /// The same whenever the gateway sends the event again.
    package let eventID: String
    package let gateway: PaymentGatewayKind
    package let invoice: String
    /// 1, 2, 3…
    package let attempt: Int
    /// The gateway's name for the payment, as answers have it.
    package let charge: String?

    package init(eventID: String, gateway: PaymentGatewayKind, invoice: String, attempt: Int, charge: String? = nil) {
        self.eventID = eventID
        self.gateway = gateway
        self.invoice = invoice
        self.attempt = attempt
        self.charge = charge
    }
}

/// Why a webhook is not taken.
package enum WebhookRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    case unsigned(header: String)
    case malformed(header: String)
    case forged
    /// It is older than the replay window, or from the future: it may be a genuine one that somebody sends again.
    case outOfTime(ageSeconds: Int64)
    case unreadable(reason: String)

    package var description: String {
        switch self {
        case .unsigned(let header): "\(header) is missing: only the gateway's signed webhooks are taken"
        case .malformed(let header): "\(header) is not t=<unix seconds>,v1=<hexadecimal digits>"
        case .forged: "no signature fits the body: compare the secret with the gateway's, and sign the body's bytes as they are sent"
        case .outOfTime(let age):
            age < 0
                ? "it was signed \(-age) s in the future: set the clocks right"
                : "it was signed \(age) s ago, which is too long: the gateway sends news with a new signature"
        case .unreadable(let reason): "the event can't be read: \(reason)"
        }
    }
}
