import BillingRetries
import HindsightCore
import HindsightTesting
import SyntheticCustomers
import Testing

@Suite("What is believed of a payer's money") struct FundsBeliefTests {
    @Test("Money that is posted at six is two hours old at eight by the wall, before and after the clocks change") func daylightSaving()
        throws
    {
        let berlin = try #require(CustomerZone("Europe/Berlin"))
        // Clocks there change in the night to 2026-03-29.
        for (instant, day) in [("03-28T07:00", 28), ("03-29T06:00", 29), ("10-24T06:00", 24), ("10-25T07:00", 25)] {
            let wall = WallHour(try at(instant), in: berlin)
            #expect(wall.hour == 8)
            #expect(CalendarDay(daysSince1970: wall.day).dayOfMonth == day)
        }
        let kolkata = try #require(CustomerZone("Asia/Kolkata"))
        #expect(WallHour(try at("01-01T18:29"), in: kolkata).hour == 23)
        #expect(CalendarDay(daysSince1970: WallHour(try at("01-01T18:30"), in: kolkata).day).dayOfMonth == 2)
    }

    @Test("A planted pay-day is found again from the answers to some dozens of charges", arguments: 0..<20) func recovers(seed: UInt64)
        throws
    {
        var numbers = SeededGenerator(seed)
        let day = Int.random(in: 2...27, using: &numbers)
        let truth = SyntheticPayers.Truth(
            pattern: .monthly(day: day, weekend: .none), durationHours: 60, postingHour: 6, refusesAtNight: false)
        var belief = FundsBelief(flatWith: 6)
        let start = Int(CivilDate(year: 2026, month: 1, day: 1).daysSince1970)
        for offset in (0..<90).map({ _ in Int.random(in: 0..<330, using: &numbers) }).sorted() {
            let time = WallHour(day: start + offset, hour: Int.random(in: 0..<24, using: &numbers))
            if let sign = FundsSign(code: SyntheticPayers.code(of: truth, at: time, &numbers)) { belief.observe(sign, at: time) }
        }
        let chances = belief.patternChances
        // Some dozens of charges leave its neighbours alike, with and without a shift at weekends.
        let near = (day - 1)...(day + 1)
        let nearDay = PayDayPattern.all.indices.filter {
            switch PayDayPattern.all[$0] {
            case .monthly(let day, _): near.contains(day)
            case .twiceMonthly(let first, let other, _): near.contains(first) || near.contains(other)
            case .weekly, .fortnightly, .nthWeekday: false
            }
        }.reduce(0) { $0 + chances[$1] }
        #expect(nearDay > 0.9, "seed \(seed), day \(day): \(nearDay)")
        #expect(abs(chances.reduce(0, +) - 1) < 1e-3)
    }

    @Test("Answers that tell nothing of money are no signs") func signs() {
        #expect(FundsSign(code: "00") == .there)
        #expect(FundsSign(code: "51") == .short)
        #expect(FundsSign(code: "61") == .short)
        for code in ["05", "54", "91", "R1", nil] as [String?] { #expect(FundsSign(code: code) == nil) }
    }

    @Test("Hundreds of answers, whatever they are, leave chances that add up to one", arguments: 0..<10) func staysFinite(seed: UInt64) {
        var numbers = SeededGenerator(seed)
        var belief = FundsBelief(flatWith: 6)
        for number in 0..<400 {
            belief.observe(Bool.random(using: &numbers) ? .there : .short, at: WallHour(day: 20_000 + number, hour: number % 24))
        }
        let chances = belief.patternChances
        #expect(chances.allSatisfy { $0 >= 0 && $0 <= 1 })
        #expect(abs(chances.reduce(0, +) - 1) < 1e-3)
    }
}
