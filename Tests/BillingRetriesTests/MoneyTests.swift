import BillingRetries
import HindsightCore
import Testing

@Suite("Money") struct MoneyTests {
    @Test("is never negative, and never more than JSON readers keep exactly")
    func bounds() throws {
        let euro = try Currency("EUR")
        #expect(throws: MoneyError.negative(-1)) { try Money(amountMinor: -1, currency: euro) }
        #expect(throws: MoneyError.tooLarge(1 << 53)) { try Money(amountMinor: 1 << 53, currency: euro) }
        #expect(try Money(amountMinor: 0, currency: euro).amountMinor == 0)
    }

    @Test("has a currency of ISO 4217 in capitals", arguments: ["eur", "EU", "XXX", "BTC", "", "EURO"])
    func unknownCurrency(code: String) {
        #expect(throws: MoneyError.unknownCurrency(code)) { try Currency(code) }
    }

    @Test("knows how many digits its minor unit has", arguments: [("JPY", 0), ("EUR", 2), ("KWD", 3)])
    func digits(code: String, digits: Int) throws {
        #expect(try Currency(code).minorUnitDigits == digits)
    }

    @Test("A currency that does not exist is named by the decoder")
    func decoding() {
        #expect(throws: DecodingError.self) { try JSON.decode([Currency].self, from: Array(#"["EUR","ZZZ"]"#.utf8)) }
    }
}
