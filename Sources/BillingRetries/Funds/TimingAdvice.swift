import Foundation

/// Mastercard's advice on when to try again after a lack of money, as a word about the payer's next pay-day.
///
/// It is the bank's guess, in steps of days, and banks differ: how far it may be believed is learned.
enum TimingAdvice: String, CaseIterable, Sendable {
    case inAnHour = "24", inADay = "25", inTwoDays = "26", inFourDays = "27", inSixDays = "28", inEightDays = "29", inTenDays = "30"

    /// Pay-days further ahead are all alike.
    static let days = 16

    private var hours: Double {
        switch self {
        case .inAnHour: 1
        case .inADay: 24
        case .inTwoDays: 48
        case .inFourDays: 96
        case .inSixDays: 144
        case .inEightDays: 192
        case .inTenDays: 240
        }
    }

    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// How likely each advice is when the next pay-day is so many days ahead, before anything is learned: `[advice][days − 1]`.
    static let usual: [[Double]] = {
        let table = allCases.map { advice in
            (1...days).map { day in
                let deviations = log(advice.hours / (24 * Double(day))) / 0.45
                return exp(-0.5 * deviations * deviations) + 0.01
            }
        }
        return normalised(table)
    }()

    /// With each column adding up to 1.
    static func normalised(_ table: [[Double]]) -> [[Double]] {
        let sums = (0..<days).map { day in table.reduce(0) { $0 + $1[day] } }
        return table.map { row in row.indices.map { row[$0] / sums[$0] } }
    }
}

/// What a charge tells of the payer's money.
struct FundsObservation: Sendable {
    let sign: FundsSign
    let advice: TimingAdvice?

    /// `nil` if it tells nothing.
    init?(_ charge: ChargeObservation) {
        guard let sign = FundsSign(code: charge.code) else { return nil }
        self.sign = sign
        advice = sign == .short ? charge.advice.flatMap(TimingAdvice.init) : nil
    }
}
