package import BillingRetries
package import HindsightCore

/// Customers, their cards and money, and the banks behind them: all of it follows from a seed.
///
/// What a charge brings is a function of the seed, the customer, the card and the hour, and of nothing that was tried before. So several
/// policies can live through the same months, and what each would have met stands beside what the others met.
package struct SimulatedMarket: Sendable {
    package let start: Timestamp
    package let customers: [MarketCustomer]
    private let issuers: [MarketIssuer]
    private let lot: Lot

    /// - Parameters:
    ///   - customers: How many.
    ///   - start: Midnight UTC; the first renewal is due on the day after.
    package init(seed: Int64, customers count: Int, start: Timestamp = SimulationPlan.defaultStart) throws {
        let lot = Lot(seed: seed)
        let places = try MarketPlace.all.map { place in
            guard let zone = CustomerZone(place.timeZone) else { throw Subscription.Rejection.unknownTimeZone(place.timeZone) }
            return (place, zone, try Currency(place.currency))
        }
        let weights = places.map(\.0.weight)
        self.lot = lot
        self.start = start
        issuers = MarketIssuer.all(lot)
        customers = (0..<count).map { number in
            let (place, zone, currency) = places[lot.pick(weights, .place, number)]
            return MarketCustomer(number, place, zone: zone, currency: currency, start: start, lot)
        }
    }

    /// A card that the customer gives.
    package func card(_ number: Int, of customer: MarketCustomer, givenAt: Timestamp) -> MarketCard {
        MarketCard(number: number, of: customer, givenAt: givenAt, issuers: issuers, lot)
    }

    /// What a charge of this card brings in this hour.
    package func answer(_ customer: MarketCustomer, _ card: MarketCard, at instant: Timestamp) -> ChargeAnswer {
        let local = customer.zone.local(instant)
        let (day, hour, id) = (Int(local.daysSince1970), local.hour, customer.number)
        let hours = Int(instant.secondsSince1970 / 3_600)
        func declined(_ code: String, advice: String? = nil) -> ChargeAnswer {
            ChargeAnswer(
                charge: charge(customer, hours), status: .declined, network: card.network, code: code,
                advice: card.network == .mastercard ? advice : nil)
        }
        if card.issuer.isDown(hour: hours, lot) { return declined("91") }
        if lot.share(.fault, id, hours) < 0.0015 { return declined("96") }
        if let (code, isDead) = card.closure(at: instant) { return declined(code, advice: isDead ? "03" : nil) }
        if card.asksForPayer(at: instant) {
            return ChargeAnswer(charge: charge(customer, hours), status: .actionRequired, network: card.network, code: "1A")
        }
        if card.issuer.refuses(day: day, hour: hour, id, lot) {
            return declined("05", advice: card.issuer.advises ? ["24", "25"][lot.whole(below: 2, .advice, id, day)] : nil)
        }
        if card.issuer.meetsLimit(day: day, id, lot) { return declined("65", advice: card.issuer.advises ? "25" : nil) }
        if !customer.purse.hasMoney(day: day, hour: hour, postingHour: card.issuer.postingHour, id, lot) {
            let isOverLimit = card.funding == .credit && lot.whole(below: 4, .limit, id, day) == 0
            return declined(
                isOverLimit ? "61" : "51", advice: card.issuer.advises ? ["25", "26"][lot.whole(below: 2, .advice, id, day)] : nil)
        }
        return ChargeAnswer(charge: charge(customer, hours), status: .approved, network: card.network)
    }

    /// How long a payer who is asked for another card takes to give it; `nil` for those who never do.
    package func reply(of customer: MarketCustomer, asForCard number: Int) -> Duration? {
        let answers = customer.customerType == .team ? 0.72 : 0.52
        guard lot.share(.reply, customer.number, number) < answers else { return nil }
        let share = lot.share(.replyDelay, customer.number, number)
        return .hours(3 + Int(share * share * 24 * 21))
    }

    private func charge(_ customer: MarketCustomer, _ hours: Int) -> String { "ch-\(customer.number)-\(hours)" }
}
