package import BillingRetries
import HindsightCore

/// A card that a customer has given, with its fate.
package struct MarketCard: Sendable {
    /// 0 for the card that the subscription began with, then 1, 2, 3…
    package let number: Int
    /// Opaque, as the gateway names it.
    package let method: String
    let issuer: MarketIssuer
    package let network: CardNetwork
    package let funding: CardFunding
    private let expiresAt: Timestamp
    /// When its successor is charged under the same number; `nil` if the payer has to give it.
    private let renewedAt: Timestamp?
    private let diesAt: Timestamp
    private let deathCode: String
    /// From then on the issuer wants the payer in person.
    private let asksFrom: Timestamp?

    private static let day: Int64 = 86_400_000_000

    init(number: Int, of customer: MarketCustomer, givenAt: Timestamp, issuers: [MarketIssuer], _ lot: Lot) {
        self.number = number
        let id = customer.number
        method = "\(customer.id).card-\(number)"
        let rank = lot.pick(MarketIssuer.weights, .issuer, id, number)
        let country = MarketPlace.countries.firstIndex(of: customer.place.country) ?? 0
        issuer = issuers[country * MarketIssuer.perCountry + rank]
        funding = number == 0 ? customer.funding : CardFunding.allCases[lot.pick(customer.place.fundings, .funding, id, number)]
        network =
            switch lot.pick(funding == .credit ? [46, 42, 12] : [58, 42, 0], .network, id, number) {
            case 0: .visa
            case 1: .mastercard
            default: .amex
            }
        func days(_ days: Double) -> Timestamp {
            Timestamp(microsecondsSince1970: givenAt.microsecondsSince1970 + Int64(days * 24) * Self.day / 24)
        }
        // The first card has been in use for a while.
        let expiry = lot.share(.expiry, id, number)
        expiresAt = days(number == 0 ? 10 + 1_400 * expiry : 720 + 1_000 * expiry)
        let renewal = lot.share(.silentRenewal, id, number)
        let gap = lot.share(.renewalDelay, id, number)
        renewedAt =
            renewal < 0.6
            ? expiresAt.advanced(by: .hours(renewal < 0.3 ? 0 : Int(24 * (1 + 23 * gap)))) : nil
        diesAt = days(Self.wait(lot.share(.death, id, number), meanDays: 2_900))
        deathCode = network == .visa ? ["41", "43", "14", "R1"][lot.pick([4, 3, 2, 1], .deathCode, id, number)] : "14"
        asksFrom = customer.place.authenticates ? days(Self.wait(lot.share(.authentication, id, number), meanDays: 7_000)) : nil
    }

    /// A wait whose end is as likely on one day as on the next, by steps of its doublings: no logarithm, the same on every machine.
    private static func wait(_ share: Double, meanDays: Double) -> Double {
        var (rest, halves) = (share, 0.0)
        while rest < 0.5, halves < 12 {
            rest *= 2
            halves += 1
        }
        return meanDays * 0.693 * (halves + 2 * (1 - rest))
    }

    /// Why no clock helps, if so.
    func closure(at instant: Timestamp) -> (code: String, isDead: Bool)? {
        if diesAt <= instant { return (deathCode, true) }
        if expiresAt <= instant, renewedAt.map({ instant < $0 }) ?? true { return ("54", false) }
        return nil
    }

    func asksForPayer(at instant: Timestamp) -> Bool { asksFrom.map { $0 <= instant } ?? false }
}
