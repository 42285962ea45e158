import HindsightCore

/// Measures whole predictions, money and card and issuer together, on charges that were not learned from.
struct HeldOutMeasuring {
    private let chances: ApprovalChances
    private let segments: SegmentRates

    init(_ chances: ApprovalChances, learned: [PayerHistory]) {
        self.chances = chances
        segments = SegmentRates(learned)
    }

    func measures(
        _ charges: [HeldOutCharge], progress: (Double) -> Void
    ) throws -> (model: PredictionMeasures, segments: PredictionMeasures) {
        let zones = ZoneBook()
        var (scores, rates, labels): ([Float], [Float], [Bool]) = ([], [], [])
        for (index, held) in charges.enumerated() {
            if index.isMultiple(of: 500) {
                if Task.isCancelled { throw RetryTrainingError.cancelled }
                progress(Double(index) / Double(charges.count))
            }
            // A new card is a new beginning: nobody predicts its first try.
            guard !held.moment.charge.followsMethodChange, let zone = zones.zone(held.history.payer.timeZone) else { continue }
            let at = held.moment.charge.observation.at
            let known = ApprovalChances.Knowledge(
                payer: held.history.payer, zone: zone, history: held.otherInvoices, attempts: held.moment.attempts,
                dueAt: held.moment.charge.dueAt, now: at)
            scores += try chances.outlook(known, at: [ChargeHour(at, WallHour(at, in: zone))]).scores
            rates.append(segments.rate(held.history.payer, isFirst: held.moment.attempts.isEmpty))
            labels.append(held.moment.charge.observation.code == ChargeObservation.approval)
        }
        guard !labels.isEmpty else { throw RetryTrainingError.tooShort(part: "measure on") }
        progress(1)
        return (PredictionMeasures(probabilities: scores, labels: labels), PredictionMeasures(probabilities: rates, labels: labels))
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
                let segment = Self.segment(history.payer, isFirst: moment.attempts.isEmpty)
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
