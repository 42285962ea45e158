import Foundation
import HindsightCore

/// How cards come and go between two attempts of an invoice.
package struct CardLife: Sendable, Hashable, Codable {
    /// The chance, per day, that a card that lived at the last attempt has been blocked or has expired.
    let deathsPerDay: Double
    /// The chance, per day, that an expired card has been renewed behind the same number.
    let renewalsPerDay: Double

    init(_ histories: [PayerHistory]) {
        var (deaths, lived, renewals, expired) = (0.0, 0.0, 0.0, 0.0)
        for moment in histories.lazy.flatMap(\.moments) {
            guard let last = moment.attempts.last, !moment.charge.followsMethodChange else { continue }
            let days = Self.days(from: last.at, to: moment.charge.observation.at)
            let (before, after) = (DeclineReason(code: last.code), DeclineReason(code: moment.charge.observation.code))
            if before == .expiredCard {
                expired += days
                if !after.needsPayer { renewals += 1 }
            } else if !before.needsPayer {
                lived += days
                if after.needsPayer { deaths += 1 }
            }
        }
        // One card in a thousand days, and one renewal in a hundred, where nothing was seen.
        deathsPerDay = (deaths + 1) / (lived + 1_000)
        renewalsPerDay = (renewals + 1) / (expired + 100)
    }

    /// The chance that a card that could be charged at one instant can be at another.
    func chanceOfLiving(from start: Timestamp, to instant: Timestamp) -> Float {
        Float(pow(1 - deathsPerDay, max(Self.days(from: start, to: instant), 0)))
    }

    /// The chance that a card that had expired at one instant has been renewed at another.
    func chanceOfRenewal(from start: Timestamp, to instant: Timestamp) -> Float {
        Float(1 - pow(1 - renewalsPerDay, max(Self.days(from: start, to: instant), 0)))
    }

    private static func days(from: Timestamp, to: Timestamp) -> Double {
        Double(to.microsecondsSince1970 - from.microsecondsSince1970) / 86_400_000_000
    }
}
