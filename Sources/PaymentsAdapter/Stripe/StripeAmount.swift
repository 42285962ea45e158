import BillingRetries

/// An amount as Stripe counts it, whose units are not everywhere those of ISO 4217.
///
/// docs.stripe.com/currencies, and for krónur support.stripe.com, "Deprecation of fractional ISK charges" (both read 2026-11-28):
/// - without decimals: the list below, which has the ariary (MGA), of which ISO counts hundredths;
/// - with three decimals: the list below, and the last digit has to be 0;
/// - krónur (ISK) have none, and are written with two;
/// - all others, forints and Taiwan's dollars among them, have two.
///
/// Ugandan shillings stand on that page both among those without decimals and, in other versions of it, among those written with two. They
/// are refused rather than charged wrongly by a hundred.
package struct StripeAmount: Sendable, Equatable {
    package let value: Int64

    package enum Fault: Error, Equatable, CustomStringConvertible {
        case notPositive
        case unknownCurrency(String)
        case unclearUnit(String)
        case notWhole(currency: String, multipleOf: Int64)
        case tooLarge

        package var description: String {
            switch self {
            case .notPositive: "an amount to charge is 1 minor unit or more"
            case .unknownCurrency(let code): "\(code): no currency that Stripe charges"
            case .unclearUnit(let code): "\(code): Stripe doesn't say clearly in which unit it is charged, so it is not"
            case .notWhole(let code, let unit): "\(code): Stripe charges whole multiples of \(unit) minor units only"
            case .tooLarge: "the amount is larger than Stripe takes: 99999999 in its unit"
            }
        }
    }

    /// Stripe takes up to eight digits (docs.stripe.com/api/payment_intents/create, "amount", read 2026-11-28).
    private static let largest: Int64 = 99_999_999
    private static let withoutDecimals: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
    ]
    private static let withThreeDecimals: Set<String> = ["BHD", "JOD", "KWD", "OMR", "TND"]
    private static let unclear: Set<String> = ["UGX"]

    package init(minorUnits: Int64, currency code: String) throws(Fault) {
        guard minorUnits >= 1 else { throw .notPositive }
        let digits: Int
        do {
            digits = try Currency(code).minorUnitDigits
        } catch {
            throw .unknownCurrency(code)
        }
        guard !Self.unclear.contains(code) else { throw .unclearUnit(code) }
        let decimals = Self.withoutDecimals.contains(code) ? 0 : Self.withThreeDecimals.contains(code) ? 3 : 2
        guard minorUnits <= Self.largest * 100 else { throw .tooLarge }
        switch decimals - digits {
        case 0 where decimals == 3:
            guard minorUnits.isMultiple(of: 10) else { throw .notWhole(currency: code, multipleOf: 10) }
            value = minorUnits
        case 0: value = minorUnits
        case 2: value = minorUnits * 100
        case -2:
            guard minorUnits.isMultiple(of: 100) else { throw .notWhole(currency: code, multipleOf: 100) }
            value = minorUnits / 100
        // Currencies of three digits that Stripe's list of them lacks.
        default: throw .unknownCurrency(code)
        }
        guard value <= Self.largest else { throw .tooLarge }
    }
}
