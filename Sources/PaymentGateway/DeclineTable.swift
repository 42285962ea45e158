/// Why a card doesn't pay, with what the networks call it and what time does to it.
package struct DeclineReason: Sendable {
    /// How likely a later attempt of the same invoice with the same method is approved, in permille.
    enum Healing: Sendable {
        /// Only another payment method, or the payer in person, helps.
        case never
        /// The same on any day.
        case steady(Int)
        /// Money comes in: a little likelier with each attempt, and much likelier on a pay day.
        case withMoney(ordinary: Int, perAttempt: Int, onPayDay: Int)
    }

    /// ISO 8583 response code (field 39) as the networks use it.
    let code: String
    /// How many of 1,000 failing invoices fail for this reason.
    package let weight: Int
    /// Never to be tried again with this payment method.
    let isHard: Bool
    /// Asks for the payer's authentication instead of declining.
    let needsPayer: Bool
    let healing: Healing
    /// Mastercard's merchant advice codes that come with it: one is drawn per attempt.
    let advice: [String]

    private init(
        _ code: String, weight: Int, hard: Bool = false, needsPayer: Bool = false, heals healing: Healing = .never, advice: [String]
    ) {
        self.code = code
        self.weight = weight
        self.isHard = hard
        self.needsPayer = needsPayer
        self.healing = healing
        self.advice = advice
    }

    /// All reasons; the weights sum to 1,000.
    ///
    /// Codes and what they forbid: the network rules of the billing domain (Visa's category 1: 04 07 12 14 15 41 43 46 57 R0 R1 R3;
    /// Mastercard's advice codes 03 and 21 forbid, 24…30 name the earliest retry, 01 asks for new card data, 02 for a later try),
    /// which agree with the response-code lists that PSPs publish (Adyen "Raw acquirer responses", Checkout.com "Response codes", Stripe
    /// "Decline codes"). Visa asks for authentication with 1A; Mastercard sends 65 for it in Europe, which elsewhere means a limit: here
    /// it is 1A on both, so that each code has one meaning. Weights and healing are our own: in subscription billing most failures are
    /// for want of funds, and money comes with the pay day.
    package static let all: [DeclineReason] = [
        DeclineReason(
            "51", weight: 510, heals: .withMoney(ordinary: 220, perAttempt: 20, onPayDay: 580),  // insufficient funds
            advice: ["02", "25", "26", "27", "28"]),
        DeclineReason("05", weight: 150, heals: .steady(180), advice: ["02"]),  // do not honour
        DeclineReason("54", weight: 110, advice: ["01"]),  // expired card
        DeclineReason("91", weight: 60, heals: .steady(900), advice: ["02", "24"]),  // issuer unavailable
        DeclineReason("65", weight: 40, heals: .steady(550), advice: ["02", "25"]),  // too many withdrawals
        DeclineReason("61", weight: 30, heals: .steady(350), advice: ["02", "26"]),  // over the card's amount limit
        DeclineReason("96", weight: 20, heals: .steady(900), advice: ["02", "24"]),  // system malfunction
        DeclineReason("1A", weight: 20, needsPayer: true, advice: ["01"]),  // authentication required
        DeclineReason("14", weight: 20, hard: true, advice: ["03"]),  // no such card number
        DeclineReason("41", weight: 15, hard: true, advice: ["03"]),  // lost card
        DeclineReason("43", weight: 10, hard: true, advice: ["03"]),  // stolen card
        DeclineReason("46", weight: 10, hard: true, advice: ["03"]),  // closed account
        DeclineReason("R1", weight: 5, hard: true, advice: ["21"]),  // the payer revoked the authorisation
    ]

    /// The hours that a Mastercard advice code asks the merchant to wait; other codes name no time.
    package static let hoursOfAdvice = ["24": 1, "25": 24, "26": 48, "27": 96, "28": 144, "29": 192, "30": 240]

    /// Days of the month (UTC) on which wages usually arrive, and the day after.
    static let payDays: Set<Int> = [1, 2, 15, 16, 25, 26]
}
