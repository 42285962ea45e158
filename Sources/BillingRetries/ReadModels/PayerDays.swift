package import HindsightCore

/// What the daily signals brought, day by day: how many snapshots, how late, and how new the newest is; and what became of the forecasts
/// that callers asked for. The key is the day.
package struct PayerDays: Projection {
    package typealias Event = PayerEvent

    package struct Row: Codable, Sendable, Equatable {
        /// UTC, on which they were recorded.
        package let day: BusinessDay
        package fileprivate(set) var snapshots = 0
        /// What the newest of them states is of then; `nil` without snapshots.
        package fileprivate(set) var newestTakenAt: Timestamp?
        /// From what they state to when that was recorded: summed, and the longest.
        package fileprivate(set) var delaySeconds: Int64 = 0
        package fileprivate(set) var longestDelaySeconds: Int64 = 0
        package fileprivate(set) var forecasts = PredictionCounts()
    }

    package init() {}

    package let name = "payer-days"
    package let version = 1

    package func keys(for event: Recorded<PayerEvent>) -> [String] { [BusinessDay(of: event.event.content.at).description] }

    package func apply(_ event: Recorded<PayerEvent>, key: String, to row: inout Row?) {
        var day = row ?? Row(day: BusinessDay(of: event.event.content.at))
        switch event.event {
        case .snapshotRecorded(let snapshot): day.note(snapshot)
        case .forecastMade(let forecast):
            if let answer = forecast.answer { day.forecasts.note(answer) }
            if let failure = forecast.failure, failure.reason != .notAsked { day.forecasts.note(failure) }
        }
        row = day
    }
}

extension PayerDays.Row {
    fileprivate mutating func note(_ snapshot: SnapshotRecorded) {
        let takenAt = snapshot.signals.takenAt
        let delay = snapshot.at.since(takenAt).components.seconds
        snapshots += 1
        newestTakenAt = max(newestTakenAt ?? takenAt, takenAt)
        delaySeconds += delay
        longestDelaySeconds = max(longestDelaySeconds, delay)
    }
}

/// How questions to a model ended.
package struct PredictionCounts: Codable, Sendable, Equatable {
    package var made = 0
    /// By ``PredictionFailure/Reason``.
    package var failed: [String: Int] = [:]
    /// What the answers took.
    package var times = LatencyBuckets()

    package init() {}

    package var failures: Int { failed.values.reduce(0, +) }
    package var ended: Int { made + failures }

    mutating func note(_ answer: PredictionAnswer) {
        made += 1
        if let microseconds = answer.microseconds { times.note(microseconds: microseconds) }
    }

    mutating func note(_ failure: PredictionFailure) { failed[failure.reason.rawValue, default: 0] += 1 }

    package mutating func add(_ other: Self) {
        made += other.made
        failed.merge(other.failed, uniquingKeysWith: +)
        times.add(other.times)
    }
}
