import HindsightCore

/// Decides when an invoice in recovery is tried next: guard, then legal hours in the window, then the rules' proposal, then guard again.
struct Planning {
    let invoice: OpenInvoice
    let recovery: RecoveryStarted
    let policy: RetryPolicy
    let zone: CustomerZone
    let card: CardRecord
    let now: Timestamp
    private let networkGuard = NetworkGuard()

    /// - Parameter card: The record of the present method.
    init(_ invoice: OpenInvoice, assignment: Assignment?, card: CardRecord, at now: Timestamp) throws(Invoice.Rejection) {
        guard let recovery = invoice.recovery, let assignment else { throw .policyNeeded }
        guard let zone = CustomerZone(invoice.opened.timeZone) else { throw .unknownTimeZone(invoice.opened.timeZone) }
        self.invoice = invoice
        self.recovery = recovery
        policy = assignment.policy
        self.zone = zone
        self.card = invoice.record(of: card)
        self.now = now
    }

    func next() -> [InvoiceEvent] {
        switch networkGuard.opening(of: card, at: now) {
        case .closed(let rule): return [refusal(rule, opensAt: nil)] + notice()
        case .from(let opensAt, let guardRule):
            let proposal = policy.proposal(
                for: RetryPolicy.Situation(now: now, start: recovery.at, zone: zone, reasons: invoice.reasons))
            guard let proposedAt = proposal.at else { return [withheld(.waitsForPayer, rule: proposal.rule)] + notice() }
            var start = policy.hours.first(from: max(proposedAt, opensAt.roundedUpToHour), in: zone)
            var movedBy: String?
            while case .from(let later, let rule) = networkGuard.opening(of: card, at: start), later > start {
                start = policy.hours.first(from: later.roundedUpToHour, in: zone)
                movedBy = rule
            }
            let notice = invoice.reasons.last?.needsPayer == true ? notice() : []
            guard start <= recovery.windowEndsAt else { return [withheld(.windowEnds, rule: proposal.rule)] + notice }
            let deliberation = Deliberation(
                networkRules: networkGuard.rules.version, guardOpensAt: opensAt, guardRule: guardRule, hours: policy.hours,
                proposedAt: proposedAt, rule: proposal.rule, movedBy: movedBy)
            let retry = RetryScheduled(
                invoice: invoice.opened.invoice, attempt: invoice.attempts + 1, window: ChargeWindow(from: start),
                local: ResolvedTime(start, in: zone), chosenBy: policy.chooser, deliberation: deliberation, recovery: recovery.terms,
                at: now)
            return notice + [.retryScheduled(retry)]
        }
    }

    func refusal(_ rule: String, opensAt: Timestamp?) -> InvoiceEvent {
        .guardRefused(
            GuardRefused(
                invoice: invoice.opened.invoice, attempt: invoice.attempts + 1, method: invoice.method, rule: rule,
                networkRules: networkGuard.rules.version, opensAt: opensAt, recovery: recovery.terms, at: now))
    }

    private func withheld(_ because: RetryWithheld.Reason, rule: String) -> InvoiceEvent {
        .retryWithheld(
            RetryWithheld(invoice: invoice.opened.invoice, because: because, rule: rule, recovery: recovery.terms, at: now))
    }

    /// Asks the payer, once for each payment method.
    private func notice() -> [InvoiceEvent] {
        guard !invoice.isPayerNotified else { return [] }
        return [
            .payerNotified(
                PayerNotified(
                    invoice: invoice.opened.invoice, subscription: invoice.opened.subscription, customer: invoice.opened.customer,
                    method: invoice.method, request: invoice.reasons.last == .authenticationRequired ? .authenticate : .updateMethod,
                    recovery: recovery.terms, at: now))
        ]
    }
}
