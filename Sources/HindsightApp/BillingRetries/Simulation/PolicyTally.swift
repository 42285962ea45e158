package import BillingRetries
import HindsightCore

/// What a policy brought, in whole numbers: they add up to the same in whatever parts they were counted.
package struct PolicyTally: Sendable, Equatable {
    package private(set) var renewals = 0
    package private(set) var failedFirst = 0
    package private(set) var recovered = 0
    package private(set) var lost = 0
    package private(set) var retries = 0
    package private(set) var retriesByModel = 0
    package private(set) var guardRefusals = 0
    /// In minor units, by currency.
    package private(set) var collected: [Currency: Int64] = [:]
    package private(set) var missed: [Currency: Int64] = [:]
    /// Recovered renewals by whole hours from due to paid.
    private var hoursToCollect: [Int: Int] = [:]

    package init() {}

    mutating func count(_ outcome: RenewalOutcome) {
        renewals += 1
        retries += outcome.retries
        retriesByModel += outcome.retriesByModel
        guardRefusals += outcome.guardRefusals
        if outcome.firstReason != nil { failedFirst += 1 }
        guard let paidAt = outcome.paidAt else {
            lost += 1
            missed[outcome.currency, default: 0] += outcome.amountMinor
            return
        }
        collected[outcome.currency, default: 0] += outcome.amountMinor
        guard outcome.firstReason != nil else { return }
        recovered += 1
        hoursToCollect[Int((paidAt.secondsSince1970 - outcome.dueAt.secondsSince1970) / 3_600), default: 0] += 1
    }

    mutating func add(_ other: PolicyTally) {
        renewals += other.renewals
        failedFirst += other.failedFirst
        recovered += other.recovered
        lost += other.lost
        retries += other.retries
        retriesByModel += other.retriesByModel
        guardRefusals += other.guardRefusals
        collected.merge(other.collected) { $0 + $1 }
        missed.merge(other.missed) { $0 + $1 }
        hoursToCollect.merge(other.hoursToCollect) { $0 + $1 }
    }

    package var paid: Int { renewals - lost }
    /// Recovered renewals of those whose first charge failed, in hundredths of a percent; `nil` where none did.
    package var recoveredBasisPoints: Int? { Self.basisPoints(recovered, of: failedFirst) }
    /// Paid renewals of all.
    package var approvedBasisPoints: Int? { Self.basisPoints(paid, of: renewals) }
    /// Retries of all whose hour a model chose, or a draw in its place.
    package var byModelBasisPoints: Int? { Self.basisPoints(retriesByModel, of: retries) }
    /// All retries, those of lost renewals too, for each hundred recovered renewals.
    package var retriesPerHundredRecovered: Int? { recovered > 0 ? (retries * 100 + recovered / 2) / recovered : nil }
    /// From due to paid, of recovered renewals; the earlier of the two in the middle.
    package var medianHoursToCollect: Int? {
        var rest = (recovered - 1) / 2
        for (hours, count) in hoursToCollect.sorted(by: { $0.key < $1.key }) {
            if rest < count { return hours }
            rest -= count
        }
        return nil
    }

    private static func basisPoints(_ part: Int, of whole: Int) -> Int? { whole > 0 ? (part * 10_000 + whole / 2) / whole : nil }
}

/// A policy's tally, whole and by groups.
struct GroupedTally: Sendable {
    let groupings: [RenewalGrouping]
    private(set) var total = PolicyTally()
    private(set) var groups: [RenewalGrouping: [String: PolicyTally]] = [:]

    init(by groupings: [RenewalGrouping]) { self.groupings = groupings }

    mutating func count(_ outcome: RenewalOutcome) {
        total.count(outcome)
        for grouping in groupings {
            guard let value = grouping.value(of: outcome) else { continue }
            groups[grouping, default: [:]][value, default: PolicyTally()].count(outcome)
        }
    }

    mutating func add(_ other: GroupedTally) {
        total.add(other.total)
        for (grouping, values) in other.groups {
            for (value, tally) in values { groups[grouping, default: [:]][value, default: PolicyTally()].add(tally) }
        }
    }
}
