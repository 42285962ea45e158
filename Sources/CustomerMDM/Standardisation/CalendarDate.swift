import HindsightCore

/// A day, or as much of one as is known.
package struct CalendarDate: Sendable, Hashable {
    package enum Precision: Sendable, Hashable {
        case day, month, year
    }

    /// Digits, year first: `19860314`, `198603` or `1986`; a day that isn't in the calendar keeps its digits.
    package let text: StandardText
    package let precision: Precision
    /// Whether a difference says anything.
    package let isInCalendar: Bool

    private init(_ digits: String, _ precision: Precision = .day, isCertain: Bool = true) {
        text = StandardText(digits)
        self.precision = precision
        isInCalendar = isCertain && precision == .day && Self.daysSince1970(digits) != nil
    }

    package var daysSince1970: Int64? { Self.daysSince1970(text.text) }

    /// Reads `14.03.1986`, `14/03/1986`, `1986-03-14`, `14-03-1986`, `19860314`, and the same with a time of day behind it; `14032986`,
    /// `14 марта 1986 г.`, `Mar 14, 1986`; `14.03.86`, which leaves the century open; `03.1986` and `1986`.
    static func standardise(_ text: String) -> Standardised {
        let groups = DigitGroups(text)
        guard !groups.values.isEmpty else { return groups.isBlank ? .missing : Standardised(nil, .unreadable) }
        guard groups.isReadable else { return Standardised(nil, .unreadable) }
        var flags: StandardisationFlags = []
        guard let date = read(groups, &flags) else { return Standardised(nil, .unreadable) }
        if defaults.contains(date.text.text) { return Standardised(nil, .placeholder) }
        if date.precision == .day, !date.isInCalendar, !flags.contains(.guessedCentury) { flags.insert(.notInCalendar) }
        if date.precision != .day { flags.insert(.incomplete) }
        return Standardised(.date(date), flags)
    }

    private static func read(_ groups: DigitGroups, _ flags: inout StandardisationFlags) -> CalendarDate? {
        let values = groups.values
        if let month = groups.month {
            guard values.count >= 2, values[0].length <= 2 else { return nil }
            guard let year = values.dropFirst().first(where: { $0.length == 4 }) else {
                return values[1].length == 2 ? lastTwoDigits(values[1], DigitGroups.Value(month, 2), values[0], &flags) : nil
            }
            return CalendarDate(year.text(4) + DigitGroups.Value(month, 2).text(2) + values[0].text(2))
        }
        switch values.prefix(3).map(\.length) {
        case [4, 2, 2], [4, 1, 2], [4, 2, 1], [4, 1, 1]:
            return CalendarDate(values[0].text(4) + values[1].text(2) + values[2].text(2))
        case [2, 2, 4], [1, 2, 4], [2, 1, 4], [1, 1, 4]:
            return CalendarDate(values[2].text(4) + values[1].text(2) + values[0].text(2))
        case [2, 2, 2], [1, 2, 2], [2, 1, 2], [1, 1, 2]:
            return lastTwoDigits(values[2], values[1], values[0], &flags)
        case [8], [8, 2, 2], [8, 6]: return CalendarDate(compact(values[0]))
        case [2, 4], [1, 4]: return month(values[1].number, values[0].number)
        case [4, 2], [4, 1]: return month(values[0].number, values[1].number)
        case [6]: return month(values[0].number / 100, values[0].number % 100)
        case [4] where years.contains(values[0].number): return CalendarDate(values[0].text(4), .year)
        default: return nil
        }
    }

    private static func lastTwoDigits(
        _ year: DigitGroups.Value, _ month: DigitGroups.Value, _ day: DigitGroups.Value, _ flags: inout StandardisationFlags
    ) -> CalendarDate {
        flags.insert(.guessedCentury)
        // Either may be wrong: a difference from it says nothing.
        let century = year.number <= 30 ? "20" : "19"
        return CalendarDate(century + year.text(2) + month.text(2) + day.text(2), isCertain: false)
    }

    private static let years = 1_880...2_100

    private static func month(_ year: Int, _ month: Int) -> CalendarDate? {
        guard years.contains(year), (1...12).contains(month) else { return nil }
        return CalendarDate(DigitGroups.Value(100 * year + month, 6).text(6), .month)
    }

    /// Eight digits are read year first where that is a day, else day first.
    private static func compact(_ value: DigitGroups.Value) -> String {
        let digits = value.text(8)
        if daysSince1970(digits) != nil { return digits }
        let turned = String(digits.suffix(4) + digits.dropFirst(2).prefix(2) + digits.prefix(2))
        return daysSince1970(turned) == nil ? digits : turned
    }

    /// The first or last days of computer calendars, which programs store for "not known".
    private static let defaults: Set<String> = [
        "19000101", "18991230", "18991231", "17530101", "18000101", "00010101", "00000000", "11111111", "99991231",
    ]

    // MARK: - Of digits

    /// `nil` for digits that are no day between 1880 and 2100.
    static func daysSince1970(_ digits: String) -> Int64? {
        guard digits.utf8.count == 8, let number = Int(digits) else { return nil }
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        guard years.contains(year), (1...12).contains(month), (1...CivilDate.days(inMonth: month, of: year)).contains(day) else {
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

/// The numbers of a date, and the month where it is a word.
private struct DigitGroups {
    struct Value {
        let number: Int
        let length: Int

        init(_ number: Int, _ length: Int) { (self.number, self.length) = (number, length) }

        /// With leading zeros.
        func text(_ width: Int) -> String {
            let digits = String(number)
            return digits.utf8.count < width ? String(repeating: "0", count: width - digits.utf8.count) + digits : digits
        }
    }

    private(set) var values: [Value] = []
    private(set) var month: Int?
    private(set) var isReadable = true
    private(set) var isBlank = true

    init(_ text: String) {
        var (number, length) = (0, 0)
        var word: [UInt16] = []
        for unit in TypedText(text).units {
            if Letter.isDigit(unit), length < 9 {
                endWord(&word)
                number = 10 * number + Int(unit - 0x30)
                length += 1
                continue
            }
            if length > 0 { values.append(Value(number, length)) }
            (number, length) = (0, 0)
            if Letter.script(unit) == .none { endWord(&word) } else { word.append(Letter.folded(unit)) }
            isBlank = isBlank && unit == 0x20
        }
        endWord(&word)
        if length > 0 { values.append(Value(number, length)) }
    }

    private mutating func endWord(_ word: inout [UInt16]) {
        defer { word = [] }
        // `г.`, `г.р.`, `T` before a time and `Z` behind it, `th`.
        guard word.count > 2 else { return }
        if let found = Self.months[Word(word.prefix(3))], month == nil { month = found } else { isReadable = false }
    }

    private static let months: [Word: Int] = [
        "янв": 1, "фев": 2, "мар": 3, "апр": 4, "мая": 5, "май": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11, "дек": 12,
        "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
    ]
}
