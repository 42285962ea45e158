import HindsightCore

/// How likely a charge is approved: money has to be there, the card has to live, and the issuer has to be in the mood.
struct ApprovalChances: Sendable {
    let funds: FundsPriors
    let features: IssuerFeatures
    let cards: CardLife
    /// The chance that the issuer approves when all else is well, row by row of ``IssuerFeatures/schema``.
    let issuers: @Sendable (FeatureMatrix) throws(RankingError) -> [Float]

    /// What is known when a charge is thought of.
    struct Knowledge {
        let payer: PayerTraits
        let zone: CustomerZone
        /// Of other invoices, oldest first.
        let history: [ChargeObservation]
        /// Of this invoice, oldest first.
        let attempts: [ChargeObservation]
        let dueAt: Timestamp
        let now: Timestamp
    }

    /// - Parameter hours: None of them before the payer's present day.
    func outlook(_ known: Knowledge, at hours: [ChargeHour]) throws(RankingError) -> Outlook {
        guard !hours.isEmpty else { return Outlook(weights: [], money: [], others: [], features: []) }
        let tally = IssuerTally(known.history + known.attempts)
        let charge = IssuerFeatures.Charge(payer: known.payer, attempts: known.attempts, dueAt: known.dueAt, tally: tally)
        var values: [Float] = []
        values.reserveCapacity(hours.count * IssuerFeatures.schema.names.count)
        features.append(charge, at: hours, to: &values)
        let approvals: [Float]
        do {
            approvals = try issuers(FeatureMatrix(values, featureCount: IssuerFeatures.schema.names.count))
        } catch let error as RankingError {
            throw error
        } catch {
            throw .failed("\(error)")
        }
        var belief = funds.belief(of: known.payer, history: known.history, attempts: known.attempts, in: known.zone)
        belief.advance(to: WallHour(known.now, in: known.zone).day)
        let forecast = FundsForecast(belief, at: hours.map(\.wall))
        if let last = known.attempts.last, DeclineReason(code: last.code) == .expiredCard {
            return Outlook(
                renewed: hours.map { cards.chanceOfRenewal(from: last.at, to: $0.at) }, forecast: forecast, approvals: approvals,
                features: values)
        }
        let start = known.attempts.last?.at ?? known.now
        let others = zip(approvals, hours).map { $0 * cards.chanceOfLiving(from: start, to: $1.at) }
        return Outlook(weights: forecast.weights, money: forecast.money, others: others, features: values)
    }
}
