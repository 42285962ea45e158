package import HindsightCore

/// The hours of the customer's day in which a retry may be charged: whole hours, the last one exclusive.
package struct LegalHours: Sendable, Hashable, Codable {
    package let from: Int
    package let until: Int

    /// - Precondition: `0 ≤ from < until ≤ 24`.
    package init(from: Int, until: Int) {
        precondition(0 <= from && from < until && until <= 24, "legal hours lie inside a day")
        self.from = from
        self.until = until
    }

    package func contains(_ instant: Timestamp, in zone: CustomerZone) -> Bool {
        (from..<until).contains(zone.local(instant).hour)
    }

    /// The first legal instant that is not before `instant`.
    package func first(from instant: Timestamp, in zone: CustomerZone) -> Timestamp {
        if contains(instant, in: zone) { return instant }
        let local = zone.local(instant)
        let day = local.hour < from ? local.daysSince1970 : local.daysSince1970 + 1
        return zone.instant(of: LocalTime(day: day, hour: from))
    }
}

extension LegalHours {
    private enum CodingKeys: CodingKey { case from, until }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        from = try container.decode(Int.self, forKey: .from)
        until = try container.decode(Int.self, forKey: .until)
        guard 0 <= from, from < until, until <= 24 else {
            throw DecodingError.dataCorruptedError(forKey: .until, in: container, debugDescription: "legal hours lie inside a day")
        }
    }
}
