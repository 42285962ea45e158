package import HindsightCore

package enum PayerEvent: BillingEvent, Equatable {
    case snapshotRecorded(SnapshotRecorded)
    case forecastMade(ForecastMade)

    package static let codec = EventCodec<PayerEvent>([.kind(PayerEvent.snapshotRecorded), .kind(PayerEvent.forecastMade)])

    package var content: any BillingPayload {
        switch self {
        case .snapshotRecorded(let payload): payload
        case .forecastMade(let payload): payload
        }
    }
}

/// What a daily job knows of a customer: predictions read the newest one, and never today's tables.
package struct SnapshotRecorded: BillingPayload {
    package static let type: EventType = "billing-retries.snapshot-recorded"
    package let customer: String
    package let signals: PayerSignals
    /// What came of the customer's charges by then, oldest first, at most ``Payer/historyLimit``.
    package let history: [ChargeObservation]
    package let at: Timestamp
    package var links: [Link] { [.customer(customer)] }
}

/// What a shop states of its customer once a day. What it does not know is left out.
package struct PayerSignals: Sendable, Hashable, Codable {
    /// Of this instant is what it states.
    package let takenAt: Timestamp
    /// ISO 3166-1, two capitals.
    package let country: String?
    package let usage: Usage?
    package let card: Card?

    package struct Usage: Sendable, Hashable, Codable {
        /// On how many of the last seven days the customer was there.
        package let activeDays: Int
        /// Hours since then.
        package let hoursSinceSeen: Int?

        package init(activeDays: Int, hoursSinceSeen: Int? = nil) {
            self.activeDays = activeDays
            self.hoursSinceSeen = hoursSinceSeen
        }
    }

    /// The payment method as its gateway describes it; never its number.
    package struct Card: Sendable, Hashable, Codable {
        /// An opaque name of the bank.
        package let issuer: String?
        package let network: CardNetwork?
        package let funding: CardFunding?

        package init(issuer: String? = nil, network: CardNetwork? = nil, funding: CardFunding? = nil) {
            self.issuer = issuer
            self.network = network
            self.funding = funding
        }
    }

    package init(takenAt: Timestamp, country: String? = nil, usage: Usage? = nil, card: Card? = nil) {
        self.takenAt = takenAt
        self.country = country
        self.usage = usage
        self.card = card
    }
}

/// Somebody asked when a customer is best charged, for no invoice of the log: it is recorded like every other prediction.
package struct ForecastMade: BillingPayload {
    package static let type: EventType = "billing-retries.forecast-made"
    package let customer: String
    /// `nil` where no question could be made of what is known.
    package let question: WindowQuestion?
    /// `nil` where no model could say.
    package let answer: PredictionAnswer?
    package let failure: PredictionFailure?
    /// What was answered, best first, where the same answer may be asked for again; `nil` for a request without a key.
    package let ranked: [RankedWindow]?
    package let at: Timestamp
    package var links: [Link] { [.customer(customer)] }

    package init(
        customer: String, question: WindowQuestion?, answer: PredictionAnswer?, failure: PredictionFailure?,
        ranked: [RankedWindow]? = nil, at: Timestamp
    ) {
        self.customer = customer
        self.question = question
        self.answer = answer
        self.failure = failure
        self.ranked = ranked
        self.at = at
    }
}
