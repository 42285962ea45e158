package import BillingRetries
import GradientBoosting
import HindsightCore
import Synchronization

/// Lets several policies collect the renewals of the same customers in the same months, and counts what each brought.
///
/// All begin with one past: the first months, lived through by the fixed policy with some exploration. A model is trained on them; then each
/// policy lives through the other months by itself, and a learned one reads the common past and what it has met since. Renewals that are
/// still open when the common months end are collected by the fixed policy, and count for nobody.
package struct PolicyComparison: Sendable {
    private let plan: ComparisonPlan
    private let trainer: any TreeTrainer

    /// Customers' lives lived through, by all policies, and the training counted as a policy's.
    package struct Progress: Sendable {
        package let done: Int
        package let all: Int
    }

    package init(_ plan: ComparisonPlan, trainer: some TreeTrainer = BoostingTrainer()) {
        self.plan = plan
        self.trainer = trainer
    }

    /// - Throws: ``TooLittleLearned``; `CancellationError`.
    package func run(progress: @escaping @Sendable (Progress) -> Void = { _ in }) async throws -> ComparisonReport {
        let market = try SimulatedMarket(seed: plan.seed, customers: plan.customers, start: plan.start)
        let (learned, others) = (plan.policies.filter { $0.model != nil }, plan.policies.filter { $0.model == nil })
        let all = plan.customers * (plan.policies.count + (learned.isEmpty ? 2 : 3))
        let steps = Mutex(0)
        let advance: @Sendable (Int) -> Void = { step in
            let done = steps.withLock { steps in
                steps += step
                return steps
            }
            progress(Progress(done: done, all: all))
        }

        let lives = try await firstMonths(in: market, advance)
        // Trees grow on one core: policies that don't wait for them use the other one.
        async let training = learned.isEmpty ? nil : train(on: lives, advance)
        let untrained =
            [try PolicyInPlay(.oracle, advisor: .oracle, at: plan.trainedUntil)] + (try others.map { try inPlay($0) })
        var tallies = try await compare(untrained, from: lives, in: market, advance)
        let trained = try await training
        if let trained {
            let model = try LearnedRetryModel(trained.artifact, trees: GradientBoostedTrees(trained.artifact))
            let plays = try learned.map { try inPlay($0, model, trained) }
            tallies += try await compare(plays, from: lives, in: market, advance)
        }
        let byName = Dictionary(uniqueKeysWithValues: zip([RetryPolicy.oracle] + others + learned, tallies).map { ($0.name, $1) })
        return ComparisonReport(
            plan: plan,
            tallies: ([RetryPolicy.oracle] + plan.policies).compactMap { policy in byName[policy.name].map { (policy.name, $0) } },
            training: trained.map(ComparisonReport.Training.init))
    }

    private func inPlay(
        _ policy: RetryPolicy, _ model: LearnedRetryModel? = nil, _ trained: RetryModelTraining.Outcome? = nil
    ) throws -> PolicyInPlay {
        guard let model, let trained else { return try PolicyInPlay(policy, at: plan.trainedUntil) }
        let report = trained.report
        return try PolicyInPlay(
            policy, advisor: .model(model),
            trained: ModelTrained(
                model: ModelRegister.retries, digest: model.digest, trainedThrough: 0, cut: report.cut, rows: report.rowsLearnedFrom,
                heldOutRows: report.measures.rows, measures: report.measures, at: plan.trainedUntil),
            at: plan.trainedUntil)
    }

    // MARK: - Stages

    private func firstMonths(in market: SimulatedMarket, _ advance: @escaping @Sendable (Int) -> Void) async throws -> [CustomerLife] {
        let play = try PolicyInPlay(.explored, advisor: .lots, at: plan.start)
        return try await concurrently(market.customers) { customers in
            try customers.map { customer in
                var life = try CustomerLife(customer, in: market)
                _ = try life.live(in: market, under: play, renewingBefore: plan.trainedUntil, until: plan.trainedUntil)
                advance(1)
                return life
            }
        }.flatMap { $0 }
    }

    private func train(
        on lives: [CustomerLife], _ advance: @escaping @Sendable (Int) -> Void
    ) async throws -> RetryModelTraining.Outcome {
        let stages = RetryModelTraining.Progress.Stage.allCases
        var counted = 0
        let histories = lives.map(\.history).filter { !$0.charges.isEmpty }
        let outcome: RetryModelTraining.Outcome
        do {
            outcome = try RetryModelTraining(trainer).train(on: histories, trainedUntil: plan.trainedUntil) { progress in
                let index = stages.firstIndex(of: progress.stage) ?? 0
                let reached = Int((Double(index) + progress.share) / Double(stages.count) * Double(plan.customers))
                if reached > counted {
                    advance(reached - counted)
                    counted = reached
                }
            }
        } catch let error as RetryTrainingError where error != .cancelled {
            throw TooLittleLearned(customers: plan.customers, days: plan.trainDays, reason: error)
        }
        advance(plan.customers - counted)
        return outcome
    }

    private func compare(
        _ plays: [PolicyInPlay], from lives: [CustomerLife], in market: SimulatedMarket, _ advance: @escaping @Sendable (Int) -> Void
    ) async throws -> [GroupedTally] {
        let none = plays.map { _ in GroupedTally(by: plan.groupings) }
        let parts = try await concurrently(lives) { lives in
            var tallies = none
            for life in lives {
                try Task.checkCancellation()
                for (index, play) in plays.enumerated() {
                    var life = life
                    for outcome in try life.live(in: market, under: play, renewingBefore: plan.end) where outcome.dueAt >= plan.trainedUntil
                    {
                        tallies[index].count(outcome)
                    }
                    advance(1)
                }
            }
            return tallies
        }
        return parts.reduce(into: none) { sums, part in for index in sums.indices { sums[index].add(part[index]) } }
    }

    /// Works on parts of the elements at once, as many as there are cores; what came of them is in the elements' order.
    private func concurrently<Element: Sendable, Part: Sendable>(
        _ elements: [Element], _ work: @escaping @Sendable (ArraySlice<Element>) throws -> Part
    ) async throws -> [Part] {
        let size = 50
        return try await withThrowingTaskGroup(of: (Int, Part).self) { group in
            for (number, start) in stride(from: 0, to: elements.count, by: size).enumerated() {
                group.addTask {
                    try Task.checkCancellation()
                    return (number, try work(elements[start..<min(start + size, elements.count)]))
                }
            }
            var parts: [(Int, Part)] = []
            for try await part in group { parts.append(part) }
            return parts.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

/// The first months teach too little for policies that ask a model.
package struct TooLittleLearned: Error, CustomStringConvertible {
    let customers: Int
    let days: Int
    let reason: RetryTrainingError

    package var description: String {
        "\(days) days of \(customers) customers teach no model (\(reason)): take more of both, or name policies that ask none"
    }
}
