package import HindsightCore

/// A UTC day of business time. In JSON and in keys `2026-01-31`.
package struct BusinessDay: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Whole days since 1970-01-01.
    package let number: Int64

    package init(number: Int64) { self.number = number }

    package init(of instant: Timestamp) { number = instant.daysSince1970 }

    /// `nil` for a text that is no day like `2026-01-31`.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 10, let midnight = Timestamp("\(text)T00:00:00Z") else { return nil }
        number = midnight.daysSince1970
    }

    package var beginning: Timestamp { Timestamp(microsecondsSince1970: number * 86_400_000_000) }

    package var description: String { String(beginning.description.prefix(10)) }

    /// The day so many days earlier.
    package func before(_ days: Int) -> BusinessDay { BusinessDay(number: number - Int64(days)) }

    /// `2026-01`.
    package var month: String { String(description.prefix(7)) }

    package static func < (left: BusinessDay, right: BusinessDay) -> Bool { left.number < right.number }
}

extension BusinessDay: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let day = BusinessDay(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no day like 2026-01-31")
        }
        self = day
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
