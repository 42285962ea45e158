import BillingRetries
import HindsightApp
import HindsightCore
import Testing

/// Rows of billing as tests need them; today is 2026-03-31.
enum BillingRows {
    static var noon: Timestamp {
        get throws { try #require(Timestamp("2026-03-31T12:00:00Z")) }
    }

    static func day(_ daysAgo: Int) throws -> BusinessDay { BusinessDay(of: try noon).before(daysAgo) }

    /// A row of so many days ago.
    static func metrics(
        _ daysAgo: Int, policy: String? = "end-to-end", reason: DeclineReason? = .insufficientFunds,
        _ count: (inout BillingMetrics.Counts) -> Void
    ) throws -> BillingMetrics.Row {
        var row = BillingMetrics.Row(day: try day(daysAgo), policy: policy, firstReason: reason)
        count(&row.counts)
        return row
    }

    /// So many recoveries that came to an end so many days ago.
    static func endings(
        _ daysAgo: Int, recovered: Int, uncollectible: Int = 0, experiment: String? = nil, policy: String = "end-to-end",
        reason: DeclineReason = .insufficientFunds
    ) throws -> [RetryOutcomes.Row] {
        let day = JSONValue.string(try day(daysAgo).description)
        func row(_ ending: RetryOutcomes.Ending) throws -> RetryOutcomes.Row {
            var members: [String: JSONValue] = [
                "policy": .string(policy), "firstReason": .string(reason.rawValue), "startedOn": day, "endedOn": day,
                "ending": .string(ending.rawValue),
                "charges": [["day": day, "isApproved": .bool(ending == .recovered), "isRetry": true]],
            ]
            if let experiment { members["experiment"] = .string(experiment) }
            return try decode(.object(members))
        }
        return Array(repeating: try row(.recovered), count: recovered) + Array(repeating: try row(.uncollectible), count: uncollectible)
    }

    /// So many invoices of an arm that came to an end so many days ago.
    static func dues(
        _ daysAgo: Int, paid: Int, uncollectible: Int, experiment: String = Experiment.collection, policy: String = "end-to-end"
    ) throws -> [BillingBasis.DueInvoice] {
        let (arm, day) = (ArmHistory.Arm(experiment: experiment, policy: policy), try day(daysAgo))
        func invoices(_ count: Int, _ ending: DueInvoices.Ending) -> [BillingBasis.DueInvoice] {
            Array(repeating: BillingBasis.DueInvoice(arm: arm, endedOn: day, ending: ending), count: count)
        }
        return invoices(paid, .paid) + invoices(uncollectible, .uncollectible)
    }

    /// So many charges of a score, so many of which were approved.
    static func charges(_ daysAgo: Int, score: Double, approved: Int, of all: Int) throws -> [RetryOutcomes.Row] {
        let day = JSONValue.string(try day(daysAgo).description)
        return try (0..<all).map { number in
            try decode([
                "policy": "end-to-end", "startedOn": day,
                "charges": [["day": day, "isApproved": .bool(number < approved), "isRetry": true, "score": .number(score)]],
            ])
        }
    }

    static func snapshots(_ daysAgo: Int, _ count: Int = 10, takenAt: Timestamp? = nil, delay: Int64 = 3_600) throws -> PayerDays.Row {
        let day = try day(daysAgo)
        return try JSON.decode(
            PayerDays.Row.self,
            from: JSON.encode(
                [
                    "day": .string(day.description), "snapshots": .integer(Int64(count)),
                    "newestTakenAt": .string((takenAt ?? day.beginning).description), "delaySeconds": .integer(delay * Int64(count)),
                    "longestDelaySeconds": .integer(delay * 2), "forecasts": ["made": 0, "failed": [:], "times": []],
                ] as JSONValue))
    }

    private static func decode(_ json: JSONValue) throws -> RetryOutcomes.Row {
        try JSON.decode(RetryOutcomes.Row.self, from: JSON.encode(json))
    }

    static func basis(
        _ metrics: [BillingMetrics.Row] = [], outcomes: [RetryOutcomes.Row] = [], signals: [PayerDays.Row] = [],
        unknownSince: [Timestamp] = [], dues: [BillingBasis.DueInvoice] = [], newestSnapshots: [Timestamp] = []
    ) throws -> BillingBasis {
        BillingBasis(
            position: 42, instant: try noon, metrics: metrics, outcomes: outcomes, signals: signals, unknownSince: unknownSince,
            dues: dues, newestSnapshots: newestSnapshots)
    }
}
