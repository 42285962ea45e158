/// The likeliest states of a payer's money, and what each of them says of the hours to come.
struct FundsForecast {
    /// More states than these change nothing that is seen in approvals.
    static let states = 200

    /// Of each state, adding up to 1; the heaviest states are kept.
    let weights: [Float]
    /// `[state][hour]`: the chance that a charge finds money.
    let money: [Float]

    /// - Parameters:
    ///   - belief: Advanced to the day of the question.
    ///   - hours: In which a charge is thought of, none of them before that day.
    init(_ belief: FundsBelief, at hours: [WallHour]) {
        guard let today = belief.day else { preconditionFailure("a forecast begins on a day") }
        let particles = belief.heaviest(Self.states)
        let total = particles.reduce(0) { $0 + $1.weight }
        weights = particles.map { $0.weight / total }
        let days = hours.reduce(into: [Int]()) { if $0.last != $1.day { $0.append($1.day) } }
        money = [Float](unsafeUninitializedCapacity: particles.count * hours.count) { money, count in
            let ages = days.map { belief.calendar.withAges(on: $0) { today, yesterday in (Array(today), Array(yesterday)) } }
            for (index, particle) in particles.enumerated() {
                let row = UnsafeMutableBufferPointer(rebasing: money[(index * hours.count)..<((index + 1) * hours.count)])
                switch particle.pay {
                case .regular(let pattern):
                    Self.fill(row, pattern, particle.duration, hours, ages, postingHour: belief.postingHour)
                case .irregular(let age, let next):
                    Self.fill(row, from: today - age, to: today + next, particle.duration, hours, postingHour: belief.postingHour)
                }
            }
            count = particles.count * hours.count
        }
    }

    private static func fill(
        _ row: UnsafeMutableBufferPointer<Float>, _ pattern: Int, _ duration: Int, _ hours: [WallHour],
        _ ages: [(today: [UInt8], yesterday: [UInt8])], postingHour: Int
    ) {
        var (index, day) = (-1, Int.min)
        var (before, after) = (0, 0)
        let start = duration * FundsDuration.longest
        FundsDuration.moneyByDuration.withUnsafeBufferPointer { money in
            for slot in hours.indices {
                let hour = hours[slot]
                if hour.day != day {
                    index += 1
                    day = hour.day
                    let age = Int(ages[index].today[pattern])
                    after = 24 * age - postingHour
                    before = age == 0 ? 24 * (Int(ages[index].yesterday[pattern]) + 1) - postingHour : after
                }
                row[slot] = money[start + hour.hour + (hour.hour < postingHour ? before : after)]
            }
        }
    }

    private static func fill(
        _ row: UnsafeMutableBufferPointer<Float>, from last: Int, to next: Int, _ duration: Int, _ hours: [WallHour], postingHour: Int
    ) {
        let start = duration * FundsDuration.longest
        for slot in hours.indices {
            let hour = hours[slot]
            let elapsed = 24 * (hour.day - next) + hour.hour - postingHour
            if elapsed >= 0 {
                row[slot] = IrregularPay.moneyByDuration[start + min(elapsed, FundsDuration.longest - 1)]
            } else {
                let before = 24 * (hour.day - last) + hour.hour - postingHour
                row[slot] = FundsDuration.moneyByDuration[start + min(max(before, 0), FundsDuration.longest - 1)]
            }
        }
    }
}

/// One state of a payer's money.
struct FundsParticle {
    enum Pay {
        case regular(pattern: Int)
        /// Days since the last pay-day, and days until the next one.
        case irregular(age: Int, next: Int)
    }

    let pay: Pay
    let duration: Int
    let weight: Float
}

extension FundsBelief {
    /// The heaviest states; of equal ones the first.
    func heaviest(_ count: Int) -> [FundsParticle] {
        let (durations, ages) = (FundsDuration.count, IrregularPay.ages)
        var all = regular
        all.reserveCapacity(regular.count + ages * irregular.count)
        for age in 0..<ages {
            for next in 0..<ages {
                let chance = IrregularPay.next[age * ages + next]
                for duration in 0..<durations { all.append(chance * irregular[age * durations + duration]) }
            }
        }
        return all.heaviest(count).map { state in
            let irregular = state - regular.count
            return FundsParticle(
                pay: irregular < 0
                    ? .regular(pattern: state / durations)
                    : .irregular(age: irregular / durations / ages, next: irregular / durations % ages + 1),
                duration: state % durations, weight: all[state])
        }
    }
}

extension [Float] {
    /// Where the greatest of numbers that are not negative stand, in ascending order; of those that are nearly equal the first.
    fileprivate func heaviest(_ wanted: Int) -> [Int] {
        // The bits of such numbers are ordered as the numbers are, so their upper half sorts them into bins.
        func bin(_ value: Float) -> Int { Int(value.bitPattern >> 18) }
        var counts = [Int](repeating: 0, count: bin(.infinity) + 1)
        for value in self { counts[bin(value)] += 1 }
        var (lowest, above) = (counts.count - 1, 0)
        while lowest > 0, above + counts[lowest] < wanted {
            above += counts[lowest]
            lowest -= 1
        }
        var rest = wanted - above
        return indices.filter { index in
            let own = bin(self[index])
            guard own == lowest else { return own > lowest }
            rest -= 1
            return rest >= 0 && self[index] > 0
        }
    }
}
