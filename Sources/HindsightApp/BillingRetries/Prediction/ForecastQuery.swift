package import BillingRetries
package import HindsightCore

extension BillingDesk {
    /// When a customer is best charged: what a caller asks.
    package struct ForecastQuery: Sendable, Decodable {
        package struct Failure: Sendable, Decodable {
            package let code: String
            /// 1, 2, 3…
            package let attempt: Int
        }

        package let customer: String
        /// Must be that of the customer's invoices, where it is given and there are any.
        package let customerType: CustomerType?
        /// The clock's instant for `nil`.
        package let now: Timestamp?
        /// 192 for `nil`.
        package let horizonHours: Int?
        /// Of each so many hours the best one is told; 1 for `nil`.
        package let slotHours: Int?
        package let failure: Failure?
        /// In place of the recorded snapshot.
        package let signals: PayerSignals?

        /// `now` lies no farther from the clock's instant.
        package static let farthestDays = 3_660

        package init(
            customer: String, customerType: CustomerType? = nil, now: Timestamp? = nil, horizonHours: Int? = nil, code: String? = nil,
            signals: PayerSignals? = nil
        ) {
            self.customer = customer
            self.customerType = customerType
            self.now = now
            self.horizonHours = horizonHours
            slotHours = nil
            failure = code.map { Failure(code: $0, attempt: 1) }
            self.signals = signals
        }
    }

    package struct Forecast: Sendable, Equatable, Encodable {
        /// Best first.
        package let ranked: [RankedWindow]
        package let model: ModelDigest?
        package let fallback: Bool
        /// Why the rules answer in a model's place.
        package let reason: String?
    }
}

package enum ForecastError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The event there is no answer to such a question.
    case notRecorded(Position)
    case badNumber(field: String, String)
    case badSignals(Payer.Rejection)
    case otherType(CustomerType)
    case farAway(Timestamp)

    package var description: String {
        switch self {
        case .notRecorded(let position): "what was answered is not in the log at position \(position): ask without an Idempotency-Key"
        case .badNumber(let field, let bounds): "\(field): \(bounds)"
        case .badSignals(let rejection): "signals.\(rejection)"
        case .farAway(let instant): "now: \(instant) is more than \(BillingDesk.ForecastQuery.farthestDays) days from the present"
        case .otherType(let type): "customerType: is \(type.rawValue) in the customer's invoices and subscriptions"
        }
    }
}
