package import HindsightCore

/// Counts and sums of a day, by policy and first reason; everything wider is a sum of these rows.
///
/// A row for each of "all", "this policy", "this day" would be rewritten by every event, and its history would grow with the log.
/// The key is `2026-01-31 fixed-4-days insufficient-funds`; what happened before recovery has `-` for both.
package struct BillingMetrics: Projection {
    package typealias Event = InvoiceEvent

    package struct Row: Codable, Sendable, Equatable {
        /// UTC, by business time.
        package let day: String
        package let policy: String?
        package let firstReason: DeclineReason?
        package var counts = Counts()
    }

    /// Counts of events, and sums in minor units by currency.
    package struct Counts: Codable, Sendable, Equatable {
        package var invoicesOpened = 0
        package var chargesRequested = 0
        package var chargesApproved = 0
        package var chargesDeclined = 0
        /// Charges whose answer was lost.
        package var chargesUnknown = 0
        package var recoveriesStarted = 0
        package var retriesScheduled = 0
        package var guardRefusals = 0
        package var noticesSent = 0
        /// By a charge.
        package var invoicesPaid = 0
        package var invoicesPaidElsewhere = 0
        /// Given up at the end of the window; the plan falls to the free tier.
        package var invoicesUncollectible = 0
        package var billedMinor: [String: Int64] = [:]
        package var collectedMinor: [String: Int64] = [:]
        package var uncollectibleMinor: [String: Int64] = [:]

        package init() {}
    }

    package init() {}

    package let name = "billing-metrics"
    package let version = 1

    package var indexes: [RowIndex<Row>] {
        [RowIndex("day") { [$0.day] }, RowIndex("policy") { $0.policy.map { [$0] } ?? [] }]
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

    private static func day(of event: InvoiceEvent) -> String { String(event.content.at.description.prefix(10)) }

    private static func isCounted(_ event: InvoiceEvent) -> Bool {
        var counts = Counts()
        counts.count(event)
        return counts != Counts()
    }
}

extension BillingMetrics.Counts {
    fileprivate mutating func count(_ event: InvoiceEvent) {
        switch event {
        case .opened(let opened):
            invoicesOpened += 1
            billedMinor[opened.currency.code, default: 0] += opened.amountMinor
        case .chargeRequested: chargesRequested += 1
        case .chargeApproved(let approved):
            chargesApproved += 1
            collectedMinor[approved.currency.code, default: 0] += approved.amountMinor
        case .chargeDeclined: chargesDeclined += 1
        case .chargeUnknown: chargesUnknown += 1
        case .recoveryStarted: recoveriesStarted += 1
        case .retryScheduled: retriesScheduled += 1
        case .guardRefused: guardRefusals += 1
        case .payerNotified: noticesSent += 1
        case .paid(let paid):
            switch paid.by {
            case .charge: invoicesPaid += 1
            case .elsewhere: invoicesPaidElsewhere += 1
            }
        case .uncollectible(let uncollectible):
            invoicesUncollectible += 1
            uncollectibleMinor[uncollectible.currency.code, default: 0] += uncollectible.amountMinor
        case .predictionRequested, .predictionMade, .predictionFailed, .firstChargeTimed, .retryWithheld, .methodChanged, .paidElsewhere,
            .overpaid:
            break
        }
    }

    /// Adds another row's counts and sums.
    package mutating func add(_ other: Self) {
        invoicesOpened += other.invoicesOpened
        chargesRequested += other.chargesRequested
        chargesApproved += other.chargesApproved
        chargesDeclined += other.chargesDeclined
        chargesUnknown += other.chargesUnknown
        recoveriesStarted += other.recoveriesStarted
        retriesScheduled += other.retriesScheduled
        guardRefusals += other.guardRefusals
        noticesSent += other.noticesSent
        invoicesPaid += other.invoicesPaid
        invoicesPaidElsewhere += other.invoicesPaidElsewhere
        invoicesUncollectible += other.invoicesUncollectible
        billedMinor.merge(other.billedMinor, uniquingKeysWith: +)
        collectedMinor.merge(other.collectedMinor, uniquingKeysWith: +)
        uncollectibleMinor.merge(other.uncollectibleMinor, uniquingKeysWith: +)
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
