package import FoundationEssentials

package enum Network: String, Codable, Sendable { case visa, mastercard }

/// What became of a charge.
package enum Outcome: String, Codable, Sendable { case approved, declined, actionRequired = "action_required" }

/// The issuer's decision with the words it came in.
package struct Verdict: Codable, Sendable {
    package let outcome: Outcome
    package let network: Network
    /// The raw response code, absent on approval.
    package var code: String?
    /// Mastercard's merchant advice code.
    package var advice: String?
    /// True when this payment method must never be tried again.
    package var hard: Bool?
    /// The earliest retry that the advice allows.
    package var notBefore: String?
    /// True when the caller is told `pending` and learns the outcome from a look-up only.
    package var settlesLater: Bool?
}

/// What a caller asked for, as far as the journal keeps it.
///
/// The customer stays out: no decision depends on it and the journal has no use for it.
package struct ChargeOrder: Codable, Sendable {
    package let key: String
    /// SHA-256 of the request's bytes, in hexadecimal digits.
    package let digest: String
    package let invoice: String
    package let attempt: Int
    package let paymentMethod: String
    package let amountMinor: Int64
    package let currency: String
    /// The caller's clock.
    package let requestedAt: Date

    package init(
        key: String, digest: String, invoice: String, attempt: Int, paymentMethod: String, amountMinor: Int64, currency: String,
        requestedAt: Date
    ) {
        self.key = key
        self.digest = digest
        self.invoice = invoice
        self.attempt = attempt
        self.paymentMethod = paymentMethod
        self.amountMinor = amountMinor
        self.currency = currency
        self.requestedAt = requestedAt
    }
}

/// An order that was acted on, approved or not.
///
/// In JSON the order's and the verdict's members stand beside `id`, without nesting.
struct Charge: Codable, Sendable {
    let id: String
    let order: ChargeOrder
    let verdict: Verdict

    private enum CodingKeys: CodingKey { case id }

    init(id: String, order: ChargeOrder, verdict: Verdict) {
        self.id = id
        self.order = order
        self.verdict = verdict
    }

    init(from decoder: any Decoder) throws {
        id = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .id)
        order = try ChargeOrder(from: decoder)
        verdict = try Verdict(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try order.encode(to: encoder)
        try verdict.encode(to: encoder)
    }
}
