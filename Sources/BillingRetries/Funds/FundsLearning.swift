import Foundation

/// Learns the priors of money from many payers by expectation and maximisation: every payer's charges say which habits are likely in the
/// light of the segment's, and the segment's are what its payers make likely (Dempster, Laird and Rubin, 1977).
struct FundsLearning {
    /// A payer with all that the answers told of money.
    struct Payer {
        let traits: PayerTraits
        let observations: [(time: WallHour, seen: FundsObservation)]

        var wasShort: Bool { observations.contains { $0.seen.sign == .short } }
    }

    private static let (rounds, lastRounds) = (10, 20)
    /// Segments are drawn to the mean of all as if they had so many payers of it more.
    private static let shrinkage = 20.0
    /// More payers than these teach little more and take memory: 10 kB each.
    private static let most = (short: 8_000, others: 2_500, forPostingHours: 6_000)

    private let payers: [Payer]
    /// What a payer stands for.
    private let weights: [Double]
    private let issuers: Naming
    private let patternSegments: Naming
    private let durationSegments: Naming
    private let step: () throws -> Void

    private var postingHours: [Int]
    private var patterns: [Double]
    private var durations: [Double]
    private var likelihood: [Float] = []

    /// - Parameter step: Called between steps, of which there are ``steps``; what it throws ends the learning.
    static func priors(of payers: [Payer], step: @escaping () throws -> Void) throws -> FundsPriors {
        var learning = FundsLearning(payers, step: step)
        return try learning.learn()
    }

    static let steps = 4 + 13 + 3 * rounds + lastRounds

    private init(_ all: [Payer], step: @escaping () throws -> Void) {
        // Those who were never short say what that looks like; few of them are enough.
        let short = all.filter(\.wasShort)
        let others = all.filter { !$0.wasShort && !$0.observations.isEmpty }
        let (someShort, someOthers) = (short.spread(Self.most.short), others.spread(Self.most.others))
        payers = someShort + someOthers
        weights =
            someShort.map { _ in Double(short.count) / Double(someShort.count) }
            + someOthers.map { _ in Double(others.count) / Double(someOthers.count) }
        issuers = Naming(payers.map { $0.traits.issuer ?? "" })
        patternSegments = Naming(payers.map { FundsPriors.patternSegment(of: $0.traits) })
        durationSegments = Naming(payers.map { FundsPriors.durationSegment(of: $0.traits) })
        postingHours = [Int](repeating: FundsPriors.usualPostingHour, count: issuers.names.count)
        patterns = [Double](
            repeating: 1 / Double(Self.patternStates), count: patternSegments.names.count * Self.patternStates)
        durations = [Double](repeating: 1 / Double(FundsDuration.count), count: durationSegments.names.count * FundsDuration.count)
        self.step = step
    }

    private mutating func learn() throws -> FundsPriors {
        try computeLikelihood()
        try maximise()
        try sweepPostingHours(by: [-6, -3, 0, 3, 6, 9])
        try computeLikelihood()
        try maximise()
        try sweepPostingHours(by: [-2, -1, 0, 1])
        try computeLikelihood()
        try maximise()
        try sweepPostingHours(by: [-1, 0, 1])
        try computeLikelihood()
        try maximise(rounds: Self.lastRounds)
        return priors
    }

    private var priors: FundsPriors {
        func table(_ naming: Naming, _ values: [Double], _ width: Int) -> [String: [Float]] {
            Dictionary(
                uniqueKeysWithValues: naming.names.enumerated().map { index, name in
                    (name, values[(index * width)..<((index + 1) * width)].map(Float.init))
                })
        }
        func mean(_ naming: Naming, _ values: [Double], _ width: Int) -> [Float] {
            (0..<width).map { column in
                Float(stride(from: column, to: values.count, by: width).reduce(0) { $0 + values[$1] } / Double(naming.names.count))
            }
        }
        let known = zip(issuers.names, postingHours).filter { !$0.0.isEmpty }
        return FundsPriors(
            patterns: table(patternSegments, patterns, Self.patternStates),
            durations: table(durationSegments, durations, FundsDuration.count),
            anyPatterns: mean(patternSegments, patterns, Self.patternStates),
            anyDurations: mean(durationSegments, durations, FundsDuration.count),
            postingHours: Dictionary(uniqueKeysWithValues: known.map { ($0.0, $0.1) }),
            advice: adviceTable)
    }

