import HindsightCore

/// Collects decisions with their outcomes from the events of invoices and payment methods, in the order of the log.
///
/// Only those count that a model was asked about, and in which the window that was preferred or drawn is the one that was charged: where
/// the guard moved it, legal hours or a late answer made another of it, or an outage delayed it, the charged window was nobody's choice,
/// and no probability belongs to it.
package struct DecisionCollector: Sendable {
    private struct Pending {
        let request: PredictionRequested
        let invoice: OpenInvoice
        let card: CardRecord
        var answer: PredictionAnswer?
        var choice: Choice?
        var isCharged = false
    }

    private struct Choice {
        let retry: RetryScheduled
        let propensity: Double
        let preferred: Timestamp
        let drawnShare: Double
    }

    private var invoices: [String: Invoice.State] = [:]
    private var cards: [String: PaymentMethod.State] = [:]
    private var pending: [String: Pending] = [:]
    package private(set) var decisions: [LoggedDecision] = []

    package init() {}

    package mutating func add(_ event: PaymentMethodEvent) {
        switch event {
        case .registered: break
        case .tried(let tried): PaymentMethod.evolve(&cards[tried.method, default: PaymentMethod.initialState], with: event)
        case .blocked(let blocked): PaymentMethod.evolve(&cards[blocked.method, default: PaymentMethod.initialState], with: event)
        }
    }

    package mutating func add(_ event: InvoiceEvent) {
        switch event {
        case .opened(let opened): note(event, of: opened.invoice)
        case .predictionRequested(let request):
            pending[request.invoice] = request.purpose == .retry ? begin(request) : nil
            note(event, of: request.invoice)
        case .predictionMade(let made):
            if pending[made.invoice]?.request.number == made.number { pending[made.invoice]?.answer = made.answer }
            note(event, of: made.invoice)
        case .predictionFailed(let failed): drop(failed.invoice, event)
        case .retryScheduled(let retry):
            let choice = pending[retry.invoice].flatMap { Self.choice(retry, by: $0) }
            if let choice { pending[retry.invoice]?.choice = choice } else { pending[retry.invoice] = nil }
            note(event, of: retry.invoice)
        case .chargeRequested(let charge):
            if let retry = pending[charge.invoice]?.choice?.retry, retry.attempt == charge.attempt, retry.window == charge.window,
                charge.at < charge.window.until
            {
                pending[charge.invoice]?.isCharged = true
            } else {
                pending[charge.invoice] = nil
            }
            note(event, of: charge.invoice)
        case .chargeApproved(let approved):
            settle(approved.invoice, isApproved: true)
            note(event, of: approved.invoice)
        case .chargeDeclined(let declined):
            if declined.stated == nil { settle(declined.invoice, isApproved: false) }
            drop(declined.invoice, event)
        case .chargeWithdrawn(let withdrawn): drop(withdrawn.invoice, event)
        case .methodChanged(let changed): drop(changed.invoice, event)
        case .paid(let paid): forget(paid.invoice)
        case .uncollectible(let given): forget(given.invoice)
        case .firstChargeTimed(let timed): note(event, of: timed.invoice)
        case .chargeUnknown(let unknown): note(event, of: unknown.invoice)
        case .recoveryStarted(let started): note(event, of: started.invoice)
        case .retryWithheld(let withheld): note(event, of: withheld.invoice)
        case .guardRefused(let refused): note(event, of: refused.invoice)
        case .payerNotified(let notified): note(event, of: notified.invoice)
        case .paidElsewhere(let paid): note(event, of: paid.invoice)
        case .overpaid(let overpaid): note(event, of: overpaid.invoice)
        }
    }

    private mutating func note(_ event: InvoiceEvent, of invoice: String) {
        Invoice.evolve(&invoices[invoice, default: Invoice.initialState], with: event)
    }

    private mutating func drop(_ invoice: String, _ event: InvoiceEvent) {
        pending[invoice] = nil
        note(event, of: invoice)
    }

    private mutating func forget(_ invoice: String) {
        pending[invoice] = nil
        invoices[invoice] = nil
    }

    private func begin(_ request: PredictionRequested) -> Pending? {
        guard let invoice = invoices[request.invoice]?.open else { return nil }
        let card = cards[invoice.method] ?? PaymentMethod.initialState
        return Pending(request: request, invoice: invoice, card: CardRecord(tries: card.tries, block: card.block))
    }

    /// `nil` where the window is another than the one that was preferred or drawn, or was scheduled without the answer.
    private static func choice(_ retry: RetryScheduled, by pending: Pending) -> Choice? {
        guard pending.answer != nil, pending.choice == nil, retry.attempt == pending.request.attempt, retry.deliberation.movedBy == nil,
            let trace = retry.deliberation.model, trace.failure == nil
        else { return nil }
        let question = pending.request.question
        guard let preferred = trace.overrides ? trace.modelAt : question.ruleAt ?? question.opensAt else { return nil }
        let windows = question.windows
        let chosen = trace.explored ? WindowChoice.drawn(from: windows, for: pending.request.seed) : preferred
        guard let chosen, retry.window.from.isInHour(of: chosen) else { return nil }
        return Choice(
            retry: retry, propensity: trace.propensity, preferred: preferred,
            drawnShare: Self.drawnShare(trace.propensity, of: chosen, preferred, among: windows))
    }

    /// How often draws were made, from the probability of one window.
    private static func drawnShare(_ propensity: Double, of chosen: Timestamp, _ preferred: Timestamp, among windows: [Timestamp]) -> Double
    {
        guard !windows.isEmpty else { return 0 }
        let each = windows.contains(chosen) ? 1 / Double(windows.count) : 0
        let share = chosen == preferred ? (each < 1 ? (1 - propensity) / (1 - each) : 0) : propensity / each
        return min(max(share, 0), 1)
    }

    private mutating func settle(_ invoice: String, isApproved: Bool) {
        defer { pending[invoice] = nil }
        guard let past = pending[invoice], past.isCharged, let answer = past.answer, let choice = past.choice else { return }
        decisions.append(
            LoggedDecision(
                customer: past.invoice.opened.customer, request: past.request, answer: answer, invoice: past.invoice, card: past.card,
                window: choice.retry.window.from, propensity: choice.propensity, preferred: choice.preferred,
                drawnShare: choice.drawnShare, isApproved: isApproved))
    }
}
