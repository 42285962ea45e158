import BillingRetries
import HindsightCore
import Testing

@Suite("Daily signals") struct PayerDaysTests {
    private func signals(_ takenAt: String) throws -> PayerSignals { PayerSignals(takenAt: try at(takenAt), country: "DE") }

    @Test("Each day has its snapshots, the newest of them, and how late they came")
    func days() async throws {
        let log = try BillingLog()
        try await log.tell(try signals("01-05T01:00"), of: "c1", at: try at("01-05T02:00"))
        try await log.tell(try signals("01-05T00:00"), of: "c2", at: try at("01-05T03:00"))
        let then = await log.head()
        try await log.tell(try signals("01-06T01:00"), of: "c1", at: try at("01-06T02:00"))
        let rows = try await log.rows(of: PayerDays())
        #expect(rows.map(\.snapshots) == [2, 1])
        let (first, second) = (try at("01-05T01:00"), try at("01-06T01:00"))
        #expect(rows.map(\.newestTakenAt) == [first, second])
        #expect(rows.map(\.delaySeconds) == [4 * 3_600, 3_600] && rows.map(\.longestDelaySeconds) == [3 * 3_600, 3_600])
        #expect(try await log.rows(of: PayerDays(), at: then).map(\.day.description) == ["2026-01-05"])
    }

    @Test("A day is a whole one in UTC, before 1970 too, and a text that is none is refused")
    func businessDays() throws {
        let day = try #require(BusinessDay("2026-03-01"))
        #expect(day.before(1).description == "2026-02-28" && day.month == "2026-03")
        #expect(BusinessDay(of: try at("03-01T23:59")) == day && BusinessDay(of: day.beginning) == day)
        #expect(BusinessDay("1969-12-31")?.number == -1)
        for text in ["2026-02-30", "2026-3-1", "yesterday", "2026-03-01T00:00:00Z", ""] { #expect(BusinessDay(text) == nil, "\(text)") }
    }
}
