import Foundation

/// How long money lasts after a pay-day, and how likely a charge then finds it.
package enum FundsDuration {
    /// Hours; the last stands for payers who are never short.
    package static let hours: [Double] = [5, 8, 14, 24, 38, 60, 95, 150, 240, 380, 600, .infinity]
    package static let count = hours.count
    static let never = count - 1

    /// Hours since a pay-day count up to here: 45 days.
    static let longest = 24 * 45

    /// The chance that money is there, by hours since the pay-day and duration: `[elapsed][duration]`.
    static let money = table { chance(elapsed: $0, duration: $1) }
    /// The chance that it is not.
    static let noMoney = table { 1 - chance(elapsed: $0, duration: $1) }
    /// For forecasts, duration by duration: `[duration][elapsed]`. As the hour at which a bank posts is known to an hour or two only, a
    /// forecast doesn't count on money in the very first ones.
    static let moneyByDuration: [Float] = (0..<count).flatMap { duration in
        (0..<longest).map { money[$0 * count + duration] * ($0 < isPosted.count && duration != never ? isPosted[$0] : 1) }
    }
    /// The chance, by hours since it should have been, that money has been posted.
    private static let isPosted: [Float] = [0.75, 0.9, 0.97]

    private static func table(_ value: (Int, Double) -> Double) -> [Float] {
        (0..<longest).flatMap { elapsed in hours.map { Float(value(elapsed, $0)) } }
    }

    /// The logarithm of the duration varies from pay-day to pay-day; now and then money is there, or not, against all expectation.
    private static func chance(elapsed: Int, duration: Double) -> Double {
        let (spread, despite, against) = (0.35, 0.04, 0.03)
        let deviations = log(duration / max(Double(elapsed), 0.5)) / spread
        return despite + (1 - despite - against) * 0.5 * (1 + erf(deviations / 2.0.squareRoot()))
    }
}

/// What an answer tells about the money behind a card.
package enum FundsSign: Sendable, Hashable {
    case there, short

    /// `nil` for what tells nothing: faults, blocked cards, refusals without a reason.
    package init?(code: String?) {
        switch code {
        case ChargeObservation.approval: self = .there
        case "51", "61": self = .short
        default: return nil
        }
    }

    /// Its likelihood, `[elapsed][duration]`.
    var likelihood: [Float] {
        switch self {
        case .there: FundsDuration.money
        case .short: FundsDuration.noMoney
        }
    }
}
