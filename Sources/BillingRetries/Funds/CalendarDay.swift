package import HindsightCore

/// A day as calendars and models see it.
package struct CalendarDay: Sendable, Hashable {
    package let daysSince1970: Int
    package let dayOfMonth: Int
    /// 0 on the last day of a month.
    package let daysToMonthEnd: Int

    package init(daysSince1970 days: Int) {
        let date = CivilDate(daysSince1970: Int64(days))
        daysSince1970 = days
        dayOfMonth = Int(date.day)
        daysToMonthEnd = CivilDate.days(inMonth: Int(date.month), of: Int(date.year)) - dayOfMonth
    }

    /// 1 is Monday, 7 is Sunday.
    package var weekday: Int { ((daysSince1970 + 3) % 7 + 7) % 7 + 1 }

    package var isWeekend: Bool { weekday > 5 }

    /// Weeks begin on Mondays; the one of 1970-01-01 is even.
    var isInOddWeek: Bool { ((daysSince1970 + 3 - (weekday - 1)) / 7) % 2 != 0 }

    func advanced(by days: Int) -> CalendarDay { CalendarDay(daysSince1970: daysSince1970 + days) }

    /// Whether this is the month's day of that number, or its last when it has no such day.
    func isDay(_ number: Int) -> Bool { dayOfMonth == number || (daysToMonthEnd == 0 && number > dayOfMonth) }
}

/// What a clock on the wall shows, in whole hours.
///
/// Models count hours by this clock: money that is posted at six comes at six on either side of a change to summer time.
package struct WallHour: Sendable, Hashable {
    package let day: Int
    package let hour: Int

    package init(day: Int, hour: Int) {
        self.day = day
        self.hour = hour
    }

    package init(_ instant: Timestamp, offsetSeconds: Int) {
        let seconds = Int(instant.secondsSince1970) + offsetSeconds
        let hours = seconds / 3_600 - (seconds % 3_600 < 0 ? 1 : 0)
        day = hours / 24 - (hours % 24 < 0 ? 1 : 0)
        hour = hours - day * 24
    }

    package init(_ instant: Timestamp, in zone: CustomerZone) {
        self.init(instant, offsetSeconds: zone.offsetSeconds(at: instant))
    }
}

/// Reads the same wall clock at many instants of a few weeks, and looks into the zone's tables once a day only.
struct WallClock {
    private let zone: CustomerZone
    private let start: Int64
    /// At the start of each span of 24 hours.
    private let offsets: [Int]

    init(_ zone: CustomerZone, from start: Timestamp, through end: Timestamp) {
        self.zone = zone
        self.start = start.secondsSince1970
        let days = max(end.secondsSince1970 - start.secondsSince1970, 0) / 86_400 + 1
        offsets = (0...days).map { zone.offsetSeconds(at: start.advanced(by: .days(Int($0)))) }
    }

    /// - Parameter instant: Within the span.
    func hour(at instant: Timestamp) -> WallHour {
        let day = Int((instant.secondsSince1970 - start) / 86_400)
        // Only where the offset changes within the day does the hour itself have to be looked up.
        let isSteady = offsets[day] == offsets[day + 1]
        return WallHour(instant, offsetSeconds: isSteady ? offsets[day] : zone.offsetSeconds(at: instant))
    }
}
