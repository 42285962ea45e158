import HindsightCore

/// Measures whole predictions, money and card and issuer together, on charges that were not learned from.
struct HeldOutMeasuring {
    private let chances: ApprovalChances
    private let segments: SegmentRates

    init(_ chances: ApprovalChances, learned: [PayerHistory]) {
        self.chances = chances
        segments = SegmentRates(learned)
    }

    /// Asks about each charge as if it were still to come.
    func scores(_ charges: [HeldOutCharge], progress: (Double) -> Void = { _ in }) throws -> [HeldOutScore] {
        let zones = ZoneBook()
        var scored: [HeldOutScore] = []
        for (index, held) in charges.enumerated() {
            if index.isMultiple(of: 500) {
                if Task.isCancelled { throw RetryTrainingError.cancelled }
                progress(Double(index) / Double(charges.count))
            }
            // A new card is a new beginning: nobody predicts its first try.
            guard !held.moment.charge.followsMethodChange, let zone = zones.zone(held.payer.timeZone) else { continue }
            let at = held.moment.charge.observation.at
            let known = ApprovalChances.Knowledge(
                payer: held.payer, zone: zone, history: held.history.others(before: held.moment), attempts: held.moment.attempts,
                dueAt: held.moment.charge.dueAt, now: at)
            let chances = try chances.outlook(known, at: [ChargeHour(at, WallHour(at, in: zone))]).scores
            scored.append(
                HeldOutScore(
                    customer: held.history.customer, chance: chances[0],
                    segmentRate: segments.rate(held.payer, isFirst: held.moment.attempts.isEmpty),
                    isApproved: held.moment.charge.observation.code == ChargeObservation.approval))
        }
        progress(1)
        return scored
    }
}

/// A charge that was held out, and what was predicted of it.
struct HeldOutScore {
    let customer: String
    let chance: Float
    /// How often charges of the payer's segment are approved.
    let segmentRate: Float
    let isApproved: Bool
}

extension [HeldOutScore] {
    /// `nil` without any.
    func measures(of chance: (HeldOutScore) -> Float) -> PredictionMeasures? {
        isEmpty ? nil : PredictionMeasures(probabilities: map(chance), labels: map(\.isApproved))
    }
}

/// What is known without a model: how often charges of a kind are approved.
struct SegmentRates {
    private var counts: [String: (approved: Int, all: Int)] = [:]
    private let mean: Float

    init(_ histories: [PayerHistory]) {
        var (approved, all) = (0, 0)
        for history in histories {
            for moment in history.moments where !moment.charge.followsMethodChange {
                let isApproved = moment.charge.observation.code == ChargeObservation.approval
                let segment = Self.segment(history.payer(at: moment.charge), isFirst: moment.attempts.isEmpty)
                counts[segment, default: (0, 0)].all += 1
                all += 1
                if isApproved {
                    counts[segment, default: (0, 0)].approved += 1
                    approved += 1
                }
            }
        }
        mean = Float(approved) / Float(max(all, 1))
    }

    func rate(_ payer: PayerTraits, isFirst: Bool) -> Float {
        guard let count = counts[Self.segment(payer, isFirst: isFirst)] else { return mean }
        return Float(count.approved) / Float(count.all)
    }

    private static func segment(_ payer: PayerTraits, isFirst: Bool) -> String {
        "\(FundsPriors.patternSegment(of: payer))/\(isFirst ? "first" : "again")"
    }
}
