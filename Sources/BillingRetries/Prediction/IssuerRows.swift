import HindsightCore

/// Charges of the past as rows for the trees: those in which neither money nor the card decided.
enum IssuerRows {
    static func encodings(of histories: [PayerHistory], _ zones: ZoneBook) -> IssuerEncodings {
        let answers = histories.flatMap { history in
            history.charges.compactMap { charge -> IssuerEncodings.Answer? in
                guard !charge.followsMethodChange, let isApproved = IssuerSign.isApproved(charge.observation),
                    let issuer = history.payer(at: charge).issuer
                else { return nil }
                let wall = zones.wall(charge.observation.at, history.payer(at: charge).timeZone)
                return IssuerEncodings.Answer(
                    issuer: issuer, time: wall, day: CalendarDay(daysSince1970: wall.day), isApproved: isApproved)
            }
        }
        return IssuerEncodings(answers, plans: histories.flatMap { $0.payers.map(\.plan) })
    }

    static func rows(of histories: [PayerHistory], _ features: IssuerFeatures, _ zones: ZoneBook) throws -> LabelledRows {
        var (values, labels): ([Float], [Bool]) = ([], [])
        for history in histories {
            for moment in history.moments where !moment.charge.followsMethodChange {
                guard let label = IssuerSign.isApproved(moment.charge.observation) else { continue }
                features.append(history, moment, zones, to: &values)
                labels.append(label)
            }
        }
        return try LabelledRows(FeatureMatrix(values, featureCount: IssuerFeatures.schema.names.count), labels: labels)
    }
}

extension IssuerFeatures {
    /// Appends the row of a charge of the past.
    func append(_ history: PayerHistory, _ moment: ChargeMoment, _ zones: ZoneBook, to values: inout [Float]) {
        let at = moment.charge.observation.at
        let payer = history.payer(at: moment.charge)
        let charge = Charge(
            payer: payer, attempts: moment.attempts, dueAt: moment.charge.dueAt, tally: history.tally(before: moment))
        append(charge, at: CollectionOfOne(ChargeHour(at, zones.wall(at, payer.timeZone))), to: &values)
    }
}

/// Zones that were looked up already; training meets few of them very often.
final class ZoneBook {
    private var zones: [String: CustomerZone] = [:]

    /// `nil` for a name that is not in the tables.
    func zone(_ identifier: String) -> CustomerZone? {
        if let zone = zones[identifier] { return zone }
        let zone = CustomerZone(identifier)
        zones[identifier] = zone
        return zone
    }

    /// - Precondition: The zone is in the tables.
    func wall(_ instant: Timestamp, _ identifier: String) -> WallHour {
        guard let zone = zone(identifier) else { preconditionFailure("training checks its zones first") }
        return WallHour(instant, in: zone)
    }
}
