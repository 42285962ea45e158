// FoundationEssentials knows no time zones on Linux; Foundation brings the tables.
import Foundation
package import HindsightCore

/// The zone in which a customer lives: the only place where instants become local times and back.
///
/// What is resolved here is recorded with its offset and the version of the tables, and never resolved again on replay.
package struct CustomerZone: Sendable {
    package let identifier: String
    private let zone: TimeZone

    /// The zone that the tables have under this very name, such as `Europe/Berlin` or `UTC`; `nil` if there is none.
    ///
    /// Whatever was taken once has to be found again, so this knows more names than ``isStandardName(_:)`` takes.
    package init?(_ identifier: String) {
        guard let zone = TimeZone(identifier: identifier), zone.identifier == identifier || Self.greenwich.contains(identifier) else {
            return nil
        }
        self.identifier = identifier
        self.zone = zone
    }

    /// Whether it is a name of the IANA tables, aliases included.
    ///
    /// The tables come by way of ICU, which adds names of its own: offsets such as `GMT+0530`, which know no daylight saving, and
    /// abbreviations of one country that mean another zone elsewhere.
    package static func isStandardName(_ name: String) -> Bool {
        guard CustomerZone(name) != nil else { return false }
        let isOffset = name.wholeMatch(of: /GMT[-+][0-9]{2,}(:[0-9]+)*/) != nil
        return !isOffset && !name.hasPrefix("SystemV/") && !ownNamesOfICU.contains(name)
    }

    /// Aliases in the IANA tables of what Foundation calls GMT.
    private static let greenwich: Set<String> = ["UTC", "GMT+0", "GMT-0"]

    // What its tables have beyond the names of tzdata 2025b: compared on 2026-11-29.
    private static let ownNamesOfICU: Set<String> = [
        "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT", "IET", "IST", "JST", "MIT", "NET", "NST",
        "PLT", "PNT", "PRT", "PST", "SST", "VST", "Etc/Unknown", "Canada/East-Saskatchewan", "US/Pacific-New",
    ]

    /// The version of the zone tables, such as `2025b`.
    package static var tablesVersion: String { TimeZone.timeZoneDataVersion }

    /// Seconds east of Greenwich at this instant.
    package func offsetSeconds(at instant: Timestamp) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant.secondsSince1970)))
    }

    package func local(_ instant: Timestamp) -> LocalTime {
        LocalTime(localSeconds: instant.secondsSince1970 + Int64(offsetSeconds(at: instant)))
    }

    /// The instant at which clocks there show `local`: of two the earlier, and for a time that is skipped in spring the instant an hour
    /// after it by the old offset.
    package func instant(of local: LocalTime) -> Timestamp {
        func instant(offset: Int) -> Timestamp {
            Timestamp(microsecondsSince1970: (local.localSeconds - Int64(offset)) * 1_000_000)
        }
        // The offset a day before and after are the two that may hold around a change.
        let before = offsetSeconds(at: instant(offset: 86_400))
        let after = offsetSeconds(at: instant(offset: -86_400))
        let candidates = [instant(offset: before), instant(offset: after)].filter { self.local($0) == local }
        return candidates.min() ?? instant(offset: before)
    }
}

/// What a clock on the wall shows: a day and the seconds since its midnight.
package struct LocalTime: Sendable, Hashable {
    package let daysSince1970: Int64
    package let secondOfDay: Int

    package init(day: Int64, hour: Int) {
        daysSince1970 = day
        secondOfDay = hour * 3_600
    }

    package init(day: Int64, secondOfDay: Int) {
        daysSince1970 = day
        self.secondOfDay = secondOfDay
    }

    init(localSeconds: Int64) {
        var day = localSeconds / 86_400
        if localSeconds % 86_400 < 0 { day -= 1 }
        daysSince1970 = day
        secondOfDay = Int(localSeconds - day * 86_400)
    }

    var localSeconds: Int64 { daysSince1970 * 86_400 + Int64(secondOfDay) }

    package var hour: Int { secondOfDay / 3_600 }
    package var date: CivilDate { CivilDate(daysSince1970: daysSince1970) }

    /// 1 is Monday, 7 is Sunday.
    package var weekday: Int { Int(((daysSince1970 + 3) % 7 + 7) % 7) + 1 }

    package var isLastDayOfMonth: Bool {
        let date = date
        return Int(date.day) == CivilDate.days(inMonth: Int(date.month), of: Int(date.year))
    }

    /// The same time of day `months` later; a day that the month lacks becomes its last one.
    package func adding(months: Int) -> LocalTime {
        let date = date
        let index = date.year * 12 + date.month - 1 + Int64(months)
        let (year, month) = (index / 12, index % 12 + 1)
        let day = min(date.day, Int64(CivilDate.days(inMonth: Int(month), of: Int(year))))
        return LocalTime(day: CivilDate(year: year, month: month, day: day).daysSince1970, secondOfDay: secondOfDay)
    }
}

/// How a local time was turned into an instant, for the record.
package struct ResolvedTime: Sendable, Hashable, Codable {
    package let instant: Timestamp
    package let timeZone: String
    package let utcOffsetSeconds: Int
    /// The version of the zone tables.
    package let tzdata: String

    package init(_ instant: Timestamp, in zone: CustomerZone) {
        self.instant = instant
        timeZone = zone.identifier
        utcOffsetSeconds = zone.offsetSeconds(at: instant)
        tzdata = CustomerZone.tablesVersion
    }
}

extension Timestamp {
    /// The first whole hour (of UTC) that is not before this instant.
    package var roundedUpToHour: Timestamp {
        let hour: Int64 = 3_600_000_000
        let rest = microsecondsSince1970 % hour
        return rest == 0 ? self : Timestamp(microsecondsSince1970: microsecondsSince1970 - rest + (rest > 0 ? hour : 0))
    }
}
