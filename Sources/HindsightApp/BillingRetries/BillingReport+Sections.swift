package import BillingRetries
package import HindsightCore
import Foundation

extension BillingReport {
    /// An arm of an experiment: what became of the invoices, recoveries and retries that came to an end on these days.
    package struct Arm: Codable, Sendable, Equatable {
        /// `hold-out` for those who stay with the rules; `nil` for recoveries without an experiment.
        package let experiment: String?
        package let policy: String
        /// `nil` sums all reasons.
        package let firstReason: DeclineReason?
        /// Of all that fell due in the arm and came to an end, whether they entered recovery or not; `nil` beyond experiments, and by
        /// reason, since an invoice that is paid at once has none.
        package var invoicesDue: Int?
        package var invoicesPaid: Int?
        /// This compares arms: recoveries have other failures to begin with where a policy times the first charge.
        package var invoicesPaidPermille: Int?
        package var recoveriesStarted = 0
        package var recovered = 0
        package var paidElsewhere = 0
        package var uncollectible = 0
        package var retriesApproved = 0
        package var retriesDeclined = 0
        /// Recovered ones of those that were recovered or given up.
        package var invoiceApprovalPermille: Int?
        package var attemptSuccessPermille: Int?

        init(experiment: String?, policy: String, firstReason: DeclineReason? = nil) {
            self.experiment = experiment
            self.policy = policy
            self.firstReason = firstReason
        }
    }

    /// Who chose the windows of the retries that were scheduled.
    package struct Coverage: Codable, Sendable, Equatable {
        package let model: Int
        package let exploration: Int
        package let rules: Int
        package let fixedInterval: Int
        /// By the model or its exploration, of all.
        package let sharePermille: Int?
        /// The same, of retries by policies that ask a model.
        package let ofModelPoliciesPermille: Int?
    }

    package struct Predictions: Codable, Sendable, Equatable {
        package let requested: Int
        /// Forecasts that callers asked for, beside those of invoices.
        package let forecasts: Int
        package let made: Int
        /// By reason.
        package let failed: [String: Int]
        package let failurePermille: Int?
        /// Half of the answers, and 99 of 100, took no longer; `nil` without answers, or beyond the last bucket.
        package let p50Microseconds: Int?
        package let p99Microseconds: Int?
        package let times: [Bucket]

        package struct Bucket: Codable, Sendable, Equatable {
            /// `nil` for those that took longer than every bound.
            package let upToMicroseconds: Int?
            package let answers: Int
        }
    }

    /// The daily signals: as of the instant, and day by day before the last of the days.
    package struct Signals: Codable, Sendable, Equatable {
        /// Of when the newest snapshot is.
        package let newestTakenAt: Timestamp?
        package let ageSeconds: Int64?
        /// Of whom there is a snapshot, and of whom the newest is too old for a prediction.
        package let customers: Int
        package let staleCustomers: Int
        /// On the days asked for.
        package let snapshots: Int
        package let meanDelaySeconds: Int64?
        package let longestDelaySeconds: Int64?
        /// The last days, at most a fortnight; also those on which nothing came.
        package let days: [Day]

        package struct Day: Codable, Sendable, Equatable {
            package let day: BusinessDay
            package let snapshots: Int
            package let meanDelaySeconds: Int64?
        }
    }

    /// First reasons of the last week against the four weeks before it.
    package struct Drift: Codable, Sendable, Equatable {
        package let recent: Int
        package let before: Int
        /// Population stability index: 0 is no change, from 0.2 on people look into it. `nil` while there is nothing to compare.
        package let index: Double?
        package let reasons: [Share]

        package struct Share: Codable, Sendable, Equatable {
            package let reason: DeclineReason
            package let recentPermille: Int?
            package let beforePermille: Int?
        }
    }

    /// Of what the collection depends on: `nil` where nothing was asked of it.
    package struct Availability: Codable, Sendable, Equatable {
        /// Questions that a model answered.
        package let predictorPermille: Int?
        /// Days with snapshots, since there are any.
        package let signalsPermille: Int?
        /// Charges whose answer was not lost.
        package let gatewayPermille: Int?
    }

    static func permille(_ part: Int, of whole: Int) -> Int? { whole > 0 ? (part * 1_000 + whole / 2) / whole : nil }
}

