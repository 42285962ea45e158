import HindsightCore

/// For each day, how many days ago each pattern had its newest pay-day.
package struct PayDayCalendar: Sendable {
    package static let patterns = PayDayPattern.all.count

    /// Thirty years; days outside are computed when they are asked for, which takes longer.
    package static let current = PayDayCalendar(
        from: Int(CivilDate(year: 2015, month: 1, day: 1).daysSince1970), days: 30 * 365)

    private let firstDay: Int
    private let days: Int
    /// A row for each day, the day before the first one included: days since the pay-day, at most 36, pattern by pattern.
    private let ages: [UInt8]

    package init(from firstDay: Int, days: Int) {
        self.firstDay = firstDay
        self.days = days
        ages = Self.rows(from: firstDay - 1, count: days + 1)
    }

    /// Days since each pattern's newest pay-day that is not after `day`.
    package func ages(on day: Int) -> [UInt8] { withAges(on: day) { today, _ in Array(today) } }

    /// Days until each pattern's first pay-day after `day`; those further ahead than `most` count as that.
    func daysToNext(after day: Int, atMost most: Int) -> [UInt8] {
        var days = [UInt8](repeating: UInt8(most), count: Self.patterns)
        for ahead in (1...most).reversed() {
            withAges(on: day + ahead) { ages, _ in
                for pattern in days.indices where ages[pattern] == 0 { days[pattern] = UInt8(ahead) }
            }
        }
        return days
    }

    /// Lends the rows of a day and of the day before.
    func withAges<Result>(on day: Int, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let isCovered = day >= firstDay && day < firstDay + days
        let rows = isCovered ? ages : Self.rows(from: day - 1, count: 2)
        let yesterday = isCovered ? (day - firstDay) * Self.patterns : 0
        return rows.withUnsafeBufferPointer { rows in
            let today = yesterday + Self.patterns
            return body(
                UnsafeBufferPointer(rebasing: rows[today..<(today + Self.patterns)]), UnsafeBufferPointer(rebasing: rows[yesterday..<today])
            )
        }
    }

    private static func rows(from firstDay: Int, count: Int) -> [UInt8] {
        // No two pay-days of a pattern are further apart.
        let longestGap = 36
        let patterns = PayDayPattern.all
        var ages = [UInt8](repeating: UInt8(longestGap), count: patterns.count)
        var rows: [UInt8] = []
        rows.reserveCapacity(count * patterns.count)
        for number in (firstDay - longestGap)..<(firstDay + count) {
            let day = CalendarDay(daysSince1970: number)
            for index in patterns.indices { ages[index] = patterns[index].pays(on: day) ? 0 : min(ages[index] + 1, UInt8(longestGap)) }
            if number >= firstDay { rows += ages }
        }
        return rows
    }
}
