package import BillingRetries
package import HindsightCore
package import HindsightTesting

/// Invented payers with pay-days, banks and months of charges, of whom it is known when a charge would have been approved.
///
/// The same seed gives the same payers.
package struct SyntheticPayers: Sendable {
    /// What no log tells.
    package struct Truth: Sendable {
        package let pattern: PayDayPattern
        /// Hours that money lasts; `nil` for who is never short.
        package let durationHours: Int?
        package let postingHour: Int
        package let refusesAtNight: Bool

        package init(pattern: PayDayPattern, durationHours: Int?, postingHour: Int, refusesAtNight: Bool) {
            self.pattern = pattern
            self.durationHours = durationHours
            self.postingHour = postingHour
            self.refusesAtNight = refusesAtNight
        }
    }

    package let histories: [PayerHistory]
    /// By customer.
    package let truths: [String: Truth]

    /// 2026-01-01T00:00:00Z, where the months begin.
    package static let start = Timestamp(
        microsecondsSince1970: CivilDate(year: 2026, month: 1, day: 1).daysSince1970 * 86_400_000_000)
    private static let countries = [("DE", "Europe/Berlin"), ("US", "America/New_York"), ("JP", "Asia/Tokyo")]

    package init(count: Int, months: Int = 10, seed: UInt64) throws {
        var numbers = SeededGenerator(seed)
        var (histories, truths): ([PayerHistory], [String: Truth]) = ([], [:])
        for number in 0..<count {
            let customer = "payer-\(number)"
            let bank = Int.random(in: 0..<6, using: &numbers)
            let truth = Self.truth(bank: bank, &numbers)
            let payer = try Self.traits(bank: bank, &numbers)
            truths[customer] = truth
            let charges = try Self.charges(customer, payer, truth, months: months, &numbers)
            histories.append(PayerHistory(customer: customer, payer: payer, charges: charges))
        }
        self.histories = histories
        self.truths = truths
    }

    private static func truth(bank: Int, _ numbers: inout SeededGenerator) -> Truth {
        let pattern: PayDayPattern =
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0: .monthly(day: 25, weekend: .earlier)
            case 1: .weekly(weekday: 5)
            default: .monthly(day: Int.random(in: 1...28, using: &numbers), weekend: .none)
            }
        let isShort = Int.random(in: 0..<10, using: &numbers) < 4
        return Truth(
            pattern: pattern, durationHours: isShort ? Int.random(in: 24...200, using: &numbers) : nil, postingHour: [0, 6, 9][bank % 3],
            refusesAtNight: bank.isMultiple(of: 2))
    }

    private static func traits(bank: Int, _ numbers: inout SeededGenerator) throws -> PayerTraits {
        let (country, zone) = countries[Int.random(in: 0..<countries.count, using: &numbers)]
        let isTeam = Int.random(in: 0..<5, using: &numbers) == 0
        return PayerTraits(
            country: country, timeZone: zone, customerType: isTeam ? .team : .individual, plan: isTeam ? "team" : "individual",
            amountMinor: Int64.random(in: 500...5_000, using: &numbers), currency: try Currency("EUR"), issuer: "bank-\(bank)",
            network: Bool.random(using: &numbers) ? .visa : .mastercard, funding: .debit)
    }

    /// A renewal each month; a declined one is tried again every four days, or in an hour at random.
    private static func charges(
        _ customer: String, _ payer: PayerTraits, _ truth: Truth, months: Int, _ numbers: inout SeededGenerator
    ) throws -> [PastCharge] {
        guard let zone = CustomerZone(payer.timeZone) else { preconditionFailure("the zones above are in the tables") }
        var charges: [PastCharge] = []
        let first = Int.random(in: 0..<(28 * 24), using: &numbers)
        for month in 0..<months {
            let dueAt = start.advanced(by: .hours(first + month * 31 * 24))
            var at = dueAt
            for _ in 0..<6 {
                let code = code(of: truth, at: WallHour(at, in: zone), &numbers)
                charges.append(
                    PastCharge(
                        invoice: "\(customer).\(month)", dueAt: dueAt, observation: ChargeObservation(at: at, code: code),
                        followsMethodChange: false))
                if code == ChargeObservation.approval { break }
                at = at.advanced(by: .hours(Bool.random(using: &numbers) ? 96 : Int.random(in: 1...96, using: &numbers)))
            }
        }
        return charges
    }

    /// What a bank answers; noise of its own apart.
    package static func code(of truth: Truth, at time: WallHour, _ numbers: inout SeededGenerator) -> String {
        if let duration = truth.durationHours {
            let now = time.day * 24 + time.hour - truth.postingHour
            let payDay = (0...40).map { CalendarDay(daysSince1970: time.day - $0) }.first {
                $0.daysSince1970 * 24 <= now && truth.pattern.pays(on: $0)
            }
            let isShort = payDay.map { now - $0.daysSince1970 * 24 > duration } ?? true
            if isShort, Int.random(in: 0..<50, using: &numbers) > 0 { return "51" }
        }
        let isNight = time.hour < 6
        let refusals = truth.refusesAtNight && isNight ? 40 : 4
        return Int.random(in: 0..<100, using: &numbers) < refusals ? "05" : ChargeObservation.approval
    }
}
