package import HindsightCore

/// A decision of the past that another policy is asked about: what was known, what was chosen with which probability, what came of it.
package struct LoggedDecision: Sendable {
    package let customer: String
    package let question: WindowQuestion
    package let answer: PredictionAnswer
    /// The window that was charged.
    package let window: Timestamp
    /// With which probability the policy of then chose it.
    package let propensity: Double
    package let isApproved: Bool

    package init(
        customer: String, question: WindowQuestion, answer: PredictionAnswer, window: Timestamp, propensity: Double, isApproved: Bool
    ) {
        self.customer = customer
        self.question = question
        self.answer = answer
        self.window = window
        self.propensity = propensity
        self.isApproved = isApproved
    }
}

/// Collects decisions with their outcomes from the events of invoices, in the order of the log.
///
/// Only those count that a model was asked about and whose window was kept: one that the guard moved, or that an outage delayed, was
/// nobody's choice.
package struct DecisionCollector: Sendable {
    private struct Pending {
        let request: PredictionRequested
        var made: PredictionMade?
        var retry: RetryScheduled?
        var isCharged = false
    }

    private var customers: [String: String] = [:]
    private var pending: [String: Pending] = [:]
    package private(set) var decisions: [LoggedDecision] = []

    package init() {}

    package mutating func add(_ event: InvoiceEvent) {
        switch event {
        case .opened(let opened): customers[opened.invoice] = opened.customer
        case .predictionRequested(let request):
            pending[request.invoice] = request.purpose == .retry ? Pending(request: request) : nil
        case .predictionMade(let made) where pending[made.invoice]?.request.number == made.number: pending[made.invoice]?.made = made
        case .retryScheduled(let retry):
            guard pending[retry.invoice]?.made != nil, retry.deliberation.movedBy == nil else { return pending[retry.invoice] = nil }
            pending[retry.invoice]?.retry = retry
        case .chargeRequested(let charge):
            guard let retry = pending[charge.invoice]?.retry, retry.attempt == charge.attempt, retry.window == charge.window,
                charge.at < charge.window.until
            else { return pending[charge.invoice] = nil }
            pending[charge.invoice]?.isCharged = true
        case .chargeApproved(let approved): settle(approved.invoice, isApproved: true)
        case .chargeDeclined(let declined):
            if declined.stated == nil { settle(declined.invoice, isApproved: false) } else { pending[declined.invoice] = nil }
        case .paid(let paid): forget(paid.invoice)
        case .uncollectible(let given): forget(given.invoice)
        case .methodChanged(let changed): pending[changed.invoice] = nil
        case .predictionMade, .predictionFailed, .firstChargeTimed, .chargeUnknown, .chargeWithdrawn, .recoveryStarted, .retryWithheld,
            .guardRefused, .payerNotified, .paidElsewhere, .overpaid:
            break
        }
    }

    private mutating func settle(_ invoice: String, isApproved: Bool) {
        defer { pending[invoice] = nil }
        guard let past = pending[invoice], past.isCharged, let made = past.made, let retry = past.retry, let customer = customers[invoice]
        else { return }
        decisions.append(
            LoggedDecision(
                customer: customer, question: past.request.question, answer: made.answer, window: retry.window.from,
                propensity: retry.deliberation.model?.propensity ?? 1, isApproved: isApproved))
    }

    private mutating func forget(_ invoice: String) {
        pending[invoice] = nil
        customers[invoice] = nil
    }
}
