import HindsightCore

/// Times the first charge of a renewal, where the policy lets it wait for a better hour.
struct FirstCharge {
    let invoice: OpenInvoice
    let assignment: Assignment
    let terms: ModelTerms
    let zone: CustomerZone
    let card: CardRecord
    let basis: ForecastBasis
    let now: Timestamp

    /// `nil` where the first charge goes out when the period ends.
    init?(_ invoice: OpenInvoice, assignment: Assignment?, card: CardRecord, basis: ForecastBasis, at now: Timestamp) {
        guard case .due = invoice.phase, !invoice.isFirstChargePredicted, let assignment, let terms = assignment.policy.model,
            terms.firstChargeHours > 0, let zone = CustomerZone(invoice.opened.timeZone)
        else { return nil }
        self.invoice = invoice
        self.assignment = assignment
        self.terms = terms
        self.zone = zone
        self.card = invoice.record(of: card)
        self.basis = basis
        self.now = now
    }

    /// The question for the model; `nil` if there is none to be asked, and the charge goes out now.
    func question() -> Result<PredictionRequested, PredictionFailure>? {
        let deadline = invoice.opened.dueAt.advanced(by: .hours(terms.firstChargeHours))
        guard case .from(let opensAt, _) = NetworkGuard().opening(of: card, at: now), opensAt < deadline else { return nil }
        do throws(PredictionFailure) {
            let (model, snapshot) = try basis.ready(for: terms, after: nil, at: now)
            let question = WindowQuestion(
                payer: basis.traits(of: invoice.opened), history: snapshot.history, attempts: [], dueAt: invoice.opened.dueAt, now: now,
                opensAt: opensAt, deadline: deadline, triesLeft: 1, hours: assignment.policy.hours, horizonHours: terms.horizonHours,
                ruleAt: nil)
            return .success(
                invoice.request(
                    question, to: model, beside: basis.register.holder(of: .shadow), .firstCharge, snapshot, recovery: nil, at: now))
        } catch {
            return .failure(error)
        }
    }

    /// The window of the model's choice; `nil` if it would charge at once.
    func timed(by made: PredictionMade, to request: PredictionRequested) -> FirstChargeTimed? {
        // Lots are drawn after declines alone: a renewal that would go through is no experiment.
        let choice = WindowChoice(made.answer, to: request, terms.withoutDraws, fallback: .plan)
        guard choice.at > now else { return nil }
        return FirstChargeTimed(
            invoice: invoice.opened.invoice, window: ChargeWindow(from: choice.at), local: ResolvedTime(choice.at, in: zone),
            policy: assignment.policy.name, policyVersion: assignment.policy.version, chosenBy: choice.chosenBy, model: choice.trace,
            at: now)
    }
}
