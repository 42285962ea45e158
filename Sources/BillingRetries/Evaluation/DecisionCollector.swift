import HindsightCore

/// Collects decisions with their outcomes from the events of invoices and payment methods, in the order of the log.
///
/// Only those count that a model was asked about, and in which the window that was preferred or drawn is the one that was charged: where
/// the guard moved it, legal hours or a late answer made another of it, or an outage delayed it, the charged window was nobody's choice,
/// and no probability belongs to it. A decision that never came to the charge it was about has no outcome; it is counted by the reason.
package struct DecisionCollector: Sendable {
    /// Why a decision has no outcome.
    package enum Loss: String, Sendable, Hashable, CaseIterable {
        /// The payer gave another card first.
        case methodChanged = "method-changed"
        /// The charge was let go before it reached the gateway.
        case withdrawn
        case paidElsewhere = "paid-elsewhere"
        /// The window of recovery was over.
        case windowEnded = "window-ended"
        /// It was charged at another time, as after an outage, or decided once more.
        case otherHour = "other-hour"
        /// The gateway never told what came of it, and a person said that nothing was charged.
        case noAnswer = "no-answer"
    }

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
    /// Decisions in which the preferred or drawn window was scheduled, and nothing is known of how it would have ended.
    package private(set) var losses: [Loss: Int] = [:]

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
            lose(request.invoice, to: .otherHour)
            pending[request.invoice] = request.purpose == .retry ? begin(request) : nil
            note(event, of: request.invoice)
        case .predictionMade(let made):
            if pending[made.invoice]?.request.number == made.number { pending[made.invoice]?.answer = made.answer }
            note(event, of: made.invoice)
        case .predictionFailed(let failed):
            lose(failed.invoice, to: .otherHour)
            note(event, of: failed.invoice)
        case .retryScheduled(let retry):
            let choice = pending[retry.invoice].flatMap { Self.choice(retry, by: $0) }
            if let choice { pending[retry.invoice]?.choice = choice } else { lose(retry.invoice, to: .otherHour) }
            note(event, of: retry.invoice)
        case .chargeRequested(let charge):
            if let retry = pending[charge.invoice]?.choice?.retry, retry.attempt == charge.attempt, retry.window == charge.window,
                charge.at < charge.window.until
            {
                pending[charge.invoice]?.isCharged = true
            } else {
                lose(charge.invoice, to: .otherHour)
            }
            note(event, of: charge.invoice)
        case .chargeApproved(let approved):
            settle(approved.invoice, isApproved: true)
            note(event, of: approved.invoice)
        case .chargeDeclined(let declined):
            if declined.stated == nil { settle(declined.invoice, isApproved: false) }
            lose(declined.invoice, to: .noAnswer)
            note(event, of: declined.invoice)
        case .chargeWithdrawn(let withdrawn):
            lose(withdrawn.invoice, to: Loss(withdrawn.because))
            note(event, of: withdrawn.invoice)
        case .methodChanged(let changed):
            lose(changed.invoice, to: .methodChanged)
            note(event, of: changed.invoice)
        case .paid(let paid):
            lose(paid.invoice, to: .paidElsewhere)
            invoices[paid.invoice] = nil
        case .uncollectible(let given):
            lose(given.invoice, to: .windowEnded)
            invoices[given.invoice] = nil
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

    /// Lets go of a question, and counts it if it had come to a decision.
    private mutating func lose(_ invoice: String, to loss: Loss) {
        if pending.removeValue(forKey: invoice)?.choice != nil { losses[loss, default: 0] += 1 }
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

extension DecisionCollector.Loss {
    fileprivate init(_ reason: ChargeWithdrawn.Reason) {
        switch reason {
        case .methodChanged: self = .methodChanged
        case .paidElsewhere: self = .paidElsewhere
        case .windowEnded: self = .windowEnded
        case .networkRule, .outsideHours: self = .withdrawn
        }
    }
}
