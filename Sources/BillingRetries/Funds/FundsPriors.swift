/// What is believed of a payer's money before any of the payer's own charges is looked at, learned from all payers.
package struct FundsPriors: Sendable, Hashable {
    /// The weights of the patterns, and last of irregular pay-days, for payers of a country with cards of a funding.
    let patterns: [String: [Float]]
    /// The weights of the durations, for cards of a funding on a plan.
    let durations: [String: [Float]]
    /// For payers of whom nothing of that is known, or of whose kind there was none.
    let anyPatterns: [Float]
    let anyDurations: [Float]
    /// The hour of the day at which a bank posts money.
    let postingHours: [String: Int]
    /// How likely each advice is, by the days until the next pay-day: in the order of ``TimingAdvice``.
    let advice: [[Float]]

    /// Where nothing is known of a bank: most post in the early morning.
    static let usualPostingHour = 6

    /// A change of habits is believed this much.
    private static let changeOfHabits: Float = 0.02

    static func patternSegment(of payer: PayerTraits) -> String { "\(payer.country ?? "?")/\(payer.funding?.rawValue ?? "?")" }

    static func durationSegment(of payer: PayerTraits) -> String { "\(payer.funding?.rawValue ?? "?")/\(payer.plan)" }

    /// Before any charge.
    func belief(of payer: PayerTraits) -> FundsBelief {
        belief(of: payer, patterns: patterns[Self.patternSegment(of: payer)] ?? anyPatterns)
    }

    /// After the payer's charges.
    ///
    /// - Parameters:
    ///   - history: Of other invoices, oldest first.
    ///   - attempts: Of the invoice in question, oldest first. They are believed more than the history, which may be of other habits.
    func belief(
        of payer: PayerTraits, history: [ChargeObservation], attempts: [ChargeObservation], in zone: CustomerZone
    ) -> FundsBelief {
        var belief = belief(of: payer)
        for charge in history { observe(charge, &belief, in: zone) }
        belief.mix(Self.changeOfHabits, of: self.belief(of: payer, patterns: anyPatterns))
        for charge in attempts { observe(charge, &belief, in: zone) }
        return belief
    }

    private func observe(_ charge: ChargeObservation, _ belief: inout FundsBelief, in zone: CustomerZone) {
        guard let observation = FundsObservation(charge) else { return }
        let time = WallHour(charge.at, in: zone)
        belief.observe(observation.sign, at: time)
        if let advice = observation.advice { belief.observe(adviceOf: self.advice[advice.index], on: time.day) }
    }

    private func belief(of payer: PayerTraits, patterns: [Float]) -> FundsBelief {
        FundsBelief(
            patterns: patterns, durations: durations[Self.durationSegment(of: payer)] ?? anyDurations,
            postingHour: payer.issuer.flatMap { postingHours[$0] } ?? Self.usualPostingHour)
    }
}

extension FundsPriors: Codable {
    private enum CodingKeys: CodingKey { case patterns, durations, anyPatterns, anyDurations, postingHours, advice }

    /// - Throws: `DecodingError` for weights of other states than are computed here.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func check(_ weights: [Float], _ count: Int, _ key: CodingKeys) throws {
            guard weights.count == count, weights.allSatisfy({ $0.isFinite && $0 >= 0 }), weights.contains(where: { $0 > 0 }) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "must be \(count) weights, not negative, not all zero")
            }
        }
        patterns = try container.decode([String: [Float]].self, forKey: .patterns)
        durations = try container.decode([String: [Float]].self, forKey: .durations)
        anyPatterns = try container.decode([Float].self, forKey: .anyPatterns)
        anyDurations = try container.decode([Float].self, forKey: .anyDurations)
        postingHours = try container.decode([String: Int].self, forKey: .postingHours)
        advice = try container.decode([[Float]].self, forKey: .advice)
        for row in advice { try check(row, TimingAdvice.days, .advice) }
        guard advice.count == TimingAdvice.allCases.count else {
            throw DecodingError.dataCorruptedError(forKey: .advice, in: container, debugDescription: "must be a row for each advice")
        }
        for weights in Array(patterns.values) + [anyPatterns] { try check(weights, PayDayCalendar.patterns + 1, .patterns) }
        for weights in Array(durations.values) + [anyDurations] { try check(weights, FundsDuration.count, .durations) }
        guard postingHours.values.allSatisfy((0...23).contains) else {
            throw DecodingError.dataCorruptedError(forKey: .postingHours, in: container, debugDescription: "must be hours from 0 to 23")
        }
    }
}