extension BillingReport.Coverage {
    init(_ basis: BillingBasis, _ days: BusinessDays) {
        let all = basis.counts(in: days)
        let asking = basis.askingPolicies(in: days)
        let ofModels = basis.counts(in: days) { $0.policy.map(asking.contains) ?? false }
        model = all.retriesByModel
        exploration = all.retriesByExploration
        rules = all.retriesByRules
        fixedInterval = all.retriesByFixedInterval
        sharePermille = BillingReport.permille(all.retriesCovered, of: all.retriesScheduled)
        ofModelPoliciesPermille = BillingReport.permille(ofModels.retriesCovered, of: ofModels.retriesScheduled)
    }
}

extension BillingReport.Predictions {
    init(_ basis: BillingBasis, _ days: BusinessDays) {
        let counts = basis.predictions(in: days)
        requested = basis.counts(in: days).predictionsRequested
        forecasts = basis.signals.reduce(0) { $0 + (days.contains($1.day) ? $1.forecasts.ended : 0) }
        made = counts.made
        failed = counts.failed
        failurePermille = BillingReport.permille(counts.failures, of: counts.ended)
        func quantile(_ share: Double) -> Int? { counts.times.quantile(share).flatMap { $0 == .max ? nil : $0 } }
        p50Microseconds = quantile(0.5)
        p99Microseconds = quantile(0.99)
        times = counts.times.counts.enumerated().filter { $0.element > 0 }.map { bucket, answers in
            Bucket(
                upToMicroseconds: bucket < LatencyBuckets.bounds.count ? LatencyBuckets.bounds[bucket] : nil, answers: answers)
        }
    }
}

extension BillingReport.Signals {
    private static let daysShown = 14

    init(_ basis: BillingBasis, _ days: BusinessDays, until lastDay: BusinessDay) {
        newestTakenAt = basis.signals.compactMap(\.newestTakenAt).max()
        ageSeconds = newestTakenAt.map { max(0, basis.instant.since($0).components.seconds) }
        customers = basis.newestSnapshots.count
        staleCustomers = basis.newestSnapshots.count { basis.instant.since($0) > ModelTerms.snapshotLife }
        let rows = basis.signals.filter { days.contains($0.day) && $0.snapshots > 0 }
        snapshots = rows.reduce(0) { $0 + $1.snapshots }
        meanDelaySeconds = snapshots > 0 ? rows.reduce(0) { $0 + $1.delaySeconds } / Int64(snapshots) : nil
        longestDelaySeconds = rows.map(\.longestDelaySeconds).max()
        let byDay = Dictionary(uniqueKeysWithValues: rows.map { ($0.day, $0) })
        let shown = BusinessDays(Self.daysShown, until: lastDay).all.filter { days.contains($0) && $0 >= rows.first?.day ?? $0 }
        self.days =
            rows.isEmpty
            ? []
            : shown.map { day in
                let row = byDay[day]
                return Day(
                    day: day, snapshots: row?.snapshots ?? 0, meanDelaySeconds: row.map { $0.delaySeconds / Int64(max($0.snapshots, 1)) })
            }
    }
}

extension BillingReport.Drift {
    package static let recentDays = 7
    package static let daysBefore = 28

    /// - Parameter lastDay: The last of the recent days.
    init(_ basis: BillingBasis, until lastDay: BusinessDay) {
        let recent = Self.started(basis, BusinessDays(Self.recentDays, until: lastDay))
        let before = Self.started(basis, BusinessDays(Self.daysBefore, until: lastDay.before(Self.recentDays)))
        let (recentAll, beforeAll) = (recent.values.reduce(0, +), before.values.reduce(0, +))
        self.recent = recentAll
        self.before = beforeAll
        index = recentAll > 0 && beforeAll > 0 ? Self.index(from: before, to: recent) : nil
        reasons = DeclineReason.allCases.filter { recent[$0] != nil || before[$0] != nil }.map { reason in
            Share(
                reason: reason, recentPermille: BillingReport.permille(recent[reason] ?? 0, of: recentAll),
                beforePermille: BillingReport.permille(before[reason] ?? 0, of: beforeAll))
        }
    }

    private static func started(_ basis: BillingBasis, _ days: BusinessDays) -> [DeclineReason: Int] {
        basis.metrics.reduce(into: [:]) { sums, row in
            guard let reason = row.firstReason, days.contains(row.day), row.counts.recoveriesStarted > 0 else { return }
            sums[reason, default: 0] += row.counts.recoveriesStarted
        }
    }

