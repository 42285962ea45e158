package import BillingRetries
package import HindsightCore

/// Who subscribes, for how much, and when it falls due.
package struct MarketCustomer: Sendable {
    package let number: Int
    package let id: String
    let place: MarketPlace
    package let zone: CustomerZone
    package let currency: Currency
    package let plan: String
    package let customerType: CustomerType
    package let period: BillingPeriod
    package let amountMinor: Int64
    /// The first renewal by the customer's clock; the later ones keep its day and hour.
    private let firstDue: LocalTime
    package let purse: MarketPurse
    /// Of the card that the subscription began with.
    let funding: CardFunding

    init(_ number: Int, _ place: MarketPlace, zone: CustomerZone, currency: Currency, start: Timestamp, _ lot: Lot) {
        self.number = number
        self.place = place
        self.zone = zone
        self.currency = currency
        let digits = String(number)
        id = "c" + String(repeating: "0", count: max(7 - digits.count, 0)) + digits
        let tier = lot.pick(MarketPlace.planWeights, .plan, number)
        plan = MarketPlace.plans[tier]
        customerType = lot.share(.customerType, number) < [0.06, 0.75, 0.96][tier] ? .team : .individual
        period = lot.share(.period, number) < 0.16 ? .yearly : .monthly
        amountMinor = place.prices[tier] * (period == .yearly ? MarketPlace.monthsOfYear : 1)
        let day = start.daysSince1970 + 1 + Int64(lot.whole(below: period == .yearly ? 365 : 30, .dueDay, number))
        firstDue = LocalTime(day: day, secondOfDay: Self.hour(number, lot) * 3_600 + lot.whole(below: 60, .dueMinute, number) * 60)
        funding = CardFunding.allCases[lot.pick(place.fundings, .funding, number)]
        purse = Self.purse(of: number, place, funding, lot)
    }

    /// When the n-th renewal is due, 0, 1, 2…
    package func due(_ renewal: Int) -> Timestamp { zone.instant(of: firstDue.adding(months: renewal * period.months)) }

    /// People sign up by day more than by night.
    private static func hour(_ number: Int, _ lot: Lot) -> Int {
        if lot.share(.dueHour, number) < 0.2 { return lot.whole(below: 24, .dueHour, number, 1) }
        return 6 + Int(9 * (lot.share(.dueHour, number, 2) + lot.share(.dueHour, number, 3)))
    }

    private static func purse(of number: Int, _ place: MarketPlace, _ funding: CardFunding, _ lot: Lot) -> MarketPurse {
        let income: MarketIncome
        if funding == .credit {
            income = .statement(day: 1 + lot.whole(below: 28, .payDay, number))
        } else {
            switch lot.pick(place.incomes, .income, number) {
            case 0:
                // Payrolls like the ends, the beginnings and the middles of months.
                let usual = [31, 1, 25, 28, 15, 30, 5, 10]
                let index = lot.pick([26, 16, 14, 10, 10, 8, 8, 8], .payDay, number)
                let shift: MarketIncome.WeekendShift = [.earlier, .none, .later][lot.pick([55, 25, 20], .weekendShift, number)]
                income = .monthly(day: usual[index], shift)
            case 1: income = .fortnightly(phase: [0, 1, 7, 8, 6, 13][lot.pick([8, 30, 8, 30, 12, 12], .payDay, number)])
            case 2: income = .weekly(weekday: [5, 4, 1, 3, 6][lot.pick([50, 20, 15, 10, 5], .payDay, number)])
            default: income = .irregular(days: 6 + lot.whole(below: 18, .payDay, number))
            }
        }
        let isShort =
            lot.share(.thrift, number) * 1_000 < Double(place.shortPermille) * (funding == .credit ? 0.6 : funding == .prepaid ? 1.6 : 1)
        let part = lot.share(.purse, number)
        // Of a pay-day's money, most of those who run out see the end early.
        let lasts = max(Double(income.period) * 24 * part * (0.35 + 0.65 * part), 5)
        return MarketPurse(income: income, lastsHours: isShort ? lasts : nil)
    }
}
