import Foundation

/// What is known of a payer's money: how likely each pay-day pattern is, together with each duration.
///
/// Weights are plain products of chances, scaled as they go, for the many states are multiplied far more often than anything is asked.
package struct FundsBelief: Sendable {
    static let regularStates = PayDayCalendar.patterns * FundsDuration.count
    static let irregularStates = IrregularPay.ages * FundsDuration.count

    /// `[pattern][duration]`.
    private(set) var regular: [Float]
    /// `[days since the last pay-day][duration]`, as of ``day``.
    private(set) var irregular: [Float]
    /// The day of the last observation; `nil` before the first.
    private(set) var day: Int?
    /// The logarithm of what the weights were divided by so far.
    private(set) var logScale = 0.0
    private var observationsSinceScaling = 0
    /// The hour of the day at which this payer's bank posts money.
    let postingHour: Int
    let calendar: PayDayCalendar

    /// - Parameters:
    ///   - patterns: The weight of each pattern, and last of irregular pay-days.
    ///   - durations: The weight of each duration.
    init(patterns: [Float], durations: [Float], postingHour: Int, calendar: PayDayCalendar = .current) {
        precondition(patterns.count == PayDayCalendar.patterns + 1 && durations.count == FundsDuration.count, "a weight for each state")
        regular = patterns.dropLast().flatMap { pattern in durations.map { pattern * $0 } }
        irregular = IrregularPay.stationary.flatMap { age in durations.map { patterns[PayDayCalendar.patterns] * age * $0 } }
        self.postingHour = postingHour
        self.calendar = calendar
    }

    /// With every state alike: what is left after observations is their likelihood.
    package init(flatWith postingHour: Int) {
        self.init(
            patterns: [Float](repeating: 1, count: PayDayCalendar.patterns + 1),
            durations: [Float](repeating: 1, count: FundsDuration.count),
            postingHour: postingHour)
    }

    /// Learns from the answer to a charge.
    package mutating func observe(_ sign: FundsSign, at time: WallHour) {
        advance(to: time.day)
        sign.likelihood.withUnsafeBufferPointer { likelihood in
            multiplyRegular(by: likelihood, at: time)
            multiplyIrregular(by: likelihood, at: time.hour)
        }
        scaleNowAndThen()
    }

    /// Learns from what the bank said of the next pay-day.
    ///
    /// - Parameter chances: How likely it was said, by the days until that day.
    mutating func observe(adviceOf chances: [Float], on day: Int) {
        advance(to: day)
        let (durations, ages) = (FundsDuration.count, IrregularPay.ages)
        for (pattern, days) in calendar.daysToNext(after: day, atMost: chances.count).enumerated() {
            for duration in 0..<durations { regular[pattern * durations + duration] *= chances[Int(days) - 1] }
        }
        for age in 0..<ages {
            let chance = (0..<ages).reduce(Float(0)) { $0 + IrregularPay.next[age * ages + $1] * chances[min($1, chances.count - 1)] }
            for duration in 0..<durations { irregular[age * durations + duration] *= chance }
        }
        scaleNowAndThen()
    }

    /// Lets days pass without an answer.
    mutating func advance(to later: Int) {
        defer { day = later }
        guard let day, later > day else { return }
        let (ages, durations) = (IrregularPay.ages, FundsDuration.count)
        var moved = [Float](repeating: 0, count: irregular.count)
        let start = min(later - day, IrregularPay.longestWait) * ages * ages
        IrregularPay.transitions.withUnsafeBufferPointer { transitions in
            irregular.withUnsafeBufferPointer { irregular in
                moved.withUnsafeMutableBufferPointer { moved in
                    for before in 0..<ages {
                        for after in 0..<ages {
                            let chance = transitions[start + before * ages + after]
                            guard chance > 0 else { continue }
                            DurationRow.add(irregular, at: before * durations, times: chance, to: moved, at: after * durations)
                        }
                    }
                }
            }
        }
        irregular = moved
    }

    /// Keeps a small part of another belief alive: the habits of the past may have changed.
    mutating func mix(_ share: Float, of other: FundsBelief) {
        scale(by: (1 - share) / total)
        let total = other.total
        for state in regular.indices { regular[state] += share * other.regular[state] / total }
        for state in irregular.indices { irregular[state] += share * other.irregular[state] / total }
    }

    /// The chance of each pattern, in the order of ``PayDayPattern/all``, and last of irregular pay-days.
    package var patternChances: [Float] {
        let (durations, total) = (FundsDuration.count, total)
        let regular = stride(from: 0, to: regular.count, by: durations).map { start in
            self.regular[start..<(start + durations)].reduce(0, +) / total
        }
        return regular + [irregular.reduce(0, +) / total]
    }

    var total: Float { regular.reduce(0, +) + irregular.reduce(0, +) }

    private mutating func multiplyRegular(by likelihood: UnsafeBufferPointer<Float>, at time: WallHour) {
        let (hours, durations) = (time.hour - postingHour, FundsDuration.count)
        calendar.withAges(on: time.day) { today, yesterday in
            regular.withUnsafeMutableBufferPointer { regular in
                for pattern in 0..<PayDayCalendar.patterns {
                    let age = Int(today[pattern])
                    // On a pay-day before the hour of posting the money is that of the pay-day before.
                    let days = age == 0 && hours < 0 ? Int(yesterday[pattern]) + 1 : age
                    DurationRow.multiply(regular, at: pattern * durations, by: likelihood, at: (24 * days + hours) * durations)
                }
            }
        }
    }

    private mutating func multiplyIrregular(by likelihood: UnsafeBufferPointer<Float>, at hour: Int) {
        let durations = FundsDuration.count
        irregular.withUnsafeMutableBufferPointer { irregular in
            for age in 0..<IrregularPay.ages {
                let elapsed = 24 * age + hour - postingHour
                let chances = (elapsed < 0 ? FundsDuration.longest - 1 : elapsed) * durations
                DurationRow.multiply(irregular, at: age * durations, by: likelihood, at: chances)
            }
        }
    }

    private mutating func scaleNowAndThen() {
        observationsSinceScaling += 1
        if observationsSinceScaling == 4 { rescale() }
    }

    /// Brings the greatest weight to 1, so that none of those that matter leaves the numbers of a `Float`; those that don't become zero.
    mutating func rescale() {
        let greatest = max(regular.max() ?? 0, irregular.max() ?? 0)
        precondition(greatest > 0, "no answer is impossible in every state")
        logScale += Double(log(greatest))
        scale(by: 1 / greatest)
        observationsSinceScaling = 0
    }

    private mutating func scale(by factor: Float) {
        let negligible: Float = 1e-25
        for state in regular.indices {
            let weight = regular[state] * factor
            regular[state] = weight < negligible ? 0 : weight
        }
        for state in irregular.indices {
            let weight = irregular[state] * factor
            irregular[state] = weight < negligible ? 0 : weight
        }
    }
}

