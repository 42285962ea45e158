import PaymentsAdapter
import Testing

@Suite("Amounts at Stripe") struct StripeAmountTests {
    @Test(
        "ISO's minor units become Stripe's",
        arguments: [
            ("EUR", 1_099, 1_099), ("USD", 1, 1), ("JPY", 500, 500), ("KRW", 12_000, 12_000), ("KWD", 5_120, 5_120),
            ("ISK", 5, 500), ("MGA", 50_000, 500), ("HUF", 99_900, 99_900), ("TWD", 80_000, 80_000),
        ] as [(String, Int64, Int64)])
    func converts(currency: String, minorUnits: Int64, atStripe: Int64) throws {
        #expect(try StripeAmount(minorUnits: minorUnits, currency: currency).value == atStripe)
    }

    @Test(
        "What Stripe would charge wrongly, or not at all, is refused",
        arguments: [
            ("EUR", 0, .notPositive), ("EUR", -5, .notPositive), ("eur", 5, .unknownCurrency("eur")), ("XXX", 5, .unknownCurrency("XXX")),
            ("KWD", 5_124, .notWhole(currency: "KWD", multipleOf: 10)), ("MGA", 50_050, .notWhole(currency: "MGA", multipleOf: 100)),
            ("UGX", 500, .unclearUnit("UGX")), ("IQD", 1_000, .unknownCurrency("IQD")), ("EUR", 100_000_000, .tooLarge),
            ("ISK", 1_000_000, .tooLarge), ("EUR", .max, .tooLarge),
        ] as [(String, Int64, StripeAmount.Fault)])
    func refuses(currency: String, minorUnits: Int64, fault: StripeAmount.Fault) {
        #expect(throws: fault) { try StripeAmount(minorUnits: minorUnits, currency: currency) }
    }
}
