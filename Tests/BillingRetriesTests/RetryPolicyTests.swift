import BillingRetries
import HindsightCore
import Testing

@Suite("Retry policies") struct RetryPolicyTests {
    private func proposal(
        _ policy: RetryPolicy, _ reasons: [DeclineReason], now: String, start: String = "01-05T08:00", zone: String = "Europe/Berlin"
    ) throws -> Timestamp? {
        let zone = try #require(CustomerZone(zone))
        return policy.proposal(
            for: RetryPolicy.Situation(now: try at(now), start: try at(start), zone: zone, reasons: reasons)
        ).at
    }

    @Test("The fixed policy keeps to a grid of four days from the first failure, whatever the reason", arguments: DeclineReason.allCases)
    func fixed(reason: DeclineReason) throws {
        #expect(try proposal(.fixedFourDays, [reason], now: "01-05T08:00") == (try at("01-09T08:00")))
        #expect(try proposal(.fixedFourDays, [reason, reason], now: "01-09T08:05") == (try at("01-13T08:00")))
    }

    @Test(
        "Without funds the rules wait for the next pay day or Friday, ten in the local morning",
        arguments: [
            ("01-05T08:00", "01-09T09:00"),  // a Monday: Friday the 9th comes first
            ("01-10T08:00", "01-15T09:00"),  // a Saturday: the 15th
            ("01-29T23:30", "01-31T09:00"),  // too late for Friday the 30th: the last day of the month
            ("01-31T09:00", "02-01T09:00"),
        ])
    func insufficientFunds(now: String, expected: String) throws {
        #expect(try proposal(.reasonRules, [.insufficientFunds], now: now) == (try at(expected)))
    }

    @Test(
        "After an issuer's fault the rules try again within hours, ever later",
        arguments: [(1, 3), (2, 6), (3, 12), (4, 24), (5, 48), (9, 48)])
    func issuerFault(declines: Int, hours: Int) throws {
        let reasons = Array(repeating: DeclineReason.issuerFault, count: declines)
        #expect(try proposal(.reasonRules, reasons, now: "01-05T08:00") == (try at("01-05T08:00")).advanced(by: .hours(hours)))
    }

    @Test(
        "After do-not-honour the rules try again in the next working morning, later ones a day apart",
        arguments: [(1, "01-05T08:00", "01-06T09:00"), (1, "01-09T08:00", "01-12T09:00"), (3, "01-05T09:00", "01-07T09:00")])
    func doNotHonour(declines: Int, now: String, expected: String) throws {
        let reasons = Array(repeating: DeclineReason.doNotHonour, count: declines)
        #expect(try proposal(.reasonRules, reasons, now: now) == (try at(expected)))
    }

    @Test("For what only the payer can mend the rules wait for another method", arguments: DeclineReason.allCases.filter(\.needsPayer))
    func needsPayer(reason: DeclineReason) throws {
        #expect(try proposal(.reasonRules, [reason], now: "01-05T08:00") == nil)
    }

    @Test("A new method is tried within the hour by the rules, on the grid by the fixed policy")
    func newMethod() throws {
        #expect(try proposal(.reasonRules, [], now: "01-06T08:10") == (try at("01-06T10:00")))
        #expect(try proposal(.fixedFourDays, [], now: "01-06T08:10") == (try at("01-09T08:00")))
    }

    @Test("Mornings are local ones on both sides of a change of the clocks")
    func daylightSaving() throws {
        #expect(try proposal(.reasonRules, [.doNotHonour], now: "03-26T09:00") == (try at("03-27T09:00")))
        #expect(try proposal(.reasonRules, [.doNotHonour], now: "03-27T09:00") == (try at("03-30T08:00")))
    }

    @Test("Legal hours move a window to the customer's morning")
    func legalHours() throws {
        let hours = LegalHours(from: 7, until: 22)
        let tokyo = try #require(CustomerZone("Asia/Tokyo"))
        #expect(hours.first(from: try at("01-05T12:59"), in: tokyo) == (try at("01-05T12:59")))
        #expect(hours.first(from: try at("01-05T13:00"), in: tokyo) == (try at("01-05T22:00")))
        #expect(hours.first(from: try at("01-05T20:00"), in: tokyo) == (try at("01-05T22:00")))
    }

    @Test("A policy is data: it goes through JSON unchanged", arguments: RetryPolicy.builtIn)
    func roundTrip(policy: RetryPolicy) throws {
        #expect(try JSON.decode(RetryPolicy.self, from: JSON.encode(policy)) == policy)
    }

    @Test("Customers keep their arm, and arms get their shares")
    func experiment() {
        let experiment = Experiment(
            name: "collection", salt: "s",
            arms: [.init(policy: "a", permille: 500), .init(policy: "b", permille: 300), .init(policy: "c", permille: 200)])
        let arms = (0..<10_000).map { experiment.arm(of: "customer-\($0)")?.policy }
        #expect(arms == (0..<10_000).map { experiment.arm(of: "customer-\($0)")?.policy })
        for (arm, share) in [("a", 0.5), ("b", 0.3), ("c", 0.2)] {
            #expect(abs(Double(arms.filter { $0 == arm }.count) / 10_000 - share) < 0.02)
        }
    }

    @Test("A version of a policy is never changed, and none is skipped")
    func book() throws {
        var state = PolicyBook.initialState
        for event in try PolicyBook.decide(.define(.reasonRules, at: try at("01-01T00:00")), given: state) {
            PolicyBook.evolve(&state, with: event)
        }
        #expect(try PolicyBook.decide(.define(.reasonRules, at: try at("01-02T00:00")), given: state).isEmpty)
        let other = RetryPolicy(
            name: "reason-rules", version: 1, chooser: .rules, windowDays: 14, hours: LegalHours(from: 0, until: 24), rules: [],
            otherwise: .every(hours: 24), afterMethodChange: .every(hours: 24))
        let now = try at("01-02T00:00")
        #expect(throws: PolicyBook.Rejection.versionExists(1)) { try PolicyBook.decide(.define(other, at: now), given: state) }
    }
}
