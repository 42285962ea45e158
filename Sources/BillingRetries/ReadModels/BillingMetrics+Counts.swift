import HindsightCore

extension BillingMetrics {
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
        /// Of those, in windows that a model chose.
        package var retriesByModel = 0
        /// Drawn by lot, so that there is something to learn from.
        package var retriesByExploration = 0
        package var retriesByRules = 0
        package var retriesByFixedInterval = 0
        package var guardRefusals = 0
        package var noticesSent = 0
        /// First charges that wait for an hour of a model's choice.
        package var firstChargesTimed = 0
        package var predictionsRequested = 0
        package var predictions = PredictionCounts()
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
}

extension BillingMetrics.Counts {
    mutating func count(_ event: InvoiceEvent) {
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
        case .retryScheduled(let retry):
            retriesScheduled += 1
            switch retry.chosenBy {
            case .model: retriesByModel += 1
            case .exploration: retriesByExploration += 1
            case .fixedInterval: retriesByFixedInterval += 1
            case .rules, .plan: retriesByRules += 1
            }
        case .guardRefused: guardRefusals += 1
        case .payerNotified: noticesSent += 1
        case .firstChargeTimed: firstChargesTimed += 1
        case .predictionRequested: predictionsRequested += 1
        case .predictionMade(let made): predictions.note(made.answer)
        case .predictionFailed(let failed): predictions.note(failed.failure)
        case .paid(let paid):
            switch paid.by {
            case .charge: invoicesPaid += 1
            case .elsewhere: invoicesPaidElsewhere += 1
            }
        case .uncollectible(let uncollectible):
            invoicesUncollectible += 1
            uncollectibleMinor[uncollectible.currency.code, default: 0] += uncollectible.amountMinor
        case .chargeWithdrawn, .retryWithheld, .methodChanged, .paidElsewhere, .overpaid: break
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
        retriesByModel += other.retriesByModel
        retriesByExploration += other.retriesByExploration
        retriesByRules += other.retriesByRules
        retriesByFixedInterval += other.retriesByFixedInterval
        guardRefusals += other.guardRefusals
        noticesSent += other.noticesSent
        firstChargesTimed += other.firstChargesTimed
        predictionsRequested += other.predictionsRequested
        predictions.add(other.predictions)
        invoicesPaid += other.invoicesPaid
        invoicesPaidElsewhere += other.invoicesPaidElsewhere
        invoicesUncollectible += other.invoicesUncollectible
        billedMinor.merge(other.billedMinor, uniquingKeysWith: +)
        collectedMinor.merge(other.collectedMinor, uniquingKeysWith: +)
        uncollectibleMinor.merge(other.uncollectibleMinor, uniquingKeysWith: +)
    }

    /// Those that came to an end, paid by a charge or given up.
    package var invoicesEnded: Int { invoicesPaid + invoicesUncollectible }
    package var chargesAnswered: Int { chargesApproved + chargesDeclined }
    package var retriesCovered: Int { retriesByModel + retriesByExploration }
}