    /// How often each advice was given so many days before a pay-day, as far as answers alone say when those were.
    private var adviceTable: [[Float]] {
        // What is usual counts as if it had been seen twice.
        var table = TimingAdvice.usual.map { row in row.map { 2 * $0 } }
        var posterior = [Float](repeating: 0, count: Self.states)
        for (index, payer) in payers.enumerated() where payer.observations.contains(where: { $0.seen.advice != nil }) {
            let total = likelihood.withUnsafeBufferPointer { likelihood in
                let own = UnsafeBufferPointer(rebasing: likelihood[(index * Self.states)..<((index + 1) * Self.states)])
                return self.posterior(of: index, own, into: &posterior)
            }
            let patterns = (0..<PayDayCalendar.patterns).map { pattern in
                posterior[(pattern * FundsDuration.count)..<((pattern + 1) * FundsDuration.count)].reduce(0, +) / total
            }
            for (time, seen) in payer.observations {
                guard let advice = seen.advice else { continue }
                let days = PayDayCalendar.current.daysToNext(after: time.day, atMost: TimingAdvice.days)
                for (pattern, ahead) in days.enumerated() { table[advice.index][Int(ahead) - 1] += Double(patterns[pattern]) }
            }
        }
        return TimingAdvice.normalised(table).map { $0.map(Float.init) }
    }

    // MARK: - Likelihood

    /// The patterns, and irregular pay-days.
    private static let patternStates = PayDayCalendar.patterns + 1
    private static let states = patternStates * FundsDuration.count

    /// `[pattern][duration]`, up to a factor whose logarithm is given beside it.
    private func likelihood(of payer: Payer, postingHour: Int) -> (states: [Float], logScale: Double) {
        var belief = FundsBelief(flatWith: postingHour)
        for (time, seen) in payer.observations { belief.observe(seen.sign, at: time) }
        belief.rescale()
        var irregular = [Float](repeating: 0, count: FundsDuration.count)
        for state in belief.irregular.indices { irregular[state % FundsDuration.count] += belief.irregular[state] }
        return (belief.regular + irregular, belief.logScale)
    }

    private mutating func computeLikelihood() throws {
        try step()
        likelihood.removeAll(keepingCapacity: true)
        likelihood.reserveCapacity(payers.count * Self.states)
        for (index, payer) in payers.enumerated() {
            likelihood += likelihood(of: payer, postingHour: postingHours[issuers.indices[index]]).states
        }
    }

    // MARK: - Posting hours

    /// Takes for each bank that of several hours which makes the answers of its payers the likeliest.
    private mutating func sweepPostingHours(by steps: [Int]) throws {
        let some = payers.indices.filter { payers[$0].wasShort }.spread(Self.most.forPostingHours)
        var best = [(logLikelihood: Double, hour: Int)](repeating: (-.infinity, 0), count: postingHours.count)
        let present = postingHours
        for step in steps {
            try self.step()
            let hours = present.map { min(max($0 + step, 0), 20) }
            var sums = [Double](repeating: 0, count: hours.count)
            for index in some {
                let issuer = issuers.indices[index]
                let (states, logScale) = likelihood(of: payers[index], postingHour: hours[issuer])
                let chance = states.withUnsafeBufferPointer { posterior(of: index, $0, into: nil) }
                sums[issuer] += log(Double(chance)) + logScale
            }
            for issuer in hours.indices where sums[issuer] > best[issuer].logLikelihood { best[issuer] = (sums[issuer], hours[issuer]) }
        }
        let seen = Set(some.map { issuers.indices[$0] })
        for issuer in seen { postingHours[issuer] = best[issuer].hour }
    }

    // MARK: - Expectation and maximisation

