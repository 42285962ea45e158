/// The chances of approval in some hours, as far as they hang together.
///
/// One of several states is the true one, and it holds for all hours: of the payer's money, or of when an expired card is renewed.
struct Outlook {
    /// The chance of each state; what they lack to 1 is a state in which nothing is ever approved.
    let weights: [Float]
    /// `[state][hour]`: the chance that the state lets a charge pass.
    let passes: [Float]
    /// The chance, hour by hour, that all else is well.
    let others: [Float]
    /// Rows of ``IssuerFeatures/schema``, hour by hour.
    let features: [Float]

    init(weights: [Float], money: [Float], others: [Float], features: [Float]) {
        self.weights = weights
        passes = money
        self.others = others
        self.features = features
    }

    /// Of an expired card: no state of money tells as much as when the card will be renewed.
    ///
    /// - Parameter renewed: The chance, hour by hour, that it has been renewed by then.
    init(renewed: [Float], forecast: FundsForecast, approvals: [Float], features: [Float]) {
        let money = Self.means(forecast.money, forecast.weights, count: renewed.count)
        // A renewal is told from another when they are so many hours apart.
        let steps = Array(stride(from: 0, to: renewed.count, by: 8))
        weights = steps.indices.map { renewed[steps[$0]] - ($0 == 0 ? 0 : renewed[steps[$0 - 1]]) }.map { max($0, 0) }
        passes = steps.flatMap { step in money.indices.map { $0 < step ? 0 : money[$0] } }
        others = approvals
        self.features = features
    }

    /// The chance of approval, hour by hour.
    var scores: [Float] { scores(weights) }

    /// As ``scores``, with other weights of the states.
    func scores(_ weights: [Float]) -> [Float] {
        var scores = Self.means(passes, weights, count: others.count)
        for hour in scores.indices { scores[hour] *= others[hour] }
        return scores
    }

    /// The chance of approval in an hour if the state is the true one.
    func chance(in hour: Int, state: Int) -> Float { passes[state * others.count + hour] * others[hour] }

    private static func means(_ rows: [Float], _ weights: [Float], count: Int) -> [Float] {
        precondition(rows.count == weights.count * count, "a row for each state")
        var sums = [Float](repeating: 0, count: count)
        sums.withUnsafeMutableBufferPointer { sums in
            rows.withUnsafeBufferPointer { rows in
                guard let sums = sums.baseAddress, var row = rows.baseAddress else { return }
                // Most of a prediction's time is spent here: so written, several hours go at once.
                for weight in weights {
                    for hour in 0..<count { sums[hour] += weight * row[hour] }
                    row += count
                }
            }
        }
        return sums
    }
}
