import BillingRetries
import HindsightCore

/// When money comes to a payer.
package enum MarketIncome: Sendable, Equatable {
    package enum WeekendShift: Sendable, Equatable { case none, earlier, later }

    /// A day of the month, or its last where the month is shorter.
    case monthly(day: Int, WeekendShift)
    /// Every second week; the phase is a day of fourteen since 1970.
    case fortnightly(phase: Int)
    /// 1 is Monday.
    case weekly(weekday: Int)
    /// After so many days in the mean.
    case irregular(days: Int)
    /// A credit card: what was spent is free again on a day of the month.
    case statement(day: Int)

    /// Days from one pay-day to the next.
    var period: Int {
        switch self {
        case .monthly, .statement: 30
        case .fortnightly: 14
        case .weekly: 7
        case .irregular(let days): days
        }
    }

    /// - Parameter day: Days since 1970, by the payer's calendar.
    func pays(on day: Int, _ customer: Int, _ lot: Lot) -> Bool {
        switch self {
        case .weekly(let weekday): Self.weekday(day) == weekday
        case .fortnightly(let phase): day % 14 == phase
        case .irregular(let days): lot.whole(below: days, .irregularPay, customer, day) == 0
        case .statement(let number): Self.isMonthDay(number, day)
        case .monthly(let number, let shift):
            switch shift {
            case .none: Self.isMonthDay(number, day)
            case .earlier:
                Self.weekday(day) <= 5
                    && (Self.isMonthDay(number, day)
                        || (Self.weekday(day) == 5 && (Self.isMonthDay(number, day + 1) || Self.isMonthDay(number, day + 2))))
            case .later:
                Self.weekday(day) <= 5
                    && (Self.isMonthDay(number, day)
                        || (Self.weekday(day) == 1 && (Self.isMonthDay(number, day - 1) || Self.isMonthDay(number, day - 2))))
            }
        }
    }

    /// Days since the newest pay-day that is not after `day`, as far as money can last.
    func daysSincePay(on day: Int, _ customer: Int, _ lot: Lot) -> Int {
        (0..<Self.longest).first { pays(on: day - $0, customer, lot) } ?? Self.longest
    }

    static let longest = 45

    private static func weekday(_ day: Int) -> Int { (day + 3) % 7 + 1 }

    private static func isMonthDay(_ number: Int, _ day: Int) -> Bool {
        let date = CivilDate(daysSince1970: Int64(day))
        return Int(date.day) == min(number, CivilDate.days(inMonth: Int(date.month), of: Int(date.year)))
    }
}

/// How a payer's money comes and goes.
package struct MarketPurse: Sendable {
    package let income: MarketIncome
    /// How long the money of a pay-day usually lasts, in hours; `nil` for those who are hardly ever short.
    package let lastsHours: Double?

    /// Whether a charge finds money, by the payer's clock.
    ///
    /// - Parameter postingHour: When the bank books what has come in.
    func hasMoney(day: Int, hour: Int, postingHour: Int, _ customer: Int, _ lot: Lot) -> Bool {
        guard let lastsHours else { return lot.share(.bill, customer, day) >= 0.004 }
        // Somebody lends a hand, or a bill comes first.
        if lot.share(.windfall, customer, day) < 0.03 { return true }
        if lot.share(.bill, customer, day) < 0.03 { return false }
        let booked = hour >= postingHour ? day : day - 1
        let age = income.daysSincePay(on: booked, customer, lot)
        let elapsed = Double((day - booked + age) * 24 + hour - postingHour)
        let lasts = lastsHours * (0.55 + 0.9 * lot.share(.spending, customer, booked - age))
        return elapsed < lasts
    }
}
