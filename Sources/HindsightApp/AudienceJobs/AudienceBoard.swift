package import AudienceJobs
package import HindsightCore
package import HindsightRuntime

/// What the audience flow's read models tell, now and at any earlier position.
package struct AudienceBoard: Sendable {
    /// All projections of the domain.
    package static let projections: [any Projection] = [
        JobBoard(), OfferList(), Inbox(), AudienceStatistics(), TemplateList(), ParagraphDurations(),
    ]

    /// With those beside the domain's own that tell why a job does not go on.
    package static let readModels: [any Projection] = projections + [SagaBoard()]

    private let runner: ProjectionRunner

    /// - Parameter runner: Keeps ``readModels`` among others.
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

    /// Those that are not over.
    package func openJobs(at position: Position? = nil) async throws -> [JobRow] {
        var rows: [JobRow] = []
        for status in JobStatus.allCases where !status.isOver {
            rows += try await ReadModel(JobBoard(), of: runner).rows(.with("status", status.rawValue), at: position).map(\.row)
        }
        return rows
    }

    /// Jobs with what follows from the others.
    package func views(of jobs: [JobRow], at position: Position? = nil) async throws -> [JobView] {
        let queue = SessionQueue(jobs.contains { $0.waitingSince != nil } ? try await openJobs(at: position) : [])
        var views: [JobView] = []
        for job in jobs {
            var usual: [String: Duration] = [:]
            for paragraph in job.paragraphs where job.status == .running && paragraph.enabled {
                let key = ParagraphDurations.key(job.template, paragraph.id)
                usual[paragraph.id] = try await ReadModel(ParagraphDurations(), of: runner).row(key, at: position)?.usual
                // The one with the parameters is over at once.
                if usual[paragraph.id] == nil, paragraph.isOfParameters { usual[paragraph.id] = .zero }
            }
            views.append(JobView(job, in: queue, usual: usual, delay: try await delay(of: job, at: position)))
        }
        return views
    }

    /// Why a job at work does not go on, by how its saga stands.
    private func delay(of job: JobRow, at position: Position?) async throws -> JobDelay? {
        guard job.status.isAtWork else { return nil }
        let saga = try await ReadModel(SagaBoard(), of: runner).row("\(NotebookRunSaga.name):\(job.id)", at: position)
        return saga.flatMap(JobDelay.init)
    }

    package func view(of id: JobID, at position: Position? = nil) async throws -> JobView? {
        guard let row = try await job(id, at: position) else { return nil }
        return try await views(of: [row], at: position).first
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

extension JobDelay {
    /// `nil` for a saga that is not held up.
    fileprivate init?(_ saga: SagaRow) {
        switch saga.status {
        case .parked: self.init(.parked, since: saga.stoppedAt ?? saga.changedAt)
        case .paused: self.init(.paused, since: saga.stoppedAt ?? saga.changedAt)
        case .running, .waiting:
            guard let effect = saga.effects.first(where: { $0.troubledSince != nil }), let since = effect.troubledSince else { return nil }
            self.init(effect: effect.effect, isKnownUndone: effect.isKnownUndone, reason: effect.reason, since: since)
        case .finished: return nil
        }
    }
}
