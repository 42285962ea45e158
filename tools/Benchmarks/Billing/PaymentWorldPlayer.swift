import BillingRetries
import HindsightCore

/// Decides as the engine does: guard, the rules' proposal, the model, and the guard again.
struct PaymentWorldPlayer {
    let model: LearnedRetryModel
    /// The model's window is taken when it is so many times likelier than the rule's; 0 always takes it.
    let overrideFactor: Double
    /// The rules decide all but the first retry.
    let firstRetryOnly: Bool

    private let networkGuard = NetworkGuard()
    private let hours = LegalHours(from: 0, until: 24)
    private let rules = RetryPolicy.reasonRules

    init(model: LearnedRetryModel, overrideFactor: Double, firstRetryOnly: Bool) {
        self.model = model
        self.overrideFactor = overrideFactor
        self.firstRetryOnly = firstRetryOnly
    }

    struct Case {
        let payer: PayerTraits
        let history: [ChargeObservation]
        let attempts: [ChargeObservation]
        let dueAt: Timestamp
        let now: Timestamp
        let deadline: Timestamp
        let triesLeft: Int
    }

    /// The hour of the next try; `nil` to stop.
    func next(_ given: Case) throws -> Timestamp? {
        guard given.triesLeft > 0, let last = given.attempts.last, let zone = CustomerZone(given.payer.timeZone) else { return nil }
        let network = given.payer.network ?? .other
        let reason = DeclineReason(code: last.code)
        // An expired card may be renewed behind its number; of other cards that need the payer only a new one helps.
        if reason.needsPayer, reason != .expiredCard { return nil }
        let card = CardRecord(
            network: network, tries: given.attempts.map(\.at),
            block: networkGuard.block(network: network, code: last.code, advice: last.advice, isFinal: false, at: last.at),
            notBefore: networkGuard.floor(network: network, advice: last.advice, notBefore: nil, at: last.at))
        guard case .from(let opensAt, _) = networkGuard.opening(of: card, at: given.now) else { return nil }
        let proposal = rules.proposal(
            for: RetryPolicy.Situation(
                now: given.now, start: given.dueAt, zone: zone, reasons: given.attempts.map { DeclineReason(code: $0.code) }))
        let ruleAt = proposal.at.map { hours.first(from: max($0, opensAt.roundedUpToHour), in: zone) }
        let chosen =
            firstRetryOnly && given.attempts.count > 1
            ? ruleAt
            : try modelled(given, opensAt: opensAt, ruleAt: ruleAt.flatMap { $0 <= given.deadline ? $0 : nil })
        guard let chosen, chosen <= given.deadline, case .from(let start, _) = networkGuard.opening(of: card, at: chosen) else {
            return nil
        }
        return start.roundedUpToHour
    }

    private func modelled(_ given: Case, opensAt: Timestamp, ruleAt: Timestamp?) throws -> Timestamp? {
        let ranking = try model.rank(
            WindowQuestion(
                payer: given.payer, history: given.history, attempts: given.attempts, dueAt: given.dueAt, now: given.now,
                opensAt: opensAt, deadline: given.deadline, triesLeft: given.triesLeft, hours: hours, horizonHours: 192, ruleAt: ruleAt))
        guard overrideFactor > 0, let rule = ranking.rule else { return ranking.chosen?.at }
        guard let chosen = ranking.chosen, chosen.score >= overrideFactor * rule.score else { return rule.at }
        return chosen.at
    }
}
