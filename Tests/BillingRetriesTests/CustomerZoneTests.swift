import BillingRetries
import HindsightCore
import Testing

@Suite("Customer zone") struct CustomerZoneTests {
    @Test("The same local hour is another instant after the clocks change")
    func daylightSaving() throws {
        let berlin = try #require(CustomerZone("Europe/Berlin"))
        let before = LocalTime(day: CivilDate(year: 2026, month: 3, day: 28).daysSince1970, hour: 10)
        let after = LocalTime(day: CivilDate(year: 2026, month: 3, day: 29).daysSince1970, hour: 10)
        #expect(berlin.instant(of: before) == (try at("03-28T09:00")))
        #expect(berlin.instant(of: after) == (try at("03-29T08:00")))
        #expect(ResolvedTime(berlin.instant(of: after), in: berlin).utcOffsetSeconds == 7_200)
    }

    @Test("A local time that is skipped in spring is the instant an hour after it by the old offset")
    func gap() throws {
        let berlin = try #require(CustomerZone("Europe/Berlin"))
        let skipped = LocalTime(day: CivilDate(year: 2026, month: 3, day: 29).daysSince1970, secondOfDay: 2 * 3_600 + 1_800)
        #expect(berlin.instant(of: skipped) == (try at("03-29T01:30")))
        #expect(berlin.local(berlin.instant(of: skipped)).hour == 3)
    }

    @Test("Of a local time that comes twice in autumn the first one counts")
    func fold() throws {
        let newYork = try #require(CustomerZone("America/New_York"))
        let twice = LocalTime(day: CivilDate(year: 2026, month: 11, day: 1).daysSince1970, secondOfDay: 3_600 + 1_800)
        #expect(newYork.instant(of: twice) == (try at("11-01T05:30")))
    }

    @Test("Every hour of a year goes to local time and back", arguments: ["America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kolkata"])
    func roundTrip(name: String) throws {
        let zone = try #require(CustomerZone(name))
        let start = try at("01-01T00:00")
        for hour in 0..<(365 * 24) {
            let instant = start.advanced(by: .hours(hour))
            let back = zone.instant(of: zone.local(instant))
            // An hour that comes twice goes back to the first of the two.
            #expect(back == instant || (zone.local(back) == zone.local(instant) && back < instant))
        }
    }

    @Test("Names that are no zone are refused", arguments: ["Berlin", "", "Mars/Olympus", "europe/berlin"])
    func unknown(name: String) {
        #expect(CustomerZone(name) == nil)
    }

    @Test("A 31st falls on the last day of shorter months and comes back")
    func months() {
        let first = LocalTime(day: CivilDate(year: 2026, month: 1, day: 31).daysSince1970, hour: 9)
        #expect(first.adding(months: 1).date == CivilDate(year: 2026, month: 2, day: 28))
        #expect(first.adding(months: 2).date == CivilDate(year: 2026, month: 3, day: 31))
        #expect(first.adding(months: 25).date == CivilDate(year: 2028, month: 2, day: 29))
    }
}
