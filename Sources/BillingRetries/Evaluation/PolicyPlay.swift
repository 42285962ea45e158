package import HindsightCore

/// Plays a policy on a decision of the past: its own rules, hours, horizon and scope, by the planning that decides in the retry loop.
///
/// It is the policy's own choice that is judged, so nothing is drawn by lot. Other models than the one of then may be asked, about what
/// was known then.
package struct PolicyPlay: Sendable {
    package let policy: RetryPolicy
    /// The model that the policy asks; `nil` for rules.
    package let model: ModelDigest?

    /// - Parameter model: Needed by a policy that asks one.
    package init(_ policy: RetryPolicy, model: ModelDigest?) {
        self.policy = policy.withoutDraws
        self.model = policy.model == nil ? nil : model
    }

    /// The window that it would have charged next; `nil` if it would have made no further try.
    ///
    /// - Parameter rank: Asks the policy's model.
    /// - Throws: What `rank` throws; ``Invoice/Rejection`` for an invoice that no planning accepts.
    package func window(
        for decision: LoggedDecision, asking rank: (WindowQuestion) throws(PredictionFailure) -> WindowRanking
    ) throws -> Timestamp? {
        let now = decision.request.at
        var invoice = decision.invoice
        guard let recovery = invoice.recovery else { return nil }
        let end = recovery.at.advanced(by: .days(policy.windowDays))
        guard end > now else { return nil }
        invoice.recovery = RecoveryStarted(
            invoice: recovery.invoice, subscription: recovery.subscription, terms: recovery.terms, experiment: recovery.experiment,
            bucket: recovery.bucket, windowEndsAt: end, at: recovery.at)
        let planning = try Planning(
            invoice, assignment: Assignment(policy: policy), card: decision.card, basis: basis(of: decision), at: now)
        var events = planning.next()
        for case .predictionRequested(let request) in events {
            let made = PredictionMade(
                invoice: request.invoice, number: request.number, attempt: request.attempt,
                answer: PredictionAnswer(try rank(request.question), by: request.model), shadow: nil, shadowFailure: nil,
                recovery: request.recovery, at: now)
            events = planning.concluding(request, .success(made))
        }
        return events.lazy.compactMap { if case .retryScheduled(let retry) = $0 { retry.window.from } else { nil } }.first
    }

    /// What was known then, with the model in the role that the policy asks.
    private func basis(of decision: LoggedDecision) -> ForecastBasis {
        let question = decision.question
        let now = decision.request.at
        var register = ModelRegister.initialState
        if let model, let terms = policy.model {
            let promoted = ModelPromoted(
                model: ModelRegister.retries, role: terms.role, digest: model, previous: nil, reason: "it is played", at: now)
            ModelRegister.evolve(&register, with: .promoted(promoted))
        }
        let payer = question.payer
        let signals = PayerSignals(
            takenAt: decision.request.snapshotTakenAt, country: payer.country,
            card: PayerSignals.Card(issuer: payer.issuer, network: payer.network, funding: payer.funding))
        return ForecastBasis(
            snapshot: SnapshotRecorded(customer: decision.customer, signals: signals, history: question.history, at: now),
            register: register, plan: payer.plan)
    }
}

extension RetryPolicy {
    /// The same, with nothing left to chance.
    fileprivate var withoutDraws: RetryPolicy {
        RetryPolicy(
            name: name, version: version, chooser: chooser, windowDays: windowDays, hours: hours, rules: rules, otherwise: otherwise,
            afterMethodChange: afterMethodChange, maximumRetries: maximumRetries, model: model?.withoutDraws)
    }
}

extension WindowQuestion {
    /// The same facts, asked about one hour alone: its score is that of ``WindowRanking/rule``.
    package func about(_ window: Timestamp) -> WindowQuestion {
        WindowQuestion(
            payer: payer, history: history, attempts: attempts, dueAt: dueAt, now: now, opensAt: now, deadline: now, triesLeft: 1,
            hours: hours, horizonHours: horizonHours, ruleAt: window)
    }
}
