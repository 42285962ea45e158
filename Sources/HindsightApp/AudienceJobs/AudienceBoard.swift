package import AudienceJobs
package import HindsightCore
package import HindsightRuntime

/// What the audience flow's read models tell, now and at any earlier position.
package struct AudienceBoard: Sendable {
    /// All projections of the domain.
    package static let projections: [any Projection] = [JobBoard(), OfferList(), Inbox(), AudienceStatistics(), TemplateList()]

    private let runner: ProjectionRunner

    /// - Parameter runner: Keeps ``projections`` among others.
    package init(runner: ProjectionRunner) {
        self.runner = runner
    }

    package func job(_ id: JobID, at position: Position? = nil) async throws -> JobRow? {
        try await ReadModel(JobBoard(), of: runner).row(id.description, at: position)
    }

    /// In the order in which they were asked for.
    package func jobs(at position: Position? = nil) async throws -> [JobRow] {
        try await ReadModel(JobBoard(), of: runner).rows(at: position).map(\.row).sorted {
            ($0.requestedAt, $0.id) < ($1.requestedAt, $1.id)
        }
    }

    package func offer(_ id: OfferID, at position: Position? = nil) async throws -> OfferRow? {
        try await ReadModel(OfferList(), of: runner).row(id.description, at: position)
    }

    package func inbox(at position: Position? = nil) async throws -> [InboxRow] {
        try await ReadModel(Inbox(), of: runner).rows(at: position).map(\.row)
    }

    /// - Parameter template: Of this one alone; of all for `nil`.
    package func statistics(
        of template: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil, by period: JobStatistics.Period = .month,
        at position: Position? = nil
    ) async throws -> JobStatistics {
        let jobs = try await ReadModel(AudienceStatistics(), of: runner).rows(at: position).map(\.row)
        return JobStatistics(
            of: template.map { name in jobs.filter { $0.template.description == name } } ?? jobs, from: from, to: to, by: period)
    }

    package func templates(at position: Position? = nil) async throws -> [TemplateRow] {
        try await ReadModel(TemplateList(), of: runner).rows(at: position).map(\.row)
    }
}
