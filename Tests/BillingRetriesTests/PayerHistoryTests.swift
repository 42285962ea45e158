import BillingRetries
import HindsightCore
import Testing

@Suite("A payer's charges, as training sees them") struct PayerHistoryTests {
    private func history(_ charges: [PastCharge]) throws -> PayerHistory {
        let payer = PayerTraits(
            country: "DE", timeZone: "Europe/Berlin", customerType: .individual, plan: "pro", amountMinor: 1_100,
            currency: try Currency("EUR"), issuer: "bank-1", network: .visa, funding: .debit)
        return PayerHistory(customer: "c1", payer: payer, charges: charges)
    }

    private func charge(
        _ invoice: String, hour: Int, _ code: String, followsMethodChange: Bool = false, method: String? = nil
    ) throws -> PastCharge {
        let due = try at("01-05T08:00")
        return PastCharge(
            invoice: invoice, dueAt: due, observation: ChargeObservation(at: due.advanced(by: .hours(hour)), code: code),
            followsMethodChange: followsMethodChange, method: method)
    }

    private func codes(_ observations: [ChargeObservation]) -> [String?] { observations.map(\.code) }

    @Test("Another card is a new beginning: what the one before was declined for is no attempt of it, but stays known") func methodChange()
        throws
    {
        let moments = try history([
            charge("i1", hour: 0, "51"), charge("i1", hour: 24, "54"), charge("i1", hour: 48, "05", followsMethodChange: true),
            charge("i2", hour: 60, "91"), charge("i1", hour: 72, "00"),
        ])
        #expect(moments.moments.map { codes($0.attempts) } == [[], ["51"], [], [], ["05"]])
        #expect(
            moments.moments.map { codes(moments.others(before: $0)) } == [[], [], ["51", "54"], ["51", "54", "05"], ["51", "54", "91"]])
    }

    @Test("Also where the first answer of the new card was none, so that no charge says that it was changed") func unseenChange() throws {
        let past = try history([
            charge("i1", hour: 0, "51", method: "pm-1"), charge("i1", hour: 24, "05", method: "pm-2"),
            charge("i1", hour: 48, "91", method: "pm-2"), charge("i1", hour: 72, "00", method: "pm-1"),
        ])
        #expect(past.moments.map { codes($0.attempts) } == [[], [], ["05"], []])
    }

    @Test("No more of the past is known than a snapshot holds") func limit() throws {
        let past = try history((0..<100).map { try charge("i\($0)", hour: $0, $0 < 40 ? "05" : "00") })
        let last = try #require(past.moments.last)
        #expect(past.others(before: last).count == Payer.historyLimit)
        #expect(past.others(before: last).map(\.at) == past.charges[39..<99].map(\.observation.at))
    }
}
