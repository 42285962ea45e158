package import FoundationEssentials

/// RFC 3339 instants, read and written in UTC.
package enum Timestamps {
    /// Reads a time with an offset, with or without decimals.
    package static func instant(_ text: String) throws -> Date {
        try Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")).parse(text)
    }

    /// The instant in whole seconds with `Z`.
    static func text(_ instant: Date) -> String {
        instant.formatted(Date.ISO8601FormatStyle())
    }

    /// The system's time with milliseconds.
    static func now() -> String {
        Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// 1…31, in UTC.
    static func dayOfMonth(_ instant: Date) -> Int {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.component(.day, from: instant)
    }
}
