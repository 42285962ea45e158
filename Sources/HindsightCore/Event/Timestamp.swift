/// An instant in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 with `Z` and no more decimals than it needs: `2026-01-01T00:00:00Z`, `2026-01-01T00:00:00.000001Z`.
public struct Timestamp: Sendable, Hashable, Comparable {
    public let microsecondsSince1970: Int64

    public init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    /// Whole seconds since 1970, rounded down.
    public var secondsSince1970: Int64 { microsecondsSince1970.flooredQuotient(by: 1_000_000) }

    /// Whole days since 1970-01-01 UTC, rounded down.
    public var daysSince1970: Int64 { secondsSince1970.flooredQuotient(by: 86_400) }

    /// The instant `duration` later; parts of a microsecond are dropped.
    public func advanced(by duration: Duration) -> Timestamp {
        Timestamp(microsecondsSince1970: microsecondsSince1970 + duration.microseconds)
    }

    /// The time from `other` until this instant.
    public func since(_ other: Timestamp) -> Duration {
        .microseconds(microsecondsSince1970 - other.microsecondsSince1970)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    public static func hours(_ hours: Int) -> Duration { .seconds(hours * 3_600) }

    /// Days of exactly 86,400 seconds: for waiting times, not for calendars.
    public static func days(_ days: Int) -> Duration { .seconds(days * 86_400) }
}

extension Int64 {
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

// MARK: - RFC 3339

extension Timestamp: CustomStringConvertible, LosslessStringConvertible, Codable {
    /// Reads RFC 3339: a date, `T` or a space, a time with up to six decimals, and `Z` or an offset. `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let instant = text.withUTF8({ Timestamp(utf8: UnsafeRawBufferPointer($0)[...]) }) else { return nil }
        self = instant
    }

    /// The years 0000 to 9999 in UTC.
    private static let writableSeconds =
        CivilDate(year: 0, month: 1, day: 1).daysSince1970 * 86_400..<CivilDate(year: 10_000, month: 1, day: 1).daysSince1970 * 86_400

    /// As ``init(_:)``, from the text's bytes.
    init?(utf8 text: Slice<UnsafeRawBufferPointer>) {
        var scanner = DigitScanner(UnsafeRawBufferPointer(rebasing: text))
        guard let year = scanner.number(digits: 4), scanner.skip("-"), let month = scanner.number(digits: 2), scanner.skip("-"),
            let day = scanner.number(digits: 2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(digits: 2), scanner.skip(":"), let minute = scanner.number(digits: 2), scanner.skip(":"),
            let second = scanner.number(digits: 2),
            (1...12).contains(month), (1...CivilDate.days(inMonth: month, of: year)).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        var microseconds: Int64 = 0
        if scanner.skip(".") {
            guard let fraction = scanner.fraction(maximumDigits: 6) else { return nil }
            microseconds = fraction
        }
        guard let offset = scanner.offsetSeconds(), scanner.isAtEnd else { return nil }
        let days = CivilDate(year: Int64(year), month: Int64(month), day: Int64(day)).daysSince1970
        let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - offset
        // An offset may lead out of the years that can be written.
        guard Self.writableSeconds.contains(seconds) else { return nil }
        self.init(microsecondsSince1970: seconds * 1_000_000 + microseconds)
    }

    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text of ``description``.
    func append(to bytes: inout [UInt8]) {
        let second = secondsSince1970
        let date = CivilDate(daysSince1970: second.flooredQuotient(by: 86_400))
        let timeOfDay = second - second.flooredQuotient(by: 86_400) * 86_400
        if Self.writableSeconds.contains(second) {
            bytes.append(date.year, digits: 4)
        } else {
            bytes.append(contentsOf: String(date.year).utf8)
        }
        bytes.append(UInt8(ascii: "-"))
        bytes.append(date.month, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(date.day, digits: 2)
        bytes.append(UInt8(ascii: "T"))
        bytes.append(timeOfDay / 3_600, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(timeOfDay / 60 % 60, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(timeOfDay % 60, digits: 2)
        let fraction = microsecondsSince1970 - second * 1_000_000
        if fraction != 0 {
            bytes.append(UInt8(ascii: "."))
            bytes.append(fraction, digits: 6)
            while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 instant: \(text)")
        }
        self = instant
    }

    /// - Throws: `EncodingError` for an instant outside the years 0000 to 9999, which nobody could read again.
    public func encode(to encoder: any Encoder) throws {
        guard isWritable else {
            let reason = "\(self) lies outside the years 0000 to 9999"
            throw EncodingError.invalidValue(self, EncodingError.Context(codingPath: encoder.codingPath, debugDescription: reason))
        }
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Whether its text can be read again: it lies in the years 0000 to 9999.
    package var isWritable: Bool { Self.writableSeconds.contains(secondsSince1970) }
}

extension [UInt8] {
    /// Appends a number of no more than so many digits, with zeros before it.
    fileprivate mutating func append(_ number: Int64, digits: Int) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}

/// A day of the proleptic Gregorian calendar.
public struct CivilDate: Sendable, Hashable {
    public let year: Int64
    public let month: Int64
    public let day: Int64

    public init(year: Int64, month: Int64, day: Int64) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    // Both conversions count years from March, so that the leap day is the last of its year; an era is 400 years of 146,097 days.
    // Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days.

    /// The day that lies `daysSince1970` days after 1970-01-01.
    public init(daysSince1970: Int64) {
        let shifted = daysSince1970 + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    public var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredQuotient(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

private struct DigitScanner {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func number(digits: Int) -> Int? {
        guard index + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[index..<index + digits] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        index += digits
        return value
    }

    /// Digits after the point, as microseconds.
    mutating func fraction(maximumDigits: Int) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
            guard count < maximumDigits else { return nil }
            value = value * 10 + Int64(bytes[index] - 0x30)
            count += 1
            index += 1
        }
        guard count > 0 else { return nil }
        for _ in count..<6 { value *= 10 }
        return value
    }

    mutating func offsetSeconds() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2), hours < 24, minutes < 60 else { return nil }
        return sign * Int64(hours * 3_600 + minutes * 60)
    }
}
