import Foundation

/// Issuers as numbers: how often each approves, by the hour and the kind of day, drawn to its mean where it was seen little.
package struct IssuerEncodings: Sendable, Hashable, Codable {
    struct Issuer: Sendable, Hashable, Codable {
        let index: Int
        let rate: Float
        /// By hour of the day.
        let byHour: [Float]
        /// Working days, weekends.
        let byWeekend: [Float]
        /// Other days, the last two of a month.
        let byMonthEnd: [Float]
    }

    let mean: Float
    let issuers: [String: Issuer]
    let plans: [String: Int]

    /// What was answered where money and card had no part.
    struct Answer {
        let issuer: String
        let time: WallHour
        let day: CalendarDay
        let isApproved: Bool
    }

    init(_ answers: [Answer], plans: [String]) {
        let mean = Double(answers.count { $0.isApproved }) / Double(max(answers.count, 1))
        let byIssuer = Dictionary(grouping: answers, by: \.issuer)
        self.mean = Float(mean)
        issuers = Dictionary(
            uniqueKeysWithValues: byIssuer.keys.sorted().enumerated().map { index, name in
                let own = byIssuer[name] ?? []
                let rate = Self.rate(own, drawnTo: mean, by: 50)
                func rates(_ count: Int, by weight: Double, _ cell: (Answer) -> Int) -> [Float] {
                    let cells = Dictionary(grouping: own, by: cell)
                    return (0..<count).map { Float(Self.rate(cells[$0] ?? [], drawnTo: rate, by: weight)) }
                }
                let issuer = Issuer(
                    index: index, rate: Float(rate), byHour: rates(24, by: 30) { $0.time.hour },
                    byWeekend: rates(2, by: 50) { $0.day.isWeekend ? 1 : 0 }, byMonthEnd: rates(2, by: 50) { $0.day.isNearMonthEnd ? 1 : 0 }
                )
                return (name, issuer)
            })
        self.plans = Dictionary(uniqueKeysWithValues: Set(plans).sorted().enumerated().map { ($1, $0) })
    }

    private static func rate(_ answers: [Answer], drawnTo mean: Double, by weight: Double) -> Double {
        (Double(answers.count { $0.isApproved }) + weight * mean) / (Double(answers.count) + weight)
    }
}

extension CalendarDay {
    var isNearMonthEnd: Bool { daysToMonthEnd < 2 }
}

extension IssuerEncodings {
    /// - Throws: `DecodingError` for tables of another size.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        mean = try container.decode(Float.self, forKey: .mean)
        issuers = try container.decode([String: Issuer].self, forKey: .issuers)
        plans = try container.decode([String: Int].self, forKey: .plans)
        guard issuers.values.allSatisfy({ $0.byHour.count == 24 && $0.byWeekend.count == 2 && $0.byMonthEnd.count == 2 }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .issuers, in: container, debugDescription: "an issuer has 24 hours, two kinds of days and two ends of months")
        }
    }
}
