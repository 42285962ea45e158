import BillingRetries
import HindsightCore

/// Customers with their plans, zones and renewal days, drawn from a seed.
struct SimulatedPopulation {
    let plan: SimulationPlan

    private struct Place {
        let timeZone: String
        let currency: String
        /// Prices of the plans in minor units, in the order of `plans`.
        let prices: [Int64]
        /// Out of 1,000.
        let share: Int
    }

    private static let plans = ["starter", "team", "business"]
    private static let places = [
        Place(timeZone: "America/New_York", currency: "USD", prices: [1_200, 3_900, 9_900], share: 200),
        Place(timeZone: "America/Chicago", currency: "USD", prices: [1_200, 3_900, 9_900], share: 120),
        Place(timeZone: "America/Los_Angeles", currency: "USD", prices: [1_200, 3_900, 9_900], share: 130),
        Place(timeZone: "Europe/London", currency: "GBP", prices: [1_000, 3_200, 8_400], share: 150),
        Place(timeZone: "Europe/Berlin", currency: "EUR", prices: [1_100, 3_600, 9_200], share: 150),
        Place(timeZone: "America/Sao_Paulo", currency: "BRL", prices: [4_900, 15_900, 39_900], share: 80),
        Place(timeZone: "Asia/Tokyo", currency: "JPY", prices: [1_500, 4_800, 12_000], share: 80),
        Place(timeZone: "Asia/Kolkata", currency: "INR", prices: [49_900, 159_900, 399_900], share: 50),
        Place(timeZone: "Australia/Sydney", currency: "AUD", prices: [1_800, 5_900, 14_900], share: 40),
    ]

    /// The n-th subscription, 0, 1, 2…: paid for a month that ends on one of the first 30 days, at nine in the customer's morning.
    func subscription(_ number: Int) throws -> SubscriptionStarted {
        let place = Self.place(of: draw("place", number) % 1_000)
        let tier = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2][Int(draw("tier", number) % 10)]
        let day = plan.start.daysSince1970 + 1 + Int64(draw("day", number) % 30)
        guard let zone = CustomerZone(place.timeZone) else { throw Subscription.Rejection.unknownTimeZone(place.timeZone) }
        let id = identifier("subscription", number)
        return SubscriptionStarted(
            subscription: id, customer: identifier("customer", number), customerType: tier == 0 ? .individual : .team,
            plan: Self.plans[tier], amountMinor: place.prices[tier], currency: try Currency(place.currency), period: .monthly,
            paymentMethod: identifier("method", number), timeZone: place.timeZone,
            periodEndsAt: zone.instant(of: LocalTime(day: day, hour: 9)), at: plan.start)
    }

    private func draw(_ purpose: String, _ number: Int) -> UInt64 { Digest64.of("\(plan.seed) \(purpose) \(number)") }

    private func identifier(_ kind: String, _ number: Int) -> String {
        let digits = String(draw(kind, number), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func place(of number: UInt64) -> Place {
        var rest = Int(number)
        for place in places {
            if rest < place.share { return place }
            rest -= place.share
        }
        return places[0]
    }
}
