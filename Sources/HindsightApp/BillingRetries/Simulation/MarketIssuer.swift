import BillingRetries
import HindsightCore

/// A bank behind cards, with its habits.
struct MarketIssuer: Sendable {
    let number: Int
    let name: String
    /// The local hour in which it books incoming money.
    let postingHour: Int
    /// How often it refuses a charge without saying why, at a good hour.
    let refusals: Double
    /// Hours of the local night in which it refuses more often; empty where it doesn't care.
    let wary: Range<Int>
    let isWaryOnWeekends: Bool
    /// How often a charge meets a limit of the card.
    let limits: Double
    /// How often a week has an hour in which it can't answer.
    let outagesPerWeek: Double
    /// It says in Mastercard's advice code how long to wait.
    let advises: Bool

    static let perCountry = 4
    /// The first bank of a country is its largest.
    static let weights = [44, 29, 17, 10]

    static func all(_ lot: Lot) -> [MarketIssuer] {
        MarketPlace.countries.enumerated().flatMap { place, country in
            (0..<perCountry).map { rank in
                let number = place * perCountry + rank
                func habit(_ aspect: Int) -> Double { lot.share(.habit, number, aspect) }
                let start = Int(habit(2) * 3)
                return MarketIssuer(
                    number: number, name: "bank-\(country.lowercased())-\(rank + 1)", postingHour: Int(habit(0) * 12),
                    refusals: 0.006 + 0.018 * habit(1), wary: habit(3) < 0.6 ? start..<(start + 5) : 0..<0,
                    isWaryOnWeekends: habit(4) < 0.35, limits: 0.002 + 0.006 * habit(5), outagesPerWeek: 0.1 + 0.4 * habit(6),
                    advises: habit(7) < 0.4)
            }
        }
    }

    /// Refusals without a reason: a mood of hours, and now and then of a whole day.
    func refuses(day: Int, hour: Int, _ customer: Int, _ lot: Lot) -> Bool {
        var chance = refusals
        if wary.contains(hour) { chance *= 5 }
        if isWaryOnWeekends, (day + 3) % 7 >= 5 { chance *= 2.5 }
        return lot.share(.refusal, customer, day, hour / 3) < chance || lot.share(.mood, customer, day) < refusals / 3
    }

    func meetsLimit(day: Int, _ customer: Int, _ lot: Lot) -> Bool { lot.share(.limit, customer, day, number) < limits }

    /// - Parameter hour: Hours since 1970: a bank that is down is down everywhere.
    func isDown(hour: Int, _ lot: Lot) -> Bool {
        let week = hour / 168
        return [week, week - 1].contains { week in
            guard lot.share(.outage, number, week) < outagesPerWeek else { return false }
            let start = week * 168 + lot.whole(below: 168, .outageStart, number, week)
            return start <= hour && hour < start + 2 + lot.whole(below: 9, .outageStart, number, week, 1)
        }
    }
}
