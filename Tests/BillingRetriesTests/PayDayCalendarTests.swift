import BillingRetries
import HindsightCore
import Testing

@Suite("Pay-day calendar") struct PayDayCalendarTests {
    private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> CalendarDay {
        CalendarDay(daysSince1970: Int(CivilDate(year: year, month: month, day: day).daysSince1970))
    }

    /// The pay-days of a month.
    private static func days(_ pattern: PayDayPattern, _ year: Int64, _ month: Int64) -> [Int] {
        (1...CivilDate.days(inMonth: Int(month), of: Int(year))).filter { pattern.pays(on: day(year, month, Int64($0))) }
    }

    @Test("There are as many patterns as models keep weights for, each once") func patterns() {
        #expect(PayDayPattern.all.count == 201)
        #expect(Set(PayDayPattern.all).count == 201)
    }

    @Test("A month without the day pays on its last one, in leap years too") func monthEnds() {
        let last = PayDayPattern.monthly(day: 31, weekend: .none)
        #expect(Self.days(last, 2026, 2) == [28])
        #expect(Self.days(last, 2028, 2) == [29])
        #expect(Self.days(last, 2100, 2) == [28])
        #expect(Self.days(last, 2000, 2) == [29])
        #expect(Self.days(last, 2026, 4) == [30])
        #expect(Self.days(.monthly(day: 29, weekend: .none), 2028, 2) == [29])
        #expect(Self.days(.monthly(day: 29, weekend: .none), 2028, 3) == [29])
    }

    @Test("A weekend's pay-day moves to the Friday before or to the Monday after, over the end of a month too") func shifts() {
        // 2026-01-25 is a Sunday, 2026-02-01 too, and 2026-01-31 a Saturday.
        #expect(Self.days(.monthly(day: 25, weekend: .none), 2026, 1) == [25])
        #expect(Self.days(.monthly(day: 25, weekend: .earlier), 2026, 1) == [23])
        #expect(Self.days(.monthly(day: 25, weekend: .later), 2026, 1) == [26])
        #expect(Self.days(.monthly(day: 1, weekend: .earlier), 2026, 1) == [1, 30])
        #expect(Self.days(.monthly(day: 31, weekend: .later), 2026, 2) == [2])
        #expect(Self.days(.monthly(day: 24, weekend: .earlier), 2026, 3) == [24])
    }

    @Test("Weeks, n-th weekdays and halves of months") func families() {
        #expect(Self.days(.weekly(weekday: 5), 2026, 1) == [2, 9, 16, 23, 30])
        let halves = [false, true].map { Self.days(.fortnightly(weekday: 5, odd: $0), 2026, 1) }
        #expect(Set(halves) == [[2, 16, 30], [9, 23]])
        #expect(Self.days(.nthWeekday(2, weekday: 3), 2026, 1) == [14])
        #expect(Self.days(.nthWeekday(5, weekday: 5), 2026, 1) == [30])
        #expect(Self.days(.nthWeekday(5, weekday: 5), 2026, 2) == [27])
        #expect(Self.days(.twiceMonthly(day: 1, other: 15, weekend: .none), 2026, 1) == [1, 15])
        #expect(Self.days(.twiceMonthly(day: 16, other: 31, weekend: .none), 2028, 2) == [16, 29])
    }

    @Test("Fortnights go on over the end of a year, and before 1970") func fortnights() {
        for start in [Self.day(1969, 12, 20), Self.day(2026, 12, 20)] {
            let paid = (0..<60).map { CalendarDay(daysSince1970: start.daysSince1970 + $0) }
                .filter { PayDayPattern.fortnightly(weekday: 3, odd: true).pays(on: $0) }.map(\.daysSince1970)
            #expect(zip(paid, paid.dropFirst()).allSatisfy { $1 - $0 == 14 })
            #expect(paid.count >= 4)
        }
    }

    @Test(
        "The table says how long ago each pattern last paid, as counting back does, inside its years and outside",
        arguments: [
            (2026, 3, 1), (2028, 2, 29), (1999, 12, 31), (2061, 7, 4),
        ])
    func ages(year: Int, month: Int, day: Int) throws {
        let today = Self.day(Int64(year), Int64(month), Int64(day))
        let ages = PayDayCalendar.current.ages(on: today.daysSince1970)
        for (index, pattern) in PayDayPattern.all.enumerated() {
            let counted = try #require((0...40).first { pattern.pays(on: CalendarDay(daysSince1970: today.daysSince1970 - $0)) })
            #expect(Int(ages[index]) == counted, "\(pattern)")
        }
    }
}
