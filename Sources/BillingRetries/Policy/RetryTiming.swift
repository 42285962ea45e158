import HindsightCore

/// One rule of timing, as data.
package enum RetryTiming: Sendable, Hashable {
    /// On a fixed grid from the first failure.
    case every(hours: Int)
    /// So many hours after the first failure, one try after the other; none after the last.
    case offsets(hours: [Int])
    /// So many hours after the decline: the n-th number after the n-th decline of this reason, then the last one.
    case after(hours: [Int])
    /// In the hour of a working day's local morning, so many hours after the decline at least; numbers as in `after`.
    case workingMorning(hour: Int, afterHours: [Int])
    /// In the hour of a local day on which money usually comes: given days of the month, its last one, given weekdays (1 is Monday).
    case payDays(daysOfMonth: [Int], lastDay: Bool, weekdays: [Int], hour: Int, afterHours: Int)
    /// Not before the payer has changed the payment method.
    case methodChange

    /// The instant that the rule wants; `nil` if only the payer can help, or no try is left.
    ///
    /// - Parameter declines: How often the invoice was declined for this reason, 1 or more.
    func instant(after now: Timestamp, declines: Int, start: Timestamp, zone: CustomerZone) -> Timestamp? {
        switch self {
        case .every(let hours):
            let step = Int64(hours) * 3_600_000_000
            let elapsed = now.microsecondsSince1970 - start.microsecondsSince1970
            return Timestamp(microsecondsSince1970: start.microsecondsSince1970 + (max(elapsed, 0) / step + 1) * step)
        case .offsets(let hours):
            return hours.lazy.map { start.advanced(by: .hours($0)) }.first { $0 > now }
        case .after(let hours):
            return now.advanced(by: .hours(Self.pick(hours, declines))).roundedUpToHour
        case .workingMorning(let hour, let afterHours):
            return Self.firstDay(from: now.advanced(by: .hours(Self.pick(afterHours, declines))), hour: hour, zone: zone) {
                $0.weekday <= 5
            }
        case .payDays(let days, let lastDay, let weekdays, let hour, let afterHours):
            return Self.firstDay(from: now.advanced(by: .hours(afterHours)), hour: hour, zone: zone) {
                days.contains(Int($0.date.day)) || (lastDay && $0.isLastDayOfMonth) || weekdays.contains($0.weekday)
            }
        case .methodChange: return nil
        }
    }

    private static func pick(_ numbers: [Int], _ count: Int) -> Int {
        numbers.isEmpty ? 24 : numbers[min(max(count, 1), numbers.count) - 1]
    }

    /// The first local day that passes, at `hour`, not before `instant`; within a month every rule of ours finds one.
    private static func firstDay(
        from instant: Timestamp, hour: Int, zone: CustomerZone, where passes: (LocalTime) -> Bool
    ) -> Timestamp? {
        let today = zone.local(instant).daysSince1970
        for day in today...(today + 32) {
            let local = LocalTime(day: day, hour: hour)
            guard passes(local) else { continue }
            let candidate = zone.instant(of: local)
            if candidate >= instant { return candidate }
        }
        return nil
    }
}

extension RetryTiming: Codable {
    private enum Kind: String, Codable {
        case every, offsets, after, workingMorning = "working-morning", payDays = "pay-days", methodChange = "method-change"
    }
    private enum CodingKeys: CodingKey { case kind, hours, hour, afterHours, daysOfMonth, lastDay, weekdays }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func numbers(_ key: CodingKeys, in range: ClosedRange<Int>) throws -> [Int] {
            let numbers = try container.decode([Int].self, forKey: key)
            guard numbers.allSatisfy(range.contains) else { throw outOfRange(key, range) }
            return numbers
        }
        func number(_ key: CodingKeys, in range: ClosedRange<Int>) throws -> Int {
            let number = try container.decode(Int.self, forKey: key)
            guard range.contains(number) else { throw outOfRange(key, range) }
            return number
        }
        func outOfRange(_ key: CodingKeys, _ range: ClosedRange<Int>) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: "must be \(range.lowerBound) to \(range.upperBound)")
        }
        let month = 1...(31 * 24)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .every:
            guard let hours = try numbers(.hours, in: month).first else { throw outOfRange(.hours, month) }
            self = .every(hours: hours)
        case .offsets: self = .offsets(hours: try numbers(.hours, in: month))
        case .after: self = .after(hours: try numbers(.hours, in: month))
        case .workingMorning:
            self = .workingMorning(hour: try number(.hour, in: 0...23), afterHours: try numbers(.hours, in: month))
        case .payDays:
            self = .payDays(
                daysOfMonth: try numbers(.daysOfMonth, in: 1...31), lastDay: try container.decode(Bool.self, forKey: .lastDay),
                weekdays: try numbers(.weekdays, in: 1...7), hour: try number(.hour, in: 0...23),
                afterHours: try number(.afterHours, in: 0...(31 * 24)))
        case .methodChange: self = .methodChange
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .every(let hours):
            try container.encode(Kind.every, forKey: .kind)
            try container.encode([hours], forKey: .hours)
        case .offsets(let hours):
            try container.encode(Kind.offsets, forKey: .kind)
            try container.encode(hours, forKey: .hours)
        case .after(let hours):
            try container.encode(Kind.after, forKey: .kind)
            try container.encode(hours, forKey: .hours)
        case .workingMorning(let hour, let hours):
            try container.encode(Kind.workingMorning, forKey: .kind)
            try container.encode(hour, forKey: .hour)
            try container.encode(hours, forKey: .hours)
        case .payDays(let days, let lastDay, let weekdays, let hour, let afterHours):
            try container.encode(Kind.payDays, forKey: .kind)
            try container.encode(days, forKey: .daysOfMonth)
            try container.encode(lastDay, forKey: .lastDay)
            try container.encode(weekdays, forKey: .weekdays)
            try container.encode(hour, forKey: .hour)
            try container.encode(afterHours, forKey: .afterHours)
        case .methodChange: try container.encode(Kind.methodChange, forKey: .kind)
        }
    }
}
