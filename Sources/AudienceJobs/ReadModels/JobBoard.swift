package import HindsightCore

/// One row for each job: what a manager sees of it.
package struct JobBoard: Projection {
    package let name = "jobs"
    package let version = 3
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
        /// When it said so; `nil` for one that has not run for long.
        package var progressedAt: Timestamp?
        package var startedAt: Timestamp?
        package var finishedAt: Timestamp?
        package var attempts = 0
        package var error: String?

        /// Whether it brings the form's values into the notebook.
        package var isOfParameters: Bool { title.hasPrefix("job:") }
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

    /// What a preview comes to: no file.
    package struct Preview: Codable, Sendable, Equatable {
        /// The last paragraph that runs: those after it would make the file.
        package var until: String
        /// How many clients fit the form; `nil` until they are counted.
        package var rows: Int?
    }

    /// What an audience waits for that is larger than the limit, and what became of it.
    package struct Approval: Codable, Sendable, Equatable {
        package var rows: Int
        package var limit: Int
        /// `nil` while nobody has decided.
        package var approved: Bool?
        package var by: String?
        package var reason: String?
        package var at: Timestamp
    }

    /// Somebody's wish to end the job.
    package struct Cancellation: Codable, Sendable, Equatable {
        package var by: String?
        package var reason: String
        package var at: Timestamp
    }

    package var id: JobID
    package var status: JobStatus
    package var kind: JobKind
    package var template: TemplateName
    package var offer: OfferID?
    package var audienceType: String
    /// The interpreter setting in whose session one job runs after the other.
    package var session: String
    /// Since when the job waits for its turn; `nil` for one that doesn't.
    package var waitingSince: Timestamp?
    package var preview: Preview?
    package var approval: Approval?
    package var cancellation: Cancellation?
    /// Until when a job that failed may be retried.
    package var retryUntil: Timestamp?
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

    package init(_ requested: JobRequested) {
        id = requested.job
        status = .requested
        kind = requested.kind
        template = requested.template
        offer = requested.offer?.id
        audienceType = requested.audienceType
        session = InterpreterSession.setting(of: requested.interpreter)
        (requestedAt, waitingSince) = (requested.at, requested.at)
        preview = requested.preview.map { Preview(until: $0.paragraphId) }
    }

    package mutating func learn(_ event: JobEvent) {
        switch event {
        case .requested, .permissionsSet, .attached, .artifactRefused: break
        case .started(let started):
            (status, notePath, startedAt, waitingSince) = (.cloning, started.notePath, started.at, nil)
        case .resumed(let resumed):
            (status, waitingSince) = (resumed.from.status, nil)
            if resumed.from == .firstParagraph { beginAnew() }
        case .retried(let retried):
            (status, waitingSince) = (.requested, retried.at)
            (cause, reason, endedAt, retryUntil) = (nil, nil, nil, nil)
        case .turnLost(let lost):
            (status, waitingSince) = (.requested, lost.at)
            for index in paragraphs.indices where paragraphs[index].status == "PENDING" { paragraphs[index].status = "READY" }
            beginAnew()
        case .cancelRequested(let requested):
            cancellation = Cancellation(by: requested.by, reason: requested.reason, at: requested.at)
        case .cancelled(let cancelled):
            (status, cause, reason, endedAt) = (.cancelled, cancelled.cause, cancelled.reason, cancelled.at)
            // Nobody may take it for the job's: the file is left to whoever finds it.
            (artifact, waitingSince) = (nil, nil)
        case .approvalRequested(let requested):
            status = .awaitingApproval
            approval = Approval(rows: requested.rows, limit: requested.limit, at: requested.at)
        case .approved(let approved): decide(true, approved.by, approved.reason, at: approved.at)
        case .rejected(let rejected):
            decide(false, rejected.by, rejected.reason, at: rejected.at)
            (status, reason, endedAt) = (.rejected, rejected.words, rejected.at)
        case .paragraphProgressed(let progressed):
            change(progressed.paragraphId) { paragraph in
                (paragraph.status, paragraph.progress, paragraph.progressedAt) = ("RUNNING", progressed.percent, progressed.at)
            }
        case .previewCounted(let counted): preview?.rows = counted.rows
        case .noteCloned(let cloned):
            (status, noteId) = (.preparing, cloned.noteId)
            let running = Set(cloned.paragraphs.runs(upTo: preview?.until).map(\.id))
            paragraphs = cloned.paragraphs.enumerated().map {
                Paragraph(index: $0, id: $1.id, title: $1.title, enabled: running.contains($1.id))
            }
        case .parametersInserted(let inserted):
            let paragraph = Paragraph(index: inserted.index, id: inserted.paragraphId, title: inserted.title, enabled: true)
            paragraphs.insert(paragraph, at: inserted.index)
            for index in paragraphs.indices { paragraphs[index].index = index }
        case .paragraphRequested(let requested):
            (status, passes) = (.running, requested.pass)
            change(requested.paragraphId) { paragraph in
                (paragraph.status, paragraph.progress, paragraph.error) = ("PENDING", 0, nil)
                (paragraph.startedAt, paragraph.finishedAt, paragraph.progressedAt) = (requested.at, nil, nil)
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
        case .sessionLost: beginAnew()
        case .artifactAccepted(let accepted):
            artifact = Artifact(path: accepted.path, rows: accepted.rows, bytes: accepted.bytes, sha256: accepted.sha256)
        case .finished(let finished): (status, endedAt) = (.finished, finished.at)
        case .failed(let failed):
            (status, cause, reason, endedAt) = (.failed, failed.cause, failed.reason, failed.at)
            retryUntil = failed.retryUntil
        case .noticePosted(let posted):
            notices.append(
                Notice(notice: posted.notice, channel: posted.channel, recipient: posted.recipient, status: posted.status))
        case .noticeDelivered(let delivered): settle(delivered.notice, NoticeRecord(delivered))
        case .noticeUndeliverable(let undeliverable): settle(undeliverable.notice, NoticeRecord(undeliverable))
        }
    }

    private mutating func beginAnew() {
        for index in paragraphs.indices where paragraphs[index].status == "FINISHED" {
            (paragraphs[index].status, paragraphs[index].progress) = ("READY", 0)
        }
    }

    private mutating func decide(_ approved: Bool, _ by: String?, _ reason: String?, at instant: Timestamp) {
        guard let asked = approval else { return }
        approval = Approval(rows: asked.rows, limit: asked.limit, approved: approved, by: by, reason: reason, at: instant)
    }

    private mutating func settle(_ notice: String, _ record: NoticeRecord) {
        for index in notices.indices where notices[index].notice == notice { notices[index].delivery = record }
    }

    private mutating func change(_ id: String, _ body: (inout Paragraph) -> Void) {
        for index in paragraphs.indices where paragraphs[index].id == id { body(&paragraphs[index]) }
    }
}

extension Resumption {
    fileprivate var status: JobStatus {
        switch self {
        case .clone: .cloning
        case .permissions, .parameters: .preparing
        case .failedParagraph, .firstParagraph: .running
        }
    }
}
