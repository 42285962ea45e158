package import BillingRetries
package import HindsightCore

/// Who answers the questions of a policy that asks for windows.
enum WindowAdvisor: Sendable {
    /// Knows nothing and would take no window: what is drawn by lot is all that it changes.
    case lots
    case model(any RetryPredictor)
    /// Knows what each hour will bring, and takes the first that brings money.
    case oracle

    var digest: ModelDigest {
        switch self {
        case .model(let predictor): predictor.digest
        case .lots, .oracle: Self.nobody
        }
    }

    private static let nobody: ModelDigest = {
        guard let digest = ModelDigest(String(repeating: "0", count: 64)) else { preconditionFailure("64 digits are a digest") }
        return digest
    }()

    func answer(
        to question: WindowQuestion, of customer: MarketCustomer, with card: MarketCard, in market: SimulatedMarket
    ) -> Result<PredictionAnswers, PredictionFailure> {
        let ranking: WindowRanking
        switch self {
        case .lots:
            ranking = WindowRanking(
                windows: question.windows.map { RankedWindow(at: $0, score: 0) }, chosen: nil, rule: nil, planChance: 0, featureDigest: "")
        case .oracle:
            let chosen = Self.hours(of: question, in: customer.zone).first { market.answer(customer, card, at: $0).status == .approved }
            ranking = WindowRanking(
                windows: [], chosen: chosen.map { RankedWindow(at: $0, score: 1) }, rule: nil, planChance: chosen == nil ? 0 : 1,
                featureDigest: "")
        case .model(let predictor):
            do {
                ranking = try predictor.rank(question)
            } catch {
                return .failure(PredictionFailure(.failed, "\(error)"))
            }
        }
        return .success(PredictionAnswers(PredictionAnswer(ranking, by: digest)))
    }

    /// Hours in which the invoice may be tried, up to the deadline; the present one, where the card is open, is the first.
    private static func hours(of question: WindowQuestion, in zone: CustomerZone) -> some Sequence<Timestamp> {
        let first = max(question.opensAt, question.now)
        return sequence(first: first) { $0.advanced(by: .seconds(1)).roundedUpToHour }
            .prefix { $0 <= question.deadline }.lazy.filter { question.hours.contains($0, in: zone) }
    }
}

/// A policy as customers live under it: its terms, and whom it asks.
package struct PolicyInPlay: Sendable {
    let assignment: Assignment
    let advisor: WindowAdvisor
    private let register: ModelRegister.State

    var policy: RetryPolicy { assignment.policy }

    /// A policy that asks nobody, or whom it asks knows nothing.
    package init(_ policy: RetryPolicy, at now: Timestamp) throws { try self.init(policy, advisor: .lots, at: now) }

    /// - Parameters:
    ///   - advisor: Has the model of every role.
    ///   - trained: The model's record; nothing was trained for `nil`.
    init(_ policy: RetryPolicy, advisor: WindowAdvisor, trained: ModelTrained? = nil, at now: Timestamp) throws {
        assignment = Assignment(policy: policy)
        self.advisor = advisor
        var register = ModelRegister.initialState
        if policy.model != nil {
            let digest = advisor.digest
            let record =
                trained
                ?? ModelTrained(
                    model: ModelRegister.retries, digest: digest, trainedThrough: 0, cut: now, rows: 0, heldOutRows: 0,
                    measures: PredictionMeasures(probabilities: [0.5], labels: [true]), at: now)
            let commands: [ModelRegister.Command] = [
                .record(record), .promote(digest, to: .champion, reason: "the comparison's model", at: now),
                .promote(digest, to: .challenger, reason: "the comparison's model", at: now),
            ]
            for command in commands {
                for event in try ModelRegister.decide(command, given: register) { ModelRegister.evolve(&register, with: event) }
            }
        }
        self.register = register
    }

    /// What a prediction reads: a snapshot of the last midnight in UTC, with what the customer's charges had told by then.
    func basis(of life: CustomerLife, at now: Timestamp) throws -> ForecastBasis {
        guard policy.model != nil else { return .none }
        let day: Int64 = 86_400_000_000
        let midnight = Timestamp(microsecondsSince1970: now.microsecondsSince1970 / day * day)
        let card = life.card
        let signals = PayerSignals(
            takenAt: midnight, country: life.customer.place.country,
            card: PayerSignals.Card(issuer: card.issuer.name, network: card.network, funding: card.funding))
        let history = life.charges.lazy.map(\.observation).prefix { $0.at < midnight }
        var payer = Payer.initialState
        let command = Payer.Command.record(signals, customer: life.customer.id, history: Array(history), at: midnight)
        for event in try Payer.decide(command, given: payer) { Payer.evolve(&payer, with: event) }
        return ForecastBasis(snapshot: payer.snapshot, register: register, plan: life.customer.plan)
    }
}

extension RetryPolicy {
    /// The fixed policy as it is lived under while there is nothing to learn from yet: of its soft declines, one in ten is tried at an hour
    /// drawn by lot.
    package static let explored = RetryPolicy(
        name: "fixed-4-days-explored", version: 1, chooser: .fixedInterval, windowDays: fixedFourDays.windowDays,
        hours: LegalHours(from: 0, until: 24), rules: [], otherwise: fixedFourDays.otherwise, afterMethodChange: .after(hours: [1]),
        model: ModelTerms(overrideFactor: 100, explorationPermille: 100))

    /// The end-to-end model's terms for somebody who knows the hours to come. What only the payer can help is no better known to it.
    package static let oracle = RetryPolicy(
        name: "oracle", version: 1, chooser: .rules, windowDays: endToEnd.windowDays, hours: endToEnd.hours, rules: endToEnd.rules,
        otherwise: endToEnd.otherwise, afterMethodChange: endToEnd.afterMethodChange, maximumRetries: endToEnd.maximumRetries,
        model: ModelTerms(overrideFactor: 0, explorationPermille: 0, firstChargeHours: endToEnd.model?.firstChargeHours ?? 0))

    /// The same terms, with another factor from which on a model's window replaces the rules'.
    func overriding(by factor: Double) -> RetryPolicy {
        guard let model else { return self }
        return RetryPolicy(
            name: name, version: version, chooser: chooser, windowDays: windowDays, hours: hours, rules: rules, otherwise: otherwise,
            afterMethodChange: afterMethodChange, maximumRetries: maximumRetries,
            model: ModelTerms(
                role: model.role, scope: model.scope, horizonHours: model.horizonHours, overrideFactor: factor,
                explorationPermille: model.explorationPermille, firstChargeHours: model.firstChargeHours))
    }
}
