import AudienceJobs
import HindsightCore
import Testing

@Suite("What jobs brought") struct JobStatisticsTests {
    private func job(
        _ template: String, _ requested: String, took seconds: Int? = nil, failed cause: FailureCause? = nil, hours: Double? = nil
    ) async throws -> JobFigures {
        var request = try await Facts.request()
        request.template = try #require(TemplateName(template))
        request.at = try #require(Timestamp(requested))
        request.manualHours = hours
        var figures = JobFigures(request)
        guard seconds != nil || cause != nil else { return figures }
        figures.startedAt = figures.requestedAt.advanced(by: .seconds(60))
        figures.endedAt = figures.startedAt?.advanced(by: .seconds(seconds ?? 1))
        (figures.cause, figures.isFinished) = (cause, cause == nil)
        return figures
    }

    private func jobs() async throws -> [JobFigures] {
        [
            try await job("a", "2026-10-31T23:58:59Z", took: 90, hours: 0.5), try await job("a", "2026-11-02T10:00:00Z", took: 10),
            try await job("b", "2026-11-08T23:00:00Z", took: 30, hours: 4),
            try await job("b", "2026-11-09T00:00:00Z", failed: .artifactEmpty),
            try await job("b", "2026-11-09T12:00:00Z", failed: .artifactEmpty),
            try await job("b", "2026-11-10T12:00:00Z", failed: .timeLimit),
            try await job("c", "2026-11-11T00:00:00Z"),
        ]
    }

    @Test("Every finished job saves what its template takes by hand, and two hours unless it says so") func hours() async throws {
        let statistics = JobStatistics(of: try await jobs())
        #expect((statistics.all.requested, statistics.all.finished, statistics.all.failed) == (7, 3, 3))
        #expect(statistics.all.hoursSaved == 6.5)
        #expect(statistics.byTemplate.map(\.template.description) == ["a", "b", "c"])
        #expect(statistics.byTemplate.map(\.figures.hoursSaved) == [2.5, 4, 0])
        #expect(statistics.byTemplate.map(\.figures.medianSeconds) == [10, 30, nil])
        #expect(statistics.all.medianSeconds == 30)
    }

    @Test("Failures are told in words, the most frequent first") func failures() async throws {
        let statistics = JobStatistics(of: try await jobs())
        #expect(statistics.failures.map(\.words) == ["No client fits the form.", "A step took longer than it may."])
        #expect(statistics.failures.map(\.jobs) == [2, 1])
        #expect(statistics.all.failuresByCause == ["artifact-empty": 2, "time-limit": 1])
    }

    @Test("A request counts in the period in which it was made, and an end in its own") func periods() async throws {
        let jobs = try await jobs()
        let months = JobStatistics(of: jobs, by: .month).byPeriod
        #expect(months.map(\.from) == ["2026-10-01", "2026-11-01"])
        #expect(months.map(\.figures.requested) == [1, 6])
        #expect(months.map(\.figures.finished) == [0, 3])
        // Mondays.
        let weeks = JobStatistics(of: jobs, by: .week).byPeriod
        #expect(weeks.map(\.from) == ["2026-10-26", "2026-11-02", "2026-11-09"])
        #expect(weeks.map(\.figures.requested) == [1, 2, 4] && weeks.map(\.figures.finished) == [1, 2, 0])
        let days = JobStatistics(of: jobs, by: .day).byPeriod
        #expect(days.map(\.from) == ["2026-10-31", "2026-11-01", "2026-11-02", "2026-11-08", "2026-11-09", "2026-11-10", "2026-11-11"])
    }

    @Test("From is the first instant that counts, and to the first that no longer does") func range() async throws {
        let jobs = try await jobs()
        let first = JobStatistics(of: jobs, to: Timestamp("2026-11-09T00:00:00Z"))
        let second = JobStatistics(of: jobs, from: Timestamp("2026-11-09T00:00:00Z"))
        #expect((first.all.requested, first.all.finished, first.all.failed) == (3, 3, 0))
        #expect((second.all.requested, second.all.finished, second.all.failed) == (4, 0, 3))
        #expect(second.all.medianSeconds == nil)
    }
}
