import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

@Suite("Payer") struct PayerTests {
    private func signals(_ takenAt: String, country: String? = "DE", days: Int = 3, issuer: String? = "bank-1") throws -> PayerSignals {
        PayerSignals(
            takenAt: try at(takenAt), country: country, usage: PayerSignals.Usage(activeDays: days),
            card: PayerSignals.Card(issuer: issuer, network: .mastercard, funding: .debit))
    }

    private func record(_ signals: PayerSignals, history: [ChargeObservation] = [], at now: String = "01-06T03:00") throws -> Payer.Command
    {
        .record(signals, customer: "c1", history: history, at: try at(now))
    }

    @Test("A snapshot holds the signals and the newest charges")
    func snapshot() throws {
        let charges = try (1...70).map { ChargeObservation(at: try at("01-01T00:00").advanced(by: .hours($0)), code: "51") }
        let decided = try Payer.decide(record(signals("01-06T02:00"), history: charges), given: Payer.initialState)
        guard case .snapshotRecorded(let snapshot)? = decided.first else {
            Issue.record("nothing was recorded")
            return
        }
        #expect(snapshot.history == charges.suffix(60))
        let encoded = try PayerEvent.snapshotRecorded(snapshot).encoded(
            id: .version7(at: snapshot.at, entropy: Array(repeating: 0, count: 10)))
        #expect(try PayerEvent.codec.decode(encoded.data, type: encoded.type, schemaVersion: 1) == .snapshotRecorded(snapshot))
    }

    @Test("What is stated twice is recorded once; an older statement is refused")
    func order() throws {
        let first = try Payer.decide(record(signals("01-06T02:00")), given: Payer.initialState)
        try Scenario(Payer.self).given(first).when(record(signals("01-06T02:00"))).then()
        try Scenario(Payer.self).given(first).when(record(signals("01-05T02:00"))).thenRejected(.outdated(newest: try at("01-06T02:00")))
    }

    @Test("Signals from the future, bad countries and impossible usage are refused by their names")
    func refusals() throws {
        let scenario = Scenario(Payer.self)
        try scenario.when(record(signals("01-06T04:00"))).thenRejected(
            .fromTheFuture(takenAt: try at("01-06T04:00"), now: try at("01-06T03:00")))
        try scenario.when(record(signals("01-06T02:00", country: "de"))).thenRejected(.badCountry("de"))
        try scenario.when(record(signals("01-06T02:00", days: 8))).thenRejected(.badUsage(field: "activeDays", 8))
        try scenario.when(record(signals("01-06T02:00", issuer: "a bank"))).thenRejected(.badIdentifier(field: "card.issuer"))
    }

    @Test(
        "A charge's news are one short text in JSON",
        arguments: ["2026-01-05T08:00:00Z 51 26", "2026-01-05T08:00:00Z 00", "2026-01-05T08:00:00Z -"])
    func observation(text: String) throws {
        let observation = try #require(ChargeObservation(text))
        #expect(observation.description == text)
        #expect(try JSON.decode(ChargeObservation.self, from: JSON.encode(observation)) == observation)
    }

    @Test(
        "Other texts are none",
        arguments: ["", "2026-01-05T08:00:00Z", "yesterday 51", "2026-01-05T08:00:00Z 51 ", "2026-01-05T08:00:00Z 51 26 1"])
    func noObservation(text: String) { #expect(ChargeObservation(text) == nil) }
}
