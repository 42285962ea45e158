import HindsightCore

/// Decides when an invoice is tried next, in this order: guard, legal hours in the window, the rules' proposal, the model's ranking, a draw
/// by lot, then the guard again.
///
/// What it decides follows from what it is given; a model's answer comes as an event of its own, so a decision that needs one takes two
/// steps: ``next()`` asks, ``concluding(_:)`` decides.
struct Planning {
    let invoice: OpenInvoice
    let recovery: RecoveryStarted
    let policy: RetryPolicy
    let zone: CustomerZone
    let card: CardRecord
    let now: Timestamp
    let basis: ForecastBasis
    private let networkGuard = NetworkGuard()

    /// - Parameter card: The record of the present method.
    init(
        _ invoice: OpenInvoice, assignment: Assignment?, card: CardRecord, basis: ForecastBasis = .none, at now: Timestamp
    ) throws(Invoice.Rejection) {
        guard let recovery = invoice.recovery, let assignment else { throw .policyNeeded }
        guard let zone = CustomerZone(invoice.opened.timeZone) else { throw .unknownTimeZone(invoice.opened.timeZone) }
        self.invoice = invoice
        self.recovery = recovery
        policy = assignment.policy
        self.zone = zone
        self.card = invoice.record(of: card)
        self.now = now
        self.basis = basis
    }

    /// The next window, or the question that has to be answered first.
    func next() -> [InvoiceEvent] {
        propose { proposal, opensAt, guardRule in
            guard let terms = policy.model, asksModel(terms) else {
                return schedule(proposal.at, chosenBy: policy.chooser, model: nil, proposal, opensAt, guardRule)
            }
            do throws(PredictionFailure) {
                let (model, snapshot) = try basis.ready(for: terms, after: invoice.observations.last?.code, at: now)
                return [
                    .predictionRequested(request(to: model, snapshot, terms, ruleAt: proposal.at, opensAt: opensAt))
                ]
            } catch {
                let model = basis.register.holder(of: terms.role)
                return [failed(error, model: model, attempt: invoice.attempts + 1)]
                    + schedule(
                        proposal.at, chosenBy: policy.chooser, model: ModelDeliberation(failing: error, model: model, terms), proposal,
                        opensAt, guardRule)
            }
        }
    }

    /// For a try that was held back, as soon as guard and hours allow.
    func again() -> [InvoiceEvent] {
        switch networkGuard.opening(of: card, at: now) {
        case .closed(let rule): return [refusal(rule, opensAt: nil)] + notice()
        case .from(let opensAt, let guardRule):
            let proposal = RuleProposal(at: now, rule: RetryPolicy.heldBackRule)
            return schedule(proposal.at, chosenBy: policy.chooser, model: nil, proposal, opensAt, guardRule)
        }
    }

    /// Decides by the answer to the question that ``next()`` asked, or without one. What came of the question is told whatever follows.
    func concluding(_ request: PredictionRequested, _ result: Result<PredictionMade, PredictionFailure>) -> [InvoiceEvent] {
        switch result {
        case .success(let made):
            return [.predictionMade(made)]
                + propose { proposal, opensAt, guardRule in
                    let choice = policy.model.map {
                        WindowChoice(made.answer, to: request, $0, fallback: policy.chooser)
                    }
                    return schedule(
                        choice?.at ?? proposal.at, chosenBy: choice?.chosenBy ?? policy.chooser, model: choice?.trace, proposal, opensAt,
                        guardRule)
                }
        case .failure(let failure):
            return [failed(failure, model: request.model, attempt: request.attempt)]
                + propose { proposal, opensAt, guardRule in
                    let trace = policy.model.map { ModelDeliberation(failing: failure, model: request.model, $0) }
                    return schedule(proposal.at, chosenBy: policy.chooser, model: trace, proposal, opensAt, guardRule)
                }
        }
    }

    /// Guard and rules; what follows is asked for only if both leave something to decide.
    private func propose(
        then decide: (_ proposal: RuleProposal, _ opensAt: Timestamp, _ guardRule: String?) -> [InvoiceEvent]
    ) -> [InvoiceEvent] {
        switch networkGuard.opening(of: card, at: now) {
        case .closed(let rule): return [refusal(rule, opensAt: nil)] + notice()
        case .from(let opensAt, let guardRule):
            let proposal = policy.proposal(
                for: RetryPolicy.Situation(now: now, start: recovery.at, zone: zone, reasons: invoice.reasons))
            // What no clock can help with is told to the payer at once.
            let notice = invoice.reasons.last?.needsPayer == true ? notice() : []
            // A payment method that was never tried has a try of its own.
            if let most = policy.maximumRetries, invoice.attemptsMade > most, !invoice.reasons.isEmpty {
                return [withheld(.noTriesLeft, rule: proposal.rule)] + notice
            }
            guard let proposedAt = proposal.at else {
                if policy.waitsForPayer(invoice.reasons.last) { return [withheld(.waitsForPayer, rule: proposal.rule)] + self.notice() }
                return [withheld(.noTriesLeft, rule: proposal.rule)] + notice
            }
            return notice + decide(RuleProposal(at: proposedAt, rule: proposal.rule), opensAt, guardRule)
        }
    }

