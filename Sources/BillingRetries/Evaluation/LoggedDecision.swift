package import HindsightCore

/// A decision of the past that another policy is asked about: what was known, what was chosen with which probability, what came of it.
package struct LoggedDecision: Sendable {
    package let customer: String
    /// What the model was asked.
    package let request: PredictionRequested
    package let answer: PredictionAnswer
    /// The invoice and its card as they were when the model was asked.
    let invoice: OpenInvoice
    let card: CardRecord
    /// The window that was charged.
    package let window: Timestamp
    /// With which probability the policy of then chose it.
    package let propensity: Double
    /// The window that the policy of then wanted, draws apart.
    package let preferred: Timestamp
    /// How often it drew another one by lot.
    package let drawnShare: Double
    package let isApproved: Bool

    package var question: WindowQuestion { request.question }

    /// With which probability the policy of then would have charged in the hour of `window`.
    package func propensity(of window: Timestamp) -> Double {
        let drawn = question.windows
        let byLot = drawn.contains { $0.isInHour(of: window) } ? drawnShare / Double(drawn.count) : 0
        return (preferred.isInHour(of: window) ? 1 - drawnShare : 0) + byLot
    }
}

extension Timestamp {
    /// Whether both lie in one whole hour of UTC: windows are an hour long, and issuers know no shorter time.
    package func isInHour(of other: Timestamp) -> Bool {
        secondsSince1970.flooredHour == other.secondsSince1970.flooredHour
    }
}

extension Int64 {
    fileprivate var flooredHour: Int64 { self / 3_600 - (self % 3_600 < 0 ? 1 : 0) }
}
