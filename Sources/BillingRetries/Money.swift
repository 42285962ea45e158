/// An amount of money in the minor unit of its currency: cents for EUR, whole yen for JPY. Never negative.
package struct Money: Sendable, Hashable {
    package let amountMinor: Int64
    package let currency: Currency

    /// - Throws: ``MoneyError`` for a negative amount, or one that JSON readers may round.
    package init(amountMinor: Int64, currency: Currency) throws(MoneyError) {
        guard amountMinor >= 0 else { throw .negative(amountMinor) }
        guard amountMinor <= Self.maximumAmountMinor else { throw .tooLarge(amountMinor) }
        self.amountMinor = amountMinor
        self.currency = currency
    }

    /// 2^53 − 1: what every JSON reader keeps exactly.
    package static let maximumAmountMinor: Int64 = 9_007_199_254_740_991
}

package enum MoneyError: Error, Sendable, Equatable, CustomStringConvertible {
    case negative(Int64)
    case tooLarge(Int64)
    case unknownCurrency(String)

    package var description: String {
        switch self {
        case .negative, .tooLarge: "amountMinor: \(reason)"
        case .unknownCurrency: "currency: \(reason)"
        }
    }

    /// Without the name of the member, for whoever points at it.
    package var reason: String {
        switch self {
        case .negative(let amount): "\(amount) is negative"
        case .tooLarge(let amount): "\(amount) is over \(Money.maximumAmountMinor)"
        case .unknownCurrency(let code): "\(code) is no currency of ISO 4217"
        }
    }
}

/// A currency in circulation, by its ISO 4217 code.
package struct Currency: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let code: String

    /// - Throws: `.unknownCurrency` for anything but an active code in capitals.
    package init(_ code: String) throws(MoneyError) {
        guard Self.activeCodes.contains(code) else { throw .unknownCurrency(code) }
        self.code = code
    }

    package var description: String { code }

    /// Digits after the decimal point.
    package var minorUnitDigits: Int {
        if Self.withoutMinorUnit.contains(code) { return 0 }
        return Self.withThreeDigits.contains(code) ? 3 : 2
    }

    package static func < (left: Currency, right: Currency) -> Bool { left.code < right.code }

    // ISO 4217, list one (SIX Group), without funds codes, metals and codes for testing; as of 2026-01-01 (BGN ended with 2025).
    private static let activeCodes = Set(
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE \
        CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY \
        KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO \
        NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB \
        TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
        """.split(separator: " ").map(String.init))
    private static let withoutMinorUnit: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    ]
    private static let withThreeDigits: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
}

extension Currency: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(container.decode(String.self))
        } catch let error as MoneyError {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: container.codingPath, debugDescription: error.description, underlyingError: error))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}
