import BillingRetries
import HindsightCore
import Testing

extension ModelDigest {
    /// A digest of one repeated digit.
    static func sample(_ digit: Character = "a") throws -> ModelDigest {
        try #require(ModelDigest(String(repeating: digit, count: 64)))
    }
}

extension ModelTrained {
    static func sample(_ digest: ModelDigest, comparison: ModelComparison? = nil, at now: Timestamp) -> ModelTrained {
        ModelTrained(
            model: ModelRegister.retries, digest: digest, trainedThrough: 10, cut: now, rows: 1_000, heldOutRows: 100,
            measures: PredictionMeasures(probabilities: [0.2, 0.8], labels: [false, true]), comparison: comparison, at: now)
    }
}

extension ModelComparison {
    /// On a hundred charges of as many customers.
    static func sample(isBetter: Bool) -> ModelComparison {
        ModelComparison(
            with: .champion,
            on: (0..<100).map { number in
                Pair(
                    customer: "c\(number)", chance: isBetter ? 0.8 : 0.6, rivalChance: 0.6, isApproved: !number.isMultiple(of: 10))
            })
    }
}

extension ForecastBasis {
    /// A snapshot, and a model for each role that is named.
    static func sample(takenAt: Timestamp, roles: [ModelRole] = [.champion]) throws -> ForecastBasis {
        var payer = Payer.initialState
        let signals = PayerSignals(
            takenAt: takenAt, country: "DE", usage: PayerSignals.Usage(activeDays: 3, hoursSinceSeen: 5),
            card: PayerSignals.Card(issuer: "bank-1", network: .visa, funding: .debit))
        for event in try Payer.decide(.record(signals, customer: "c1", history: [], at: takenAt), given: payer) {
            Payer.evolve(&payer, with: event)
        }
        var register = ModelRegister.initialState
        for (role, digit) in zip(roles, "abc") {
            let digest = try ModelDigest.sample(digit)
            for command in [
                ModelRegister.Command.record(.sample(digest, at: takenAt)),
                .promote(digest, to: role, reason: "it is better", at: takenAt),
            ] {
                for event in try ModelRegister.decide(command, given: register) { ModelRegister.evolve(&register, with: event) }
            }
        }
        return ForecastBasis(snapshot: payer.snapshot, register: register)
    }
}

extension PredictionAnswers {
    /// An answer that would take `chosen`, and knows the rules' window by its score.
    static func choosing(_ chosen: Timestamp?, score: Double = 0.6, rule: Double = 0.1, for request: PredictionRequested)
        -> PredictionAnswers
    {
        let windows = request.question.windows.map { RankedWindow(at: $0, score: 0.1) }
        let ranking = WindowRanking(
            windows: windows, chosen: chosen.map { RankedWindow(at: $0, score: score) },
            rule: request.question.ruleAt.map { RankedWindow(at: $0, score: rule) }, planChance: 0.7, featureDigest: "00")
        return PredictionAnswers(PredictionAnswer(ranking, by: request.model, took: .milliseconds(1)))
    }
}

extension PredictionAnswer {
    static func sample() throws -> PredictionAnswer {
        PredictionAnswer(
            WindowRanking(windows: [], chosen: nil, rule: nil, planChance: 0.5, featureDigest: "00"), by: try .sample())
    }
}
