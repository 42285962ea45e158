package import HindsightCore

extension AudienceJobsDomain {
    /// Why an event came about: what decided it, the reason, and what gave way to it. Only what the event itself knows; who acted stands in
    /// its metadata.
    package typealias Explanation = (by: String?, reason: String?, lost: [(value: String, reason: String)])

    /// `nil` for an event of another domain, and for one whose data was erased.
    package static func explanation(of recorded: RecordedEvent) throws(UnreadableEvent) -> Explanation? {
        if let event = try JobEvent.codec.decode(recorded) { return explanation(of: event) }
        if let event = try OfferEvent.codec.decode(recorded) { return explanation(of: event) }
        if let event = try TemplateEvent.codec.decode(recorded) { return explanation(of: event) }
        return nil
    }

    package static func explanation(of event: JobEvent) -> Explanation {
        switch event {
        case .requested(let requested): ("template \(requested.template)", "the form was accepted", [])
        case .started: (nil, "it was the job's turn", [])
        case .noteCloned(let cloned): ("notebook", "the job has its own note \(cloned.noteId)", [])
        case .permissionsSet: ("notebook", "the rights were read back as they were set", [])
        case .parametersInserted(let inserted): ("notebook", "the form's values stand in paragraph \(inserted.index + 1)", [])
        case .paragraphRequested(let requested):
            (nil, requested.pass > 1 ? "pass \(requested.pass): the session before was lost" : "the paragraph before it had finished", [])
        case .paragraphFinished(let finished): ("paragraph \(finished.paragraphId)", "it ended without an error", [])
        case .paragraphFailed(let failed):
            ("paragraph \(failed.paragraphId)", failed.error.map { "\(failed.cause.rawValue): \($0)" } ?? failed.cause.rawValue, [])
        case .sessionLost(let lost): ("notebook", lost.cause.rawValue, [("pass \(lost.pass)", lost.cause.rawValue)])
        case .artifactAccepted: ("artifact check", "the file holds what its template promises", [])
        case .artifactRefused(let refused): ("artifact check", refused.cause.rawValue, [(refused.path, refused.cause.rawValue)])
        case .attached(let attached): ("offer \(attached.offer)", "the job was asked for as its \(attached.audienceType)", [])
        case .finished: (nil, "everything that was asked for is done", [])
        case .failed(let failed): (failed.cause.rawValue, failed.reason, [])
        case .noticePosted(let posted): ("status \(posted.status.rawValue)", posted.subject, [])
        case .noticeDelivered(let delivered):
            (delivered.channel, delivered.attempts == 1 ? "it was taken" : "it was taken at attempt \(delivered.attempts)", [])
        case .noticeUndeliverable(let undeliverable): (undeliverable.channel, undeliverable.reason, [])
        case .cancelRequested(let requested): (requested.by, requested.reason, [])
        case .cancelled(let cancelled): (cancelled.by, cancelled.reason, [])
        case .retried(let retried): (retried.by, retried.reason ?? "it goes on from \(retried.from.rawValue)", [])
        case .resumed(let resumed): (nil, "it was the job's turn again, from \(resumed.from.rawValue)", [])
        case .approvalRequested(let requested):
            ("audience.limits.approvalRows", "\(requested.rows) rows are more than \(requested.limit)", [])
        case .approved(let approved): (approved.by, approved.reason, [])
        case .rejected(let rejected): (rejected.by, rejected.reason, [])
        case .paragraphProgressed: ("notebook", "the paragraph runs", [])
        case .previewCounted: ("notebook", "the form asked for a preview", [])
        case .turnLost: (nil, "another job used the session meanwhile", [])
        }
    }

    package static func explanation(of event: OfferEvent) -> Explanation {
        switch event {
        case .declared: (nil, nil, [])
        case .audienceAttached(let attached):
            (
                "job \(attached.job)", nil,
                attached.replaces.map { [("job \($0)", "a newer audience of type \(attached.audienceType) takes its place")] } ?? []
            )
        case .precedenceChanged(let changed):
            (
                nil, "\(changed.order.first?.audienceType ?? "") wins where a client is in several audiences",
                changed.order.filter { $0.precedence != $0.before }.map { ("\($0.audienceType): \($0.before)", "the order was changed") }
            )
        }
    }

    package static func explanation(of event: TemplateEvent) -> Explanation {
        switch event {
        case .registered: ("file", "the template's file was new, or had changed", [])
        case .restored(let restored): ("registration \(restored.restores)", restored.reason, [])
        }
    }
}