    private mutating func maximise(rounds: Int = rounds) throws {
        let (patternStates, durationCount) = (Self.patternStates, FundsDuration.count)
        var posterior = [Float](repeating: 0, count: Self.states)
        for _ in 0..<rounds {
            try step()
            var patternCounts = [Double](repeating: 0, count: patterns.count)
            var durationCounts = [Double](repeating: 0, count: durations.count)
            likelihood.withUnsafeBufferPointer { likelihood in
                for index in payers.indices {
                    let own = UnsafeBufferPointer(rebasing: likelihood[(index * Self.states)..<((index + 1) * Self.states)])
                    let total = self.posterior(of: index, own, into: &posterior)
                    count(posterior, weights[index] / Double(total), index, &patternCounts, &durationCounts)
                }
            }
            patterns = Self.shrunk(patternCounts, width: patternStates, floor: 0.02)
            durations = Self.shrunk(durationCounts, width: durationCount, floor: 0.5)
        }
    }

    /// Likelihood times priors of a payer, and their sum.
    private func posterior(of payer: Int, _ likelihood: UnsafeBufferPointer<Float>, into posterior: UnsafeMutablePointer<Float>?) -> Float {
        let (patternStates, durationCount) = (Self.patternStates, FundsDuration.count)
        let patternStart = patternSegments.indices[payer] * patternStates
        let durationStart = durationSegments.indices[payer] * durationCount
        // No state is quite impossible.
        let ofDurations = (0..<durationCount).map { Float(durations[durationStart + $0] + 1e-9) }
        return ofDurations.withUnsafeBufferPointer { ofDurations in
            var total: Float = 0
            for pattern in 0..<patternStates {
                let ofPattern = Float(patterns[patternStart + pattern] + 1e-9)
                var sum: Float = 0
                for duration in 0..<durationCount {
                    let weight = likelihood[pattern * durationCount + duration] * ofPattern * ofDurations[duration]
                    posterior?[pattern * durationCount + duration] = weight
                    sum += weight
                }
                total += sum
            }
            return total
        }
    }

    private func count(
        _ posterior: [Float], _ factor: Double, _ payer: Int, _ patternCounts: inout [Double], _ durationCounts: inout [Double]
    ) {
        let durationCount = FundsDuration.count
        let patternStart = patternSegments.indices[payer] * Self.patternStates
        let durationStart = durationSegments.indices[payer] * durationCount
        var ofDurations = [Float](repeating: 0, count: durationCount)
        posterior.withUnsafeBufferPointer { posterior in
            for pattern in 0..<Self.patternStates {
                var sum: Float = 0
                for duration in 0..<durationCount {
                    let weight = posterior[pattern * durationCount + duration]
                    ofDurations[duration] += weight
                    sum += weight
                }
                // Who is never short says nothing of pay-days.
                let ofNever = posterior[pattern * durationCount + FundsDuration.never]
                patternCounts[patternStart + pattern] += factor * Double(sum - ofNever + 1e-3 * ofNever)
            }
        }
        for duration in 0..<durationCount { durationCounts[durationStart + duration] += factor * Double(ofDurations[duration]) }
    }

    /// Shares within each segment, drawn to the shares of all.
    private static func shrunk(_ counts: [Double], width: Int, floor: Double) -> [Double] {
        var all = (0..<width).map { column in stride(from: column, to: counts.count, by: width).reduce(floor) { $0 + counts[$1] } }
        let total = all.reduce(0, +)
        for column in all.indices { all[column] *= shrinkage / total }
        return stride(from: 0, to: counts.count, by: width).flatMap { start in
            let drawn = (0..<width).map { counts[start + $0] + all[$0] }
            let sum = drawn.reduce(0, +)
            return drawn.map { $0 / sum }
        }
    }
}

/// Names, each once and sorted, and which of them each element has.
struct Naming {
    let names: [String]
    let indices: [Int]

    init(_ elements: [String]) {
        names = Set(elements).sorted()
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        indices = elements.compactMap { places[$0] }
    }
}

extension Array {
    /// At most so many of the elements, evenly spread.
    func spread(_ count: Int) -> [Element] {
        guard self.count > count else { return self }
        return (0..<count).map { self[$0 * self.count / count] }
    }
}
