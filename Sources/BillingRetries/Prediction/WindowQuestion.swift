package import HindsightCore

/// What a predictor is asked: in which hour an invoice should be tried next. Everything in it stands in the log.
package struct WindowQuestion: Sendable, Hashable, Codable {
    package let payer: PayerTraits
    /// What came of the customer's earlier charges as the snapshot knew them, oldest first, those of this invoice left out.
    package let history: [ChargeObservation]
    /// What came of this invoice's charges, oldest first; empty before the first charge of a renewal.
    package let attempts: [ChargeObservation]
    package let dueAt: Timestamp
    package let now: Timestamp
    /// The first instant at which the network guard lets the card be tried.
    package let opensAt: Timestamp
    /// The last instant at which a charge may begin.
    package let deadline: Timestamp
    /// Charges that may still be requested, the one that is asked about included.
    package let triesLeft: Int
    package let hours: LegalHours
    /// So many hourly windows are ranked: 192, 144 or 96.
    package let horizonHours: Int
    /// The window that the rules propose; it is scored beside the others.
    package let ruleAt: Timestamp?

    package init(
        payer: PayerTraits, history: [ChargeObservation], attempts: [ChargeObservation], dueAt: Timestamp, now: Timestamp,
        opensAt: Timestamp, deadline: Timestamp, triesLeft: Int, hours: LegalHours, horizonHours: Int, ruleAt: Timestamp?
    ) {
        self.payer = payer
        self.history = history
        self.attempts = attempts
        self.dueAt = dueAt
        self.now = now
        self.opensAt = opensAt
        self.deadline = deadline
        self.triesLeft = triesLeft
        self.hours = hours
        self.horizonHours = horizonHours
        self.ruleAt = ruleAt
    }
}

/// Who pays and by what, as far as a prediction may know it. What nobody has stated is `nil`.
package struct PayerTraits: Sendable, Hashable, Codable {
    /// ISO 3166-1, two capitals.
    package let country: String?
    /// IANA name.
    package let timeZone: String
    package let customerType: CustomerType
    package let plan: String
    package let amountMinor: Int64
    package let currency: Currency
    /// An opaque name of the bank behind the card.
    package let issuer: String?
    package let network: CardNetwork?
    package let funding: CardFunding?

    package init(
        country: String?, timeZone: String, customerType: CustomerType, plan: String, amountMinor: Int64, currency: Currency,
        issuer: String?, network: CardNetwork?, funding: CardFunding?
    ) {
        self.country = country
        self.timeZone = timeZone
        self.customerType = customerType
        self.plan = plan
        self.amountMinor = amountMinor
        self.currency = currency
        self.issuer = issuer
        self.network = network
        self.funding = funding
    }
}

package enum CardFunding: String, Codable, Sendable, Hashable, CaseIterable { case debit, credit, prepaid }

/// What a charge told: when it was sent, and the network's answer. In JSON one text, `2026-01-05T08:00:00Z 51 26`, for there are many.
package struct ChargeObservation: Sendable, Hashable {
    package let at: Timestamp
    /// ISO 8583 response code, `00` for an approval; `nil` where the gateway gave none.
    package let code: String?
    /// Mastercard's merchant advice code.
    package let advice: String?

    package init(at: Timestamp, code: String?, advice: String? = nil) {
        self.at = at
        self.code = code
        self.advice = advice
    }

    package static let approval = "00"
}

extension ChargeObservation: Codable, CustomStringConvertible {
    private static let none = "-"

    package var description: String { "\(at) \(code ?? Self.none)\(advice.map { " \($0)" } ?? "")" }

    /// `nil` for a text that is none.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard (2...3).contains(words.count), let at = Timestamp(String(words[0])), !words[1].isEmpty, words.last?.isEmpty == false else {
            return nil
        }
        self.init(
            at: at, code: words[1] == Self.none ? nil : String(words[1]), advice: words.count > 2 ? String(words[2]) : nil)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let observation = ChargeObservation(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no instant, code and advice of a charge")
        }
        self = observation
    }

    package func encode(to encoder: any Encoder) throws {
        guard at.isWritable else { return try at.encode(to: encoder) }
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
