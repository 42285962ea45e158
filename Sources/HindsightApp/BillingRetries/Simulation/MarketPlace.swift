import BillingRetries

/// A country, or a part of it with one clock, as the simulated market knows it. The numbers are invented: they have the order of what shops
/// report, and no claim beyond that.
struct MarketPlace: Sendable {
    let country: String
    let timeZone: String
    let currency: String
    /// What share of the customers live here, beside the others' numbers.
    let weight: Int
    /// A month of each of ``plans``, in minor units.
    let prices: [Int64]
    /// How many are paid monthly, every two weeks, weekly, and now and then.
    let incomes: [Int]
    /// How many pay by debit, credit and prepaid card.
    let fundings: [Int]
    /// Of 1,000 customers, how many run out of money between two pay-days.
    let shortPermille: Int
    /// Issuers may ask for the payer in person.
    let authenticates: Bool

    static let plans = ["solo", "crew", "house"]
    static let planWeights = [58, 30, 12]
    /// A year costs ten months.
    static let monthsOfYear: Int64 = 10

    static let all = [
        MarketPlace(
            country: "US", timeZone: "America/New_York", currency: "USD", weight: 15, prices: [900, 2_900, 8_900],
            incomes: [15, 55, 20, 10], fundings: [52, 40, 8], shortPermille: 150, authenticates: false),
        MarketPlace(
            country: "US", timeZone: "America/Chicago", currency: "USD", weight: 9, prices: [900, 2_900, 8_900],
            incomes: [15, 55, 20, 10], fundings: [55, 36, 9], shortPermille: 165, authenticates: false),
        MarketPlace(
            country: "US", timeZone: "America/Los_Angeles", currency: "USD", weight: 10, prices: [900, 2_900, 8_900],
            incomes: [15, 50, 18, 17], fundings: [46, 46, 8], shortPermille: 150, authenticates: false),
        MarketPlace(
            country: "GB", timeZone: "Europe/London", currency: "GBP", weight: 11, prices: [800, 2_400, 7_500],
            incomes: [72, 5, 15, 8], fundings: [70, 27, 3], shortPermille: 130, authenticates: true),
        MarketPlace(
            country: "DE", timeZone: "Europe/Berlin", currency: "EUR", weight: 12, prices: [900, 2_700, 7_900],
            incomes: [90, 0, 2, 8], fundings: [64, 33, 3], shortPermille: 90, authenticates: true),
        MarketPlace(
            country: "FR", timeZone: "Europe/Paris", currency: "EUR", weight: 8, prices: [900, 2_700, 7_900],
            incomes: [90, 0, 2, 8], fundings: [80, 17, 3], shortPermille: 115, authenticates: true),
        MarketPlace(
            country: "PL", timeZone: "Europe/Warsaw", currency: "PLN", weight: 6, prices: [3_500, 10_900, 31_900],
            incomes: [86, 0, 4, 10], fundings: [84, 12, 4], shortPermille: 140, authenticates: true),
        MarketPlace(
            country: "BR", timeZone: "America/Sao_Paulo", currency: "BRL", weight: 9, prices: [2_900, 9_900, 29_900],
            incomes: [70, 12, 2, 16], fundings: [38, 55, 7], shortPermille: 240, authenticates: false),
        MarketPlace(
            country: "MX", timeZone: "America/Mexico_City", currency: "MXN", weight: 7, prices: [14_900, 49_900, 149_900],
            incomes: [18, 60, 10, 12], fundings: [66, 26, 8], shortPermille: 260, authenticates: false),
        MarketPlace(
            country: "IN", timeZone: "Asia/Kolkata", currency: "INR", weight: 6, prices: [39_900, 129_900, 399_900],
            incomes: [84, 2, 2, 12], fundings: [66, 28, 6], shortPermille: 190, authenticates: true),
        MarketPlace(
            country: "AU", timeZone: "Australia/Sydney", currency: "AUD", weight: 5, prices: [1_300, 3_900, 11_900],
            incomes: [22, 58, 14, 6], fundings: [62, 35, 3], shortPermille: 110, authenticates: false),
        MarketPlace(
            country: "NG", timeZone: "Africa/Lagos", currency: "NGN", weight: 2, prices: [450_000, 1_490_000, 4_490_000],
            incomes: [70, 2, 4, 24], fundings: [88, 4, 8], shortPermille: 330, authenticates: false),
    ]

    static let countries = all.reduce(into: [String]()) { if !$0.contains($1.country) { $0.append($1.country) } }
}
