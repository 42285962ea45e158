/// Pay-days without a rule: each comes 3 to 26 days after the one before, all gaps being equally likely.
///
/// It must be such a process, with a memory of the last pay-day: a class in which each day is as good as another explains every payer a
/// little and takes in half of those who have a rule.
enum IrregularPay {
    private static let gaps = 3...26
    /// Days since the last pay-day: 0 to 26.
    static let ages = gaps.upperBound + 1

    /// `[age]`: the chance that the next pay-day is tomorrow.
    private static let hazard: [Double] = (0..<ages).map { age in
        let rest = gaps.upperBound - max(age, gaps.lowerBound - 1)
        return age + 1 < gaps.lowerBound ? 0 : rest > 0 ? 1 / Double(rest) : 1
    }

    /// `[age today][age tomorrow]`.
    private static let tomorrow: [Double] = {
        var matrix = [Double](repeating: 0, count: ages * ages)
        for age in 0..<ages {
            matrix[age * ages] += hazard[age]
            matrix[age * ages + min(age + 1, ages - 1)] += 1 - hazard[age]
        }
        return matrix
    }()

    /// More days than this count as this many: by then nothing is remembered.
    static let longestWait = 45

    /// `[days later][age before][age after]`.
    static let transitions: [Float] = {
        var power = (0..<(ages * ages)).map { $0 % ages == $0 / ages ? 1.0 : 0.0 }
        var all: [Float] = []
        for _ in 0...longestWait {
            all += power.map(Float.init)
            power = product(power, tomorrow)
        }
        return all
    }()

    /// `[age]`, of a payer of whom nothing is known.
    static let stationary: [Float] = {
        var row = [Double](repeating: 0, count: ages)
        row[0] = 1
        for _ in 0..<600 {
            row = (0..<ages).map { after in (0..<ages).reduce(0) { $0 + row[$1] * tomorrow[$1 * ages + after] } }
        }
        return row.map(Float.init)
    }()

    /// `[age][days ahead − 1]`: when the next pay-day comes.
    static let next: [Float] = (0..<ages).flatMap { start in
        var (age, left) = (start, 1.0)
        let chances: [Double] = (0..<ages).map { _ in
            defer { (age, left) = (min(age + 1, ages - 1), left * (1 - hazard[age])) }
            return left * hazard[age]
        }
        let all = chances.reduce(0, +)
        return chances.map { Float($0 / all) }
    }

    /// `[duration][elapsed]`: the chance of money so many hours after a pay-day, when nobody has looked since whether another one came.
    static let moneyByDuration: [Float] = {
        let isStillTheLast = (0..<FundsDuration.longest).map { elapsed in
            let days = elapsed / 24 + 1
            return days > gaps.upperBound ? 0 : Double(gaps.upperBound + 1 - max(days, gaps.lowerBound)) / Double(gaps.count)
        }
        return (0..<FundsDuration.count).flatMap { duration in
            let money = FundsDuration.moneyByDuration[(duration * FundsDuration.longest)..<((duration + 1) * FundsDuration.longest)]
            let mean = zip(money, isStillTheLast).reduce(0) { $0 + Double($1.0) * $1.1 } / isStillTheLast.reduce(0, +)
            return zip(money, isStillTheLast).map { Float(Double($0) * $1 + (1 - $1) * mean) }
        }
    }()

    private static func product(_ left: [Double], _ right: [Double]) -> [Double] {
        (0..<(ages * ages)).map { cell in
            let (row, column) = (cell / ages, cell % ages)
            return (0..<ages).reduce(0) { $0 + left[row * ages + $1] * right[$1 * ages + column] }
        }
    }
}
