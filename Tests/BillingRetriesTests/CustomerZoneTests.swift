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

    @Test(
        "Names of the tables are taken as they were written, aliases too",
        arguments: [
            "UTC", "GMT", "Zulu", "Etc/UTC", "GMT+0", "Etc/GMT+5", "EST", "US/Pacific", "Asia/Calcutta", "Europe/Kyiv", "Europe/Berlin",
        ])
    func aliases(name: String) {
        #expect(CustomerZone.isStandardName(name) && CustomerZone(name)?.identifier == name)
    }

    @Test(
        "Offsets and abbreviations that only a library knows are no names, and what was recorded under them is still understood",
        arguments: ["GMT+0530", "GMT-0800", "PST", "IST", "SystemV/PST8PDT"])
    func libraryNames(name: String) {
        #expect(!CustomerZone.isStandardName(name) && CustomerZone(name) != nil)
    }

    @Test("A subscription starts in a zone of the tables alone") func subscriptions() throws {
        func start(_ zone: String) throws -> [SubscriptionEvent] {
            let now = try at("01-01T00:00")
            return try Subscription.decide(
                .start(
                    SubscriptionStarted(
                        subscription: "s1", customer: "c1", customerType: .individual, plan: "team", amountMinor: 900,
                        currency: try Currency("EUR"), period: .monthly, paymentMethod: "pm-1", timeZone: zone, periodEndsAt: now, at: now)),
                given: .none)
        }
        guard case .started(let started) = try #require(try start("UTC").first) else { throw Subscription.Rejection.unknown }
        #expect(started.timeZone == "UTC")
        #expect(throws: Subscription.Rejection.unknownTimeZone("GMT+0530")) { try start("GMT+0530") }
    }

    @Test("A 31st falls on the last day of shorter months and comes back")
    func months() {
        let first = LocalTime(day: CivilDate(year: 2026, month: 1, day: 31).daysSince1970, hour: 9)
        #expect(first.adding(months: 1).date == CivilDate(year: 2026, month: 2, day: 28))
        #expect(first.adding(months: 2).date == CivilDate(year: 2026, month: 3, day: 31))
        #expect(first.adding(months: 25).date == CivilDate(year: 2028, month: 2, day: 29))
    }
}
