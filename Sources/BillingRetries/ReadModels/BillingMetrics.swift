package import HindsightCore

/// Counts and sums of a day, by policy and first reason; everything wider is a sum of these rows.
///
/// A row for each of "all", "this policy", "this day" would be rewritten by every event, and its history would grow with the log.
/// The key is `2026-01-31 fixed-4-days insufficient-funds`; what happened before recovery has `-` for both.
package struct BillingMetrics: Projection {
    package typealias Event = InvoiceEvent

    package struct Row: Codable, Sendable, Equatable {
        /// UTC, by business time.
        package let day: BusinessDay
        package let policy: String?
        package let firstReason: DeclineReason?
        package var counts: Counts

        package init(day: BusinessDay, policy: String?, firstReason: DeclineReason?, counts: Counts = Counts()) {
            self.day = day
            self.policy = policy
            self.firstReason = firstReason
            self.counts = counts
        }
    }

    package init() {}

    package let name = "billing-metrics"
    package let version = 2

    package var indexes: [RowIndex<Row>] {
        [RowIndex("day") { [$0.day.description] }, RowIndex("policy") { $0.policy.map { [$0] } ?? [] }]
    }

    package func keys(for event: Recorded<InvoiceEvent>) -> [String] {
        guard Self.isCounted(event.event) else { return [] }
        let recovery = event.event.recovery
        return ["\(Self.day(of: event.event)) \(recovery?.policy ?? "-") \(recovery?.firstReason.rawValue ?? "-")"]
    }

    package func apply(_ event: Recorded<InvoiceEvent>, key: String, to row: inout Row?) {
        let recovery = event.event.recovery
        var changed =
            row ?? Row(day: Self.day(of: event.event), policy: recovery?.policy, firstReason: recovery?.firstReason)
        changed.counts.count(event.event)
        row = changed
    }

    private static func day(of event: InvoiceEvent) -> BusinessDay { BusinessDay(of: event.content.at) }

    private static func isCounted(_ event: InvoiceEvent) -> Bool {
        var counts = Counts()
        counts.count(event)
        return counts != Counts()
    }
}

extension InvoiceEvent {
    /// The terms of the recovery that the event belongs to; `nil` before there is one.
    package var recovery: RecoveryTerms? {
        switch self {
        case .chargeRequested(let payload): payload.recovery
        case .chargeApproved(let payload): payload.recovery
        case .chargeDeclined(let payload): payload.recovery
        case .chargeUnknown(let payload): payload.recovery
        case .chargeWithdrawn(let payload): payload.recovery
        case .recoveryStarted(let payload): payload.terms
        case .predictionRequested(let payload): payload.recovery
        case .predictionMade(let payload): payload.recovery
        case .predictionFailed(let payload): payload.recovery
        case .retryScheduled(let payload): payload.recovery
        case .retryWithheld(let payload): payload.recovery
        case .guardRefused(let payload): payload.recovery
        case .payerNotified(let payload): payload.recovery
        case .paid(let payload): payload.recovery
        case .uncollectible(let payload): payload.recovery
        case .opened, .firstChargeTimed, .methodChanged, .paidElsewhere, .overpaid: nil
        }
    }
}
