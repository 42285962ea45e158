package import BillingRetries
import HindsightCore

/// Policies side by side.
package struct ComparisonReport: Sendable {
    /// What the learned policies' model was learned from.
    package struct Training: Sendable, Encodable {
        package let model: ModelDigest
        package let charges: Int
        package let heldOutCharges: Int
        package let logLoss: Double
        /// Of the approval rate by country, funding and first or later attempt.
        package let segmentLogLoss: Double

        init(_ outcome: RetryModelTraining.Outcome) {
            model = outcome.artifact.digest
            charges = outcome.artifact.metadata.rows
            heldOutCharges = outcome.report.measures.rows
            logLoss = outcome.report.measures.logLoss
            segmentLogLoss = outcome.report.segmentMeasures.logLoss
        }
    }

    /// A policy's figures, whole or of one group.
    package struct Line: Sendable, Encodable {
        package let policy: String
        /// `nil` for the whole.
        package let by: RenewalGrouping?
        package let value: String?
        package let tally: PolicyTally

        private enum CodingKeys: CodingKey {
            case policy, by, value, renewals, failedFirst, recovered, recoveredBasisPoints, paid, approvedBasisPoints, lost, retries
            case retriesPerHundredRecovered, medianHoursToCollect, byModelBasisPoints, guardRefusals, collectedMinor, lostMinor
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(policy, forKey: .policy)
            try container.encodeIfPresent(by, forKey: .by)
            try container.encodeIfPresent(value, forKey: .value)
            try container.encode(tally.renewals, forKey: .renewals)
            try container.encode(tally.failedFirst, forKey: .failedFirst)
            try container.encode(tally.recovered, forKey: .recovered)
            try container.encodeIfPresent(tally.recoveredBasisPoints, forKey: .recoveredBasisPoints)
            try container.encode(tally.paid, forKey: .paid)
            try container.encodeIfPresent(tally.approvedBasisPoints, forKey: .approvedBasisPoints)
            try container.encode(tally.lost, forKey: .lost)
            try container.encode(tally.retries, forKey: .retries)
            try container.encodeIfPresent(tally.retriesPerHundredRecovered, forKey: .retriesPerHundredRecovered)
            try container.encodeIfPresent(tally.medianHoursToCollect, forKey: .medianHoursToCollect)
            try container.encodeIfPresent(tally.byModelBasisPoints, forKey: .byModelBasisPoints)
            try container.encode(tally.guardRefusals, forKey: .guardRefusals)
            try container.encode(Self.byCode(tally.collected), forKey: .collectedMinor)
            try container.encode(Self.byCode(tally.missed), forKey: .lostMinor)
        }

        private static func byCode(_ amounts: [Currency: Int64]) -> [String: Int64] {
            Dictionary(uniqueKeysWithValues: amounts.map { ($0.code, $1) })
        }
    }

    /// The lines of one table.
    package struct Table: Sendable {
        package let by: RenewalGrouping?
        package let value: String?
        /// The oracle first, then the policies in the order of the plan.
        package let lines: [Line]
    }

    package let plan: ComparisonPlan
    /// `nil` where no policy asks a model.
    package let training: Training?
    /// The whole first, then group by group.
    package let tables: [Table]

    init(plan: ComparisonPlan, tallies: [(policy: String, tally: GroupedTally)], training: Training?) {
        self.plan = plan
        self.training = training
        let whole = Table(
            by: nil, value: nil, lines: tallies.map { Line(policy: $0.policy, by: nil, value: nil, tally: $0.tally.total) })
        tables =
            [whole]
            + plan.groupings.flatMap { grouping in
                Set(tallies.flatMap { ($0.tally.groups[grouping] ?? [:]).keys }).sorted().map { value in
                    Table(
                        by: grouping, value: value,
                        lines: tallies.map { policy, tally in
                            Line(policy: policy, by: grouping, value: value, tally: tally.groups[grouping]?[value] ?? PolicyTally())
                        })
                }
            }
    }

    package static let oracle = RetryPolicy.oracle.name
}
