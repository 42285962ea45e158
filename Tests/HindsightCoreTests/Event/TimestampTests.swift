import HindsightCore
import HindsightTesting
import Testing

@Suite("Timestamp") struct TimestampTests {
    @Test(
        "RFC 3339 is read, and written with no more decimals than needed",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"), ("1970-01-01T00:00:00.000001Z", 1, "1970-01-01T00:00:00.000001Z"),
            ("1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"),
            ("2026-01-01T00:00:00Z", 1_767_225_600_000_000, "2026-01-01T00:00:00Z"),
            ("2026-01-01T03:00:00+03:00", 1_767_225_600_000_000, "2026-01-01T00:00:00Z"),
            ("2025-12-31T18:30:00.5-05:30", 1_767_225_600_500_000, "2026-01-01T00:00:00.5Z"),
            ("2026-01-01 00:00:00z", 1_767_225_600_000_000, "2026-01-01T00:00:00Z"),
            ("2026-01-01t00:00:00.120z", 1_767_225_600_120_000, "2026-01-01T00:00:00.12Z"),
            ("2024-02-29T12:00:00Z", 1_709_208_000_000_000, "2024-02-29T12:00:00Z"),
            ("2000-02-29T00:00:00-00:00", 951_782_400_000_000, "2000-02-29T00:00:00Z"),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(String, Int64, String)])
    func reads(text: String, microseconds: Int64, written: String) throws {
        let instant = try #require(Timestamp(text))
        #expect(instant.microsecondsSince1970 == microseconds)
        #expect(instant.description == written)
    }

    @Test(
        "What is no RFC 3339 instant is refused",
        arguments: [
            "", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00Z", "2026-1-1T00:00:00Z", "26-01-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-04-31T00:00:00Z", "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00+0300", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+03:60",
            "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z", "２０２６-01-01T00:00:00Z", "2026/01/01T00:00:00Z", "+2026-01-01T00:00:00Z",
        ])
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        "An offset that leads out of the years that can be written is refused",
        arguments: ["0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01"])
    func unwritableYears(text: String) { #expect(Timestamp(text) == nil) }

    @Test(
        "An instant that nobody could read again is not written",
        arguments: [253_402_300_800_000_000, -62_167_219_200_000_001, 253_402_300_799_999_999, -62_167_219_200_000_000] as [Int64])
    func writesWhatIsRead(microseconds: Int64) throws {
        let instant = Timestamp(microsecondsSince1970: microseconds)
        guard Timestamp(instant.description) == nil else {
            #expect(try JSON.decode(Timestamp.self, from: JSON.encode(instant)) == instant)
            return
        }
        #expect(throws: EncodingError.self) { try JSON.encode(instant) }
        #expect(throws: EncodingError.self) { try JSON.encode(["at": [instant]]) }
    }

    @Test("Every instant is read back as it was written", arguments: 0..<200 as Range<UInt64>) func roundTrips(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let years1To9999 = Int64(-62_135_596_800_000_000)...253_402_300_799_999_999
        let instant = Timestamp(microsecondsSince1970: .random(in: years1To9999, using: &random))
        #expect(Timestamp(instant.description) == instant)
        #expect(try JSON.decode(Timestamp.self, from: JSON.encode(instant)) == instant)
    }

    @Test("Days follow each other through leap years and centuries") func countsDays() {
        var day = CivilDate(year: 1896, month: 1, day: 1)
        for number in day.daysSince1970..<CivilDate(year: 2105, month: 1, day: 1).daysSince1970 {
            #expect(day.daysSince1970 == number && CivilDate(daysSince1970: number) == day)
            let isLast = day.day == Int64(CivilDate.days(inMonth: Int(day.month), of: Int(day.year)))
            day = CivilDate(
                year: isLast && day.month == 12 ? day.year + 1 : day.year, month: isLast ? day.month % 12 + 1 : day.month,
                day: isLast ? 1 : day.day + 1)
        }
    }

    @Test("Seconds and days are rounded down on both sides of 1970") func roundsDown() {
        let before = Timestamp(microsecondsSince1970: -1)
        #expect(before.secondsSince1970 == -1 && before.daysSince1970 == -1)
        #expect(Timestamp(microsecondsSince1970: 86_399_999_999).daysSince1970 == 0)
        #expect(Timestamp(microsecondsSince1970: -86_400_000_000).daysSince1970 == -1)
    }

    @Test("Durations move an instant by whole microseconds") func advances() {
        let start = Timestamp(microsecondsSince1970: 10)
        #expect(start.advanced(by: .nanoseconds(1_999)) == Timestamp(microsecondsSince1970: 11))
        #expect(start.advanced(by: .days(-1)).since(start) == .seconds(-86_400))
        #expect(Duration.hours(2) == .seconds(7_200))
    }
}
