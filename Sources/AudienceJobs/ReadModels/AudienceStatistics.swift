package import HindsightCore

/// One row for each job: what statistics are counted from.
package struct AudienceStatistics: Projection {
    package let name = "audience-statistics"
    package let version = 2
    package var indexes: [RowIndex<JobFigures>] { [RowIndex("template") { [$0.template.description] }] }

    package init() {}

    package func keys(for event: Recorded<JobEvent>) -> [String] {
        switch event.event {
        case .requested, .started, .finished, .failed: [event.event.job.description]
        case .noteCloned, .permissionsSet, .parametersInserted, .paragraphRequested, .paragraphFinished, .paragraphFailed, .sessionLost,
            .artifactAccepted, .artifactRefused, .attached, .noticePosted, .noticeDelivered, .noticeUndeliverable:
            []
        }
    }

    package func apply(_ event: Recorded<JobEvent>, key: String, to row: inout JobFigures?) {
        switch event.event {
        case .requested(let requested): row = JobFigures(requested)
        case .started(let started): row?.startedAt = started.at
        case .finished(let finished):
            row?.endedAt = finished.at
            row?.isFinished = true
        case .failed(let failed):
            row?.endedAt = failed.at
            row?.cause = failed.cause
        case .noteCloned, .permissionsSet, .parametersInserted, .paragraphRequested, .paragraphFinished, .paragraphFailed, .sessionLost,
            .artifactAccepted, .artifactRefused, .attached, .noticePosted, .noticeDelivered, .noticeUndeliverable:
            break
        }
    }
}

package struct JobFigures: Codable, Sendable, Equatable {
    package var template: TemplateName
    package var requestedAt: Timestamp
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    package var isFinished = false
    package var cause: FailureCause?
    /// What the job costs when it is done by hand.
    package var manualHours: Double

    package init(_ requested: JobRequested) {
        template = requested.template
        requestedAt = requested.at
        manualHours = requested.manualHours ?? TemplateDefinition.usualManualHours
    }
}
