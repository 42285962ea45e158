package import HindsightCore

/// What the daily signals brought, day by day: how many snapshots, how late, and how new the newest is. The key is the day.
package struct SignalDays: Projection {
    package typealias Event = PayerEvent

    package struct Row: Codable, Sendable, Equatable {
        /// UTC, on which they were recorded.
        package let day: BusinessDay
        package fileprivate(set) var snapshots = 0
        /// What the newest of them states is of then.
        package fileprivate(set) var newestTakenAt: Timestamp
        /// From what they state to when that was recorded: summed, and the longest.
        package fileprivate(set) var delaySeconds: Int64 = 0
        package fileprivate(set) var longestDelaySeconds: Int64 = 0
    }

    package init() {}

    package let name = "signal-days"
    package let version = 1

    package func keys(for event: Recorded<PayerEvent>) -> [String] {
        switch event.event {
        case .snapshotRecorded(let snapshot): [BusinessDay(of: snapshot.at).description]
        }
    }

    package func apply(_ event: Recorded<PayerEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .snapshotRecorded(let snapshot):
            let takenAt = snapshot.signals.takenAt
            let delay = snapshot.at.since(takenAt).components.seconds
            var day = row ?? Row(day: BusinessDay(of: snapshot.at), newestTakenAt: takenAt)
            day.snapshots += 1
            day.newestTakenAt = max(day.newestTakenAt, takenAt)
            day.delaySeconds += delay
            day.longestDelaySeconds = max(day.longestDelaySeconds, delay)
            row = day
        }
    }
}
