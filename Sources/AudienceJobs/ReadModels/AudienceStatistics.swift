package import HindsightCore

/// One row for each job: what statistics are counted from.
package struct AudienceStatistics: Projection {
    package let name = "audience-statistics"
    package let version = 3
    package var indexes: [RowIndex<JobFigures>] { [RowIndex("template") { [$0.template.description] }] }

    package init() {}

    package func keys(for event: Recorded<JobEvent>) -> [String] {
        switch event.event {
        case .requested, .started, .finished, .failed, .retried, .cancelled, .rejected: [event.event.job.description]
        case .noteCloned, .permissionsSet, .parametersInserted, .paragraphRequested, .paragraphFinished, .paragraphFailed, .sessionLost,
            .artifactAccepted, .artifactRefused, .attached, .noticePosted, .noticeDelivered, .noticeUndeliverable,
            .cancelRequested, .resumed, .approvalRequested, .approved, .paragraphProgressed, .previewCounted, .turnLost:
            []
        }
    }

    package func apply(_ event: Recorded<JobEvent>, key: String, to row: inout JobFigures?) {
        switch event.event {
        // A preview saves nobody the work, and is no job done by hand.
        case .requested(let requested): row = requested.preview == nil ? JobFigures(requested) : nil
        case .started(let started): row?.startedAt = started.at
        case .finished(let finished):
            row?.endedAt = finished.at
            row?.isFinished = true
        case .failed(let failed):
            row?.endedAt = failed.at
            row?.cause = failed.cause
        case .retried: row?.goOn()
        case .cancelled(let cancelled): row?.end(.cancelled, at: cancelled.at)
        case .rejected(let rejected): row?.end(.rejected, at: rejected.at)
        case .noteCloned, .permissionsSet, .parametersInserted, .paragraphRequested, .paragraphFinished, .paragraphFailed, .sessionLost,
            .artifactAccepted, .artifactRefused, .attached, .noticePosted, .noticeDelivered, .noticeUndeliverable,
            .cancelRequested, .resumed, .approvalRequested, .approved, .paragraphProgressed, .previewCounted, .turnLost:
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
    /// What people decided about it, if that ended it.
    package var end: End?
    /// What the job costs when it is done by hand.
    package var manualHours: Double

    package enum End: String, Codable, Sendable {
        case cancelled, rejected
    }

    package init(_ requested: JobRequested) {
        template = requested.template
        requestedAt = requested.at
        manualHours = requested.manualHours ?? TemplateDefinition.usualManualHours
    }

    fileprivate mutating func goOn() { (endedAt, cause) = (nil, nil) }

    fileprivate mutating func end(_ end: End, at instant: Timestamp) { (self.end, endedAt) = (end, instant) }
}