    struct RuleProposal {
        let at: Timestamp
        let rule: String
    }

    // MARK: - The model's part

    /// A model is asked about what time may heal.
    private func asksModel(_ terms: ModelTerms) -> Bool {
        guard let reason = invoice.reasons.last, !reason.needsPayer else { return false }
        switch terms.scope {
        case .everyRetry: return true
        case .firstRetry: return invoice.attemptsMade == 1
        }
    }

    private func request(
        to model: ModelDigest, _ snapshot: SnapshotRecorded, _ terms: ModelTerms, ruleAt: Timestamp, opensAt: Timestamp
    ) -> PredictionRequested {
        let question = WindowQuestion(
            payer: basis.traits(of: invoice.opened), history: invoice.others(of: snapshot.history), attempts: invoice.observations,
            dueAt: invoice.opened.dueAt, now: now, opensAt: opensAt, deadline: recovery.windowEndsAt, triesLeft: triesLeft,
            hours: policy.hours, horizonHours: terms.horizonHours,
            ruleAt: policy.hours.first(from: max(ruleAt, opensAt).roundedUpToHour, in: zone))
        return invoice.request(
            question, to: model, beside: basis.register.holder(of: .shadow), .retry, snapshot, recovery: recovery.terms, at: now)
    }

    /// Charges that the policy may still make, the next one included: each attempt after the first is a retry.
    private var triesLeft: Int { policy.maximumRetries.map { max($0 - invoice.attemptsMade + 1, 1) } ?? NetworkRules.triesOfRecovery }

    private func failed(_ failure: PredictionFailure, model: ModelDigest?, attempt: Int) -> InvoiceEvent {
        .predictionFailed(
            PredictionFailed(
                invoice: invoice.opened.invoice, attempt: attempt, failure: failure, model: model, recovery: recovery.terms, at: now))
    }

    // MARK: - The window

    private func schedule(
        _ wanted: Timestamp, chosenBy: Chooser, model: ModelDeliberation?, _ proposal: RuleProposal, _ opensAt: Timestamp,
        _ guardRule: String?
    ) -> [InvoiceEvent] {
        var start = policy.hours.first(from: max(wanted, opensAt.roundedUpToHour), in: zone)
        var movedBy: String?
        while case .from(let later, let rule) = networkGuard.opening(of: card, at: start), later > start {
            start = policy.hours.first(from: later.roundedUpToHour, in: zone)
            movedBy = rule
        }
        guard start <= recovery.windowEndsAt else { return [withheld(.windowEnds, rule: proposal.rule)] }
        let deliberation = Deliberation(
            networkRules: networkGuard.rules.version(at: now), guardOpensAt: opensAt, guardRule: guardRule, hours: policy.hours,
            proposedAt: proposal.at, rule: proposal.rule, movedBy: movedBy, model: model)
        return [
            .retryScheduled(
                RetryScheduled(
                    invoice: invoice.opened.invoice, attempt: invoice.attempts + 1, window: ChargeWindow(from: start),
                    local: ResolvedTime(start, in: zone), chosenBy: chosenBy, deliberation: deliberation, recovery: recovery.terms,
                    at: now))
        ]
    }

    func refusal(_ rule: String, opensAt: Timestamp?) -> InvoiceEvent {
        .guardRefused(
            GuardRefused(
                invoice: invoice.opened.invoice, attempt: invoice.attempts + 1, method: invoice.method, rule: rule,
                networkRules: networkGuard.rules.version(at: now), opensAt: opensAt, recovery: recovery.terms, at: now))
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

extension RetryPolicy {
    /// Whether its rule for the reason wants another payment method before any further try.
    func waitsForPayer(_ reason: DeclineReason?) -> Bool {
        guard let reason else { return afterMethodChange == .methodChange }
        return (rules.first { $0.reasons.contains(reason) }?.timing ?? otherwise) == .methodChange
    }
}

extension NetworkRules {
    /// What a model plans with where a policy sets no bound of its own: no network allows more in a month.
    static let triesOfRecovery = 15
}

extension OpenInvoice {
    /// What the customer's charges told, without those of this invoice.
    func others(of history: [ChargeObservation]) -> [ChargeObservation] {
        let own = Set(observations)
        return history.filter { !own.contains($0) }
    }

    func request(
        _ question: WindowQuestion, to model: ModelDigest, beside shadow: ModelDigest?, _ purpose: PredictionRequested.Purpose,
        _ snapshot: SnapshotRecorded, recovery: RecoveryTerms?, at now: Timestamp
    ) -> PredictionRequested {
        PredictionRequested(
            invoice: opened.invoice, number: predictions + 1, attempt: attempts + 1, purpose: purpose, model: model,
            shadow: shadow == model ? nil : shadow, snapshotTakenAt: snapshot.signals.takenAt, question: question, recovery: recovery,
            at: now)
    }
}