/// Twelve weights, one for each duration, handled as three vectors of four.
private enum DurationRow {
    private typealias Four = SIMD4<Float>
    private static let bytes = FundsDuration.count * MemoryLayout<Float>.stride

    static func multiply(
        _ weights: UnsafeMutableBufferPointer<Float>, at start: Int, by chances: UnsafeBufferPointer<Float>, at chanceStart: Int
    ) {
        let row = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(weights)[bytes(of: start)])
        let factors = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chances)[bytes(of: chanceStart)])
        for offset in stride(from: 0, to: bytes, by: MemoryLayout<Four>.size) {
            let product =
                row.loadUnaligned(fromByteOffset: offset, as: Four.self) * factors.loadUnaligned(fromByteOffset: offset, as: Four.self)
            row.storeBytes(of: product, toByteOffset: offset, as: Four.self)
        }
    }

    static func add(
        _ weights: UnsafeBufferPointer<Float>, at start: Int, times factor: Float, to sums: UnsafeMutableBufferPointer<Float>,
        at sumStart: Int
    ) {
        let row = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(weights)[bytes(of: start)])
        let target = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(sums)[bytes(of: sumStart)])
        for offset in stride(from: 0, to: bytes, by: MemoryLayout<Four>.size) {
            let sum = target.loadUnaligned(fromByteOffset: offset, as: Four.self)
            target.storeBytes(
                of: sum + factor * row.loadUnaligned(fromByteOffset: offset, as: Four.self), toByteOffset: offset, as: Four.self)
        }
    }

    private static func bytes(of start: Int) -> Range<Int> {
        let first = start * MemoryLayout<Float>.stride
        return first..<(first + bytes)
    }
}
