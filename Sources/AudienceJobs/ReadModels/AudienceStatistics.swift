package import HindsightCore

/// One row, `all`: what the jobs brought.
package struct AudienceStatistics: Projection {
    package let name = "audience-statistics"
    package let version = 1
    /// What a job costs when it is done by hand: between half an hour and four hours, this on average.
    package static let hoursByHand = 2

    package init() {}

    package func keys(for event: Recorded<JobEvent>) -> [String] {
        switch event.event {
        case .requested, .finished, .failed: ["all"]
        case .started, .noteCloned, .permissionsSet, .parametersInserted, .paragraphRequested, .paragraphFinished, .paragraphFailed,
            .sessionLost, .artifactAccepted, .artifactRefused, .attached, .noticePosted:
            []
        }
    }

    package func apply(_ event: Recorded<JobEvent>, key: String, to row: inout AudienceStatisticsRow?) {
        var statistics = row ?? AudienceStatisticsRow()
        switch event.event {
        case .requested: statistics.requested += 1
        case .finished:
            statistics.finished += 1
            statistics.hoursSaved += Self.hoursByHand
        case .failed(let failed):
            statistics.failed += 1
            statistics.failuresByCause[failed.cause.rawValue, default: 0] += 1
        case .started, .noteCloned, .permissionsSet, .parametersInserted, .paragraphRequested, .paragraphFinished, .paragraphFailed,
            .sessionLost, .artifactAccepted, .artifactRefused, .attached, .noticePosted:
            break
        }
        row = statistics
    }
}

package struct AudienceStatisticsRow: Codable, Sendable, Equatable {
    package var requested = 0
    package var finished = 0
    package var failed = 0
    package var hoursSaved = 0
    package var failuresByCause: [String: Int] = [:]

    package init() {}
}
