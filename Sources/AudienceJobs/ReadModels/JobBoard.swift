package import HindsightCore

/// One row for each job: what a manager sees of it.
package struct JobBoard: Projection {
    package let name = "jobs"
    package let version = 2
    package var indexes: [RowIndex<JobRow>] {
        [RowIndex("status") { [$0.status.rawValue] }, RowIndex("template") { [$0.template.description] }]
    }

    package init() {}

    package func keys(for event: Recorded<JobEvent>) -> [String] { [event.event.job.description] }

    package func apply(_ event: Recorded<JobEvent>, key: String, to row: inout JobRow?) {
        if case .requested(let requested) = event.event { row = JobRow(requested) }
        row?.learn(event.event)
        row?.events = Int(event.version)
    }
}

package struct JobRow: Codable, Sendable, Equatable {
    package struct Paragraph: Codable, Sendable, Equatable {
        /// Place in the note, from 0.
        package var index: Int
        package var id: String
        package var title: String
        package var enabled: Bool
        /// In Zeppelin's words: `READY PENDING RUNNING FINISHED ERROR ABORT`.
        package var status = "READY"
        /// In percent.
        package var progress = 0
        package var startedAt: Timestamp?
        package var finishedAt: Timestamp?
        package var attempts = 0
        package var error: String?
    }

    package struct Artifact: Codable, Sendable, Equatable {
        package var path: String
        package var rows: Int
        package var bytes: Int
        package var sha256: String
    }

    /// What somebody was told, and what became of it.
    package struct Notice: Codable, Sendable, Equatable {
        package var notice: String
        package var channel: String
        package var recipient: String?
        package var status: JobStatus
        package var delivery: NoticeRecord?
    }

    package var id: JobID
    package var status: JobStatus
    package var kind: JobKind
    package var template: TemplateName
    package var offer: OfferID?
    package var audienceType: String
    package var noteId: String?
    package var notePath: String?
    package var paragraphs: [Paragraph] = []
    package var artifact: Artifact?
    /// In a manager's words.
    package var reason: String?
    package var cause: FailureCause?
    /// How often the paragraphs were begun.
    package var passes = 0
    package var requestedAt: Timestamp
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    package var notices: [Notice] = []
    /// In the job's stream.
    package var events = 0

    init(_ requested: JobRequested) {
        id = requested.job
        status = .requested
        kind = requested.kind
        template = requested.template
        offer = requested.offer?.id
        audienceType = requested.audienceType
        requestedAt = requested.at
    }

    mutating func learn(_ event: JobEvent) {
        switch event {
        case .requested, .permissionsSet, .attached, .artifactRefused: break
        case .started(let started): (status, notePath, startedAt) = (.cloning, started.notePath, started.at)
        case .noteCloned(let cloned):
            (status, noteId) = (.preparing, cloned.noteId)
            paragraphs = cloned.paragraphs.enumerated().map { Paragraph(index: $0, id: $1.id, title: $1.title, enabled: $1.runs) }
        case .parametersInserted(let inserted):
            let paragraph = Paragraph(index: inserted.index, id: inserted.paragraphId, title: inserted.title, enabled: true)
            paragraphs.insert(paragraph, at: inserted.index)
            for index in paragraphs.indices { paragraphs[index].index = index }
        case .paragraphRequested(let requested):
            (status, passes) = (.running, requested.pass)
            change(requested.paragraphId) { paragraph in
                (paragraph.status, paragraph.progress, paragraph.error) = ("PENDING", 0, nil)
                (paragraph.startedAt, paragraph.finishedAt) = (requested.at, nil)
                paragraph.attempts += 1
            }
        case .paragraphFinished(let finished):
            change(finished.paragraphId) { ($0.status, $0.progress, $0.finishedAt) = ("FINISHED", 100, finished.at) }
            if paragraphs.allSatisfy({ !$0.enabled || $0.status == "FINISHED" }) { status = .checking }
        case .paragraphFailed(let failed):
            change(failed.paragraphId) { paragraph in
                (paragraph.status, paragraph.finishedAt) = (failed.status, failed.at)
                paragraph.error = failed.error ?? failed.cause.rawValue
            }
        // What ran before has lost its effect.
        case .sessionLost:
            for index in paragraphs.indices where paragraphs[index].status == "FINISHED" {
                (paragraphs[index].status, paragraphs[index].progress) = ("READY", 0)
            }
        case .artifactAccepted(let accepted):
            artifact = Artifact(path: accepted.path, rows: accepted.rows, bytes: accepted.bytes, sha256: accepted.sha256)
        case .finished(let finished): (status, endedAt) = (.finished, finished.at)
        case .failed(let failed): (status, cause, reason, endedAt) = (.failed, failed.cause, failed.reason, failed.at)
        case .noticePosted(let posted):
            notices.append(
                Notice(notice: posted.notice, channel: posted.channel, recipient: posted.recipient, status: posted.status))
        case .noticeDelivered(let delivered): settle(delivered.notice, NoticeRecord(delivered))
        case .noticeUndeliverable(let undeliverable): settle(undeliverable.notice, NoticeRecord(undeliverable))
        }
    }

    private mutating func settle(_ notice: String, _ record: NoticeRecord) {
        for index in notices.indices where notices[index].notice == notice { notices[index].delivery = record }
    }

    private mutating func change(_ id: String, _ body: (inout Paragraph) -> Void) {
        for index in paragraphs.indices where paragraphs[index].id == id { body(&paragraphs[index]) }
    }
}
