import HindsightCore

/// Dates as clerks type them.
enum CalendarDate {
    /// Eight digits, year first; a day that isn't in the calendar keeps its digits but says nothing by differing.
    ///
    /// Read: `14.03.1986`, `14/03/1986`, `1986-03-14`, `14-03-1986` and `19860314`.
    static func standardise(_ text: String) -> StandardForm? {
        let parts = text.split { !("0"..."9").contains($0) }.map(String.init)
        let digits: String
        switch parts.map(\.count) {
        case [4, 2, 2]: digits = parts.joined()
        case [2, 2, 4], [1, 2, 4], [2, 1, 4], [1, 1, 4]: digits = parts[2] + padded(parts[1]) + padded(parts[0])
        case [8]: digits = parts[0]
        default: return nil
        }
        return StandardForm(digits, isValid: daysSince1970(digits) != nil)
    }

    private static func padded(_ digits: String) -> String { digits.count == 1 ? "0" + digits : digits }

    /// `nil` for digits that are no day between 1880 and 2100.
    static func daysSince1970(_ digits: String) -> Int64? {
        guard digits.utf8.count == 8, let number = Int(digits) else { return nil }
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        guard (1880...2100).contains(year), (1...12).contains(month), (1...CivilDate.days(inMonth: month, of: year)).contains(day) else {
            return nil
        }
        return CivilDate(year: Int64(year), month: Int64(month), day: Int64(day)).daysSince1970
    }

    /// Whether one is the other with day and month swapped.
    static func isSwapped(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == 8, right.count == 8 else { return false }
        return left[0..<4] == right[0..<4] && left[4..<6] == right[6..<8] && left[6..<8] == right[4..<6]
    }
}
