/// A rule by which pay-days follow each other in the calendar.
///
/// The families are those of any payroll; which of them a payer has is learned.
package enum PayDayPattern: Sendable, Hashable {
    /// 1 is Monday.
    case weekly(weekday: Int)
    /// Every second week, counted in weeks from Monday since 1970.
    case fortnightly(weekday: Int, odd: Bool)
    /// The n-th such weekday of a month, n from 1 to 4; 5 stands for the last.
    case nthWeekday(Int, weekday: Int)
    /// A day of the month; a month that lacks it pays on its last one.
    case monthly(day: Int, weekend: WeekendShift)
    case twiceMonthly(day: Int, other: Int, weekend: WeekendShift)

    /// Where a pay-day goes that falls on a Saturday or a Sunday.
    package enum WeekendShift: Sendable, Hashable, CaseIterable { case none, earlier, later }

    /// All of them, in the order in which models keep their weights: never change it without another version of the priors.
    package static let all: [PayDayPattern] = {
        var all: [PayDayPattern] = []
        for weekday in 1...7 {
            all += [.weekly(weekday: weekday), .fortnightly(weekday: weekday, odd: false), .fortnightly(weekday: weekday, odd: true)]
        }
        for weekday in 1...5 { all += (1...5).map { .nthWeekday($0, weekday: weekday) } }
        for day in 1...31 { all += WeekendShift.allCases.map { .monthly(day: day, weekend: $0) } }
        for day in 1...16 {
            // The second of two halves of a month ends with it: from the 16th on, both gaps lead there.
            for gap in day < 16 ? [14, 15] : [15] {
                let other = day + gap < 30 ? day + gap : 31
                all += [WeekendShift.none, .earlier].map { .twiceMonthly(day: day, other: other, weekend: $0) }
            }
        }
        return all
    }()

    /// Whether money comes on this day.
    package func pays(on day: CalendarDay) -> Bool {
        switch self {
        case .weekly(let weekday): day.weekday == weekday
        case .fortnightly(let weekday, let odd): day.weekday == weekday && day.isInOddWeek == odd
        case .nthWeekday(5, let weekday): day.weekday == weekday && day.daysToMonthEnd < 7
        case .nthWeekday(let number, let weekday): day.weekday == weekday && (day.dayOfMonth - 1) / 7 + 1 == number
        case .monthly(let dayOfMonth, let weekend): Self.pays(on: day, weekend) { $0.isDay(dayOfMonth) }
        case .twiceMonthly(let first, let other, let weekend): Self.pays(on: day, weekend) { $0.isDay(first) || $0.isDay(other) }
        }
    }

    private static func pays(on day: CalendarDay, _ weekend: WeekendShift, isNamed: (CalendarDay) -> Bool) -> Bool {
        guard weekend != .none else { return isNamed(day) }
        guard day.weekday <= 5 else { return false }
        if isNamed(day) { return true }
        // A weekend's pay-day comes on the Friday before it, or on the Monday after it.
        switch weekend {
        case .none: return false
        case .earlier: return day.weekday == 5 && (isNamed(day.advanced(by: 1)) || isNamed(day.advanced(by: 2)))
        case .later: return day.weekday == 1 && (isNamed(day.advanced(by: -1)) || isNamed(day.advanced(by: -2)))
        }
    }
}