    /// The sum of (p − q) ln(p ÷ q). A thousandth is added to each share, so that a reason that was never seen before counts, but not
    /// without bound.
    private static func index(from before: [DeclineReason: Int], to recent: [DeclineReason: Int]) -> Double {
        func shares(_ counts: [DeclineReason: Int]) -> [Double] {
            let all = Double(counts.values.reduce(0, +))
            return DeclineReason.allCases.map { Double(counts[$0] ?? 0) / all + 0.001 }
        }
        return zip(shares(recent), shares(before)).reduce(0) { sum, pair in sum + (pair.0 - pair.1) * log(pair.0 / pair.1) }
    }
}

extension BillingReport.Availability {
    init(_ basis: BillingBasis, _ days: BusinessDays, until lastDay: BusinessDay) {
        let counts = basis.counts(in: days)
        let predictions = basis.predictions(in: days)
        predictorPermille = BillingReport.permille(predictions.made, of: predictions.ended)
        gatewayPermille = BillingReport.permille(
            max(0, counts.chargesRequested - counts.chargesUnknown), of: counts.chargesRequested)
        let daysWithSnapshots = basis.signals.lazy.filter { $0.snapshots > 0 }.map(\.day)
        if let first = daysWithSnapshots.first {
            let asked = BusinessDays(from: max(first, days.from ?? first), to: lastDay)
            let with = daysWithSnapshots.filter(asked.contains).count
            signalsPermille = BillingReport.permille(with, of: asked.all.count)
        } else {
            signalsPermille = nil
        }
    }
}

extension BillingReport.Arm {
    private struct Name: Hashable {
        let experiment: String?
        let policy: String
        var firstReason: DeclineReason?

        var sortKey: (String, String, String) { (experiment ?? "", policy, firstReason?.rawValue ?? "") }
    }

    /// By experiment and policy.
    static func all(_ basis: BillingBasis, _ days: BusinessDays) -> [Self] {
        var arms = recoveries(basis, days) { experiment, policy, _ in Name(experiment: experiment, policy: policy) }
        for invoice in basis.dues where days.contains(invoice.endedOn) && invoice.ending != .elsewhere {
            let name = Name(experiment: invoice.arm.experiment, policy: invoice.arm.policy)
            arms[name, default: Self(name)].count(invoice)
        }
        return told(arms)
    }

    /// By experiment, policy and first reason.
    static func byReason(_ basis: BillingBasis, _ days: BusinessDays) -> [Self] {
        told(recoveries(basis, days) { Name(experiment: $0, policy: $1, firstReason: $2) })
    }

    private static func recoveries(
        _ basis: BillingBasis, _ days: BusinessDays, by name: (String?, String, DeclineReason?) -> Name
    ) -> [Name: Self] {
        var arms: [Name: Self] = [:]
        for row in basis.outcomes {
            guard let policy = row.policy else { continue }
            let name = name(row.experiment, policy, row.firstReason)
            arms[name, default: Self(name)].count(row, days)
        }
        return arms
    }

    private init(_ name: Name) { self.init(experiment: name.experiment, policy: name.policy, firstReason: name.firstReason) }

    private static func told(_ arms: [Name: Self]) -> [Self] {
        arms.filter { $0.value != Self($0.key) }.sorted { $0.key.sortKey < $1.key.sortKey }.map { _, arm in
            var arm = arm
            arm.invoicesPaidPermille = BillingReport.permille(arm.invoicesPaid ?? 0, of: arm.invoicesDue ?? 0)
            arm.invoiceApprovalPermille = BillingReport.permille(arm.recovered, of: arm.recovered + arm.uncollectible)
            arm.attemptSuccessPermille = BillingReport.permille(
                arm.retriesApproved, of: arm.retriesApproved + arm.retriesDeclined)
            return arm
        }
    }

    private mutating func count(_ invoice: BillingBasis.DueInvoice) {
        invoicesDue = (invoicesDue ?? 0) + 1
        invoicesPaid = (invoicesPaid ?? 0) + (invoice.ending == .paid ? 1 : 0)
    }

    private mutating func count(_ row: RetryOutcomes.Row, _ days: BusinessDays) {
        if let day = row.startedOn, days.contains(day) { recoveriesStarted += 1 }
        if let day = row.endedOn, days.contains(day) {
            switch row.ending {
            case .recovered: recovered += 1
            case .elsewhere: paidElsewhere += 1
            case .uncollectible: uncollectible += 1
            case nil: break
            }
        }
        for charge in row.charges where charge.isRetry && days.contains(charge.day) {
            if charge.isApproved { retriesApproved += 1 } else { retriesDeclined += 1 }
        }
    }
}
