package import BillingRetries
import HindsightCore

/// What a comparison of policies is: everything in it follows from these numbers.
package struct ComparisonPlan: Sendable, Equatable {
    package let customers: Int
    package let days: Int
    /// So many of the days are lived through by all policies alike, and are what the model is trained on.
    package let trainDays: Int
    package let seed: Int64
    package let policies: [RetryPolicy]
    /// By what the figures are told apart as well.
    package let groupings: [RenewalGrouping]

    package static let (customerBounds, dayBounds, seedBounds) = (20...1_000_000, 60...3_650, 0...Money.maximumAmountMinor)
    package static let usualTrainDays = 240
    /// Renewals of fewer days than these would show little.
    static let fewestDays = 30

    /// The ten that look at nothing but the clock, the rules by reason, and the two that ask a model.
    package static let usualPolicies = (RetryPolicy.statics + [.reasonRules, .firstGeneration, .endToEnd]).map(\.name)

    /// - Parameters:
    ///   - trainDays: `nil` for ``usualTrainDays``, or two thirds of the days where that is less.
    ///   - policies: Names of built-in ones, without any that is there twice.
    ///   - overrideFactor: In place of the learned policies' own; `nil` leaves them as they are.
    /// - Throws: ``ComparisonPlanError``, naming the number.
    package init(
        customers: Int = 20_000, days: Int = 365, trainDays: Int? = nil, seed: Int64 = 1, policies: [String] = usualPolicies,
        overrideFactor: Double? = nil, groupings: [RenewalGrouping] = []
    ) throws(ComparisonPlanError) {
        try Self.check("customers", customers, in: Self.customerBounds)
        try Self.check("days", days, in: Self.dayBounds)
        try Self.check("seed", seed, in: Self.seedBounds)
        let trained = trainDays ?? min(Self.usualTrainDays, days * 2 / 3, days - Self.fewestDays)
        try Self.check("train-days", trained, in: Self.fewestDays...(days - Self.fewestDays))
        if let overrideFactor { try Self.check("override", overrideFactor, in: 0...100) }
        guard !policies.isEmpty else { throw ComparisonPlanError(option: "policies", reason: "names none") }
        var chosen: [RetryPolicy] = []
        for name in policies {
            guard let policy = RetryPolicy.builtIn.first(where: { $0.name == name }) else {
                let known = RetryPolicy.builtIn.map(\.name).joined(separator: ", ")
                throw ComparisonPlanError(option: "policies", reason: "there is no '\(name)': name some of \(known)")
            }
            guard !chosen.contains(where: { $0.name == name }) else {
                throw ComparisonPlanError(option: "policies", reason: "\(name) is there twice")
            }
            chosen.append(overrideFactor.map(policy.overriding) ?? policy)
        }
        self.customers = customers
        self.days = days
        self.trainDays = trained
        self.seed = seed
        self.policies = chosen
        var distinct: [RenewalGrouping] = []
        for grouping in groupings where !distinct.contains(grouping) { distinct.append(grouping) }
        self.groupings = distinct
    }

    private static func check<Number: Comparable & Sendable>(
        _ option: String, _ number: Number, in bounds: ClosedRange<Number>
    ) throws(ComparisonPlanError) {
        guard bounds.contains(number) else {
            throw ComparisonPlanError(option: option, reason: "\(number) is not \(bounds.lowerBound) to \(bounds.upperBound)")
        }
    }

    var start: Timestamp { SimulationPlan.defaultStart }
    /// Renewals are compared that are due from here on.
    var trainedUntil: Timestamp { start.advanced(by: .days(trainDays)) }
    var end: Timestamp { start.advanced(by: .days(days)) }
}

/// A number or name that makes no comparison.
package struct ComparisonPlanError: Error, Equatable, CustomStringConvertible {
    /// As the command line names it, without dashes.
    package let option: String
    package let reason: String
    package var description: String { "\(option): \(reason)" }
}
