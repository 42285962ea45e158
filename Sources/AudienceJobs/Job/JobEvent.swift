package import HindsightCore

/// The life of a job, in the stream `job-<uuid>`.
package enum JobEvent: DomainEvent {
    case requested(JobRequested)
    case started(JobStarted)
    case noteCloned(NoteCloned)
    case permissionsSet(PermissionsSet)
    case parametersInserted(ParametersInserted)
    case paragraphRequested(ParagraphRequested)
    case paragraphFinished(ParagraphFinished)
    case paragraphFailed(ParagraphFailed)
    case sessionLost(SessionLost)
    case artifactAccepted(ArtifactAccepted)
    case artifactRefused(ArtifactRefused)
    case attached(JobAttached)
    case finished(JobFinished)
    case failed(JobFailed)
    case noticePosted(NoticePosted)
    case noticeDelivered(NoticeDelivered)
    case noticeUndeliverable(NoticeUndeliverable)
    // Since the second definition of the notebook run.
    case cancelRequested(JobCancelRequested)
    case cancelled(JobCancelled)
    case retried(JobRetried)
    case resumed(JobResumed)
    case approvalRequested(ApprovalRequested)
    case approved(JobApproved)
    case rejected(JobRejected)
    case paragraphProgressed(ParagraphProgressed)
    case previewCounted(PreviewCounted)
    case turnLost(TurnLost)

    package static let codec = EventCodec<JobEvent>([
        .kind(JobEvent.requested), .kind(JobEvent.started), .kind(JobEvent.noteCloned), .kind(JobEvent.permissionsSet),
        .kind(JobEvent.parametersInserted), .kind(JobEvent.paragraphRequested), .kind(JobEvent.paragraphFinished),
        .kind(JobEvent.paragraphFailed), .kind(JobEvent.sessionLost), .kind(JobEvent.artifactAccepted), .kind(JobEvent.artifactRefused),
        .kind(JobEvent.attached), .kind(JobEvent.finished), .kind(JobEvent.failed), .kind(JobEvent.noticePosted),
        .kind(JobEvent.noticeDelivered), .kind(JobEvent.noticeUndeliverable), .kind(JobEvent.cancelRequested), .kind(JobEvent.cancelled),
        .kind(JobEvent.retried), .kind(JobEvent.resumed), .kind(JobEvent.approvalRequested), .kind(JobEvent.approved),
        .kind(JobEvent.rejected), .kind(JobEvent.paragraphProgressed), .kind(JobEvent.previewCounted), .kind(JobEvent.turnLost),
    ])

    package var payload: any EventPayload { jobPayload }

    package var job: JobID { jobPayload.job }

    package var tags: [Tag] {
        switch self {
        case .requested(let requested): [job.tag, requested.template.tag] + (requested.offer.map { [$0.id.tag] } ?? [])
        case .attached(let attached): [job.tag, attached.offer.tag]
        case .started(let started): [job.tag] + (started.session.map { [InterpreterSession.tag($0)] } ?? [])
        case .resumed(let resumed): [job.tag, InterpreterSession.tag(resumed.session)]
        default: [job.tag]
        }
    }

    private var jobPayload: any JobPayload {
        switch self {
        case .requested(let payload): payload
        case .started(let payload): payload
        case .noteCloned(let payload): payload
        case .permissionsSet(let payload): payload
        case .parametersInserted(let payload): payload
        case .paragraphRequested(let payload): payload
        case .paragraphFinished(let payload): payload
        case .paragraphFailed(let payload): payload
        case .sessionLost(let payload): payload
        case .artifactAccepted(let payload): payload
        case .artifactRefused(let payload): payload
        case .attached(let payload): payload
        case .finished(let payload): payload
        case .failed(let payload): payload
        case .noticePosted(let payload): payload
        case .noticeDelivered(let payload): payload
        case .noticeUndeliverable(let payload): payload
        case .cancelRequested(let payload): payload
        case .cancelled(let payload): payload
        case .retried(let payload): payload
        case .resumed(let payload): payload
        case .approvalRequested(let payload): payload
        case .approved(let payload): payload
        case .rejected(let payload): payload
        case .paragraphProgressed(let payload): payload
        case .previewCounted(let payload): payload
        case .turnLost(let payload): payload
        }
    }
}

/// Every event of a job names it.
protocol JobPayload: EventPayload {
    var job: JobID { get }
}

/// A manager's form was accepted. Parameters are data for the notebook and for nobody else.
package struct JobRequested: JobPayload {
    package static let type: EventType = "audience-jobs.job-requested"
    package var job: JobID
    package var kind: JobKind
    package var template: TemplateName
    package var templateNoteId: String
    /// Of the template's note when it was registered: another note is not run.
    package var templateDigest: String
    package var variablesParagraph: String
    package var interpreter: String
    /// `nil` stands for variables.
    package var parametersAs: TemplateDefinition.ParametersAs?
    /// With its path filled in.
    package var artifact: ArtifactPlan
    package var offer: JobForm.OfferWish?
    package var audienceType: String
    package var cashback: Cashback?
    package var precedence: Int?
    package var parameters: JSONValue
    package var parametersDigest: String
    package var notify: [String]
    /// What the job costs when it is done by hand, if the template says so.
    package var manualHours: Double?
    /// Only counted, if the form asked for that.
    package var preview: PreviewStep?
    package var at: Timestamp

    package init(_ form: JobForm, template: TemplateRegistered, job: JobID, at now: Timestamp) throws {
        self.job = job
        kind = form.kind
        self.template = form.template
        templateNoteId = template.definition.noteId
        templateDigest = template.noteDigest
        variablesParagraph = template.variablesParagraph
        interpreter = template.definition.interpreter
        parametersAs = template.definition.parametersAs == .variables ? nil : template.definition.parametersAs
        artifact = template.definition.artifact
        artifact.path = form.artifactPath(artifact, job: job)
        offer = form.offer
        audienceType = form.audienceType
        cashback = form.cashback
        precedence = form.precedence
        parameters = form.parameters
        parametersDigest = try Digest.hexadecimal(of: form.parameters)
        notify = form.notify
        manualHours = template.definition.manualHours
        if form.isPreview {
            preview = template.definition.preview.flatMap {
                PreviewStep($0, in: template.paragraphs, after: template.variablesParagraph)
            }
            // A whole run in its place would be the opposite of what was asked for.
            guard preview != nil else { throw Template.Rejection.noPreviewParagraph }
        }
        at = now
    }
}

/// Work on the job began; it is the only one at work in its session until it ends.
package struct JobStarted: JobPayload {
    package static let type: EventType = "audience-jobs.job-started"
    package var job: JobID
    /// Where the clone will stand: `<root>/<yyyy-mm>/job-<id>`.
    package var notePath: String
    /// The interpreter setting that it holds from now on.
    package var session: String?
    /// An audience with more rows waits for somebody's approval; `nil` for never.
    package var approvalRows: Int?
    package var at: Timestamp

    package init(job: JobID, notePath: String, session: String? = nil, approvalRows: Int? = nil, at now: Timestamp) {
        self.job = job
        self.notePath = notePath
        self.session = session
        self.approvalRows = approvalRows
        at = now
    }
}

package struct NoteCloned: JobPayload {
    package static let type: EventType = "audience-jobs.note-cloned"
    package var job: JobID
    package var noteId: String
    package var notePath: String
    package var paragraphs: [NoteParagraph]
    package var at: Timestamp

    package init(job: JobID, noteId: String, notePath: String, paragraphs: [NoteParagraph], at: Timestamp) {
        self.job = job
        self.noteId = noteId
        self.notePath = notePath
        self.paragraphs = paragraphs
        self.at = at
    }
}

package struct PermissionsSet: JobPayload {
    package static let type: EventType = "audience-jobs.permissions-set"
    package var job: JobID
    /// As read back.
    package var permissions: NotePermissions
    package var at: Timestamp

    package init(job: JobID, permissions: NotePermissions, at: Timestamp) {
        self.job = job
        self.permissions = permissions
        self.at = at
    }
}

/// The four lists of a note. An empty one would admit everybody.
package struct NotePermissions: Codable, Sendable, Equatable {
    package var owners: [String]
    package var readers: [String]
    package var runners: [String]
    package var writers: [String]

    package init(owners: [String], readers: [String], runners: [String], writers: [String]) {
        self.owners = owners.sorted()
        self.readers = readers.sorted()
        self.runners = runners.sorted()
        self.writers = writers.sorted()
    }
}

package struct ParametersInserted: JobPayload {
    package static let type: EventType = "audience-jobs.parameters-inserted"
    package var job: JobID
    package var paragraphId: String
    package var title: String
    /// Place in the note, from 0.
    package var index: Int
    package var at: Timestamp

    package init(job: JobID, paragraphId: String, title: String, index: Int, at: Timestamp) {
        self.job = job
        self.paragraphId = paragraphId
        self.title = title
        self.index = index
        self.at = at
    }
}

package struct ParagraphRequested: JobPayload {
    package static let type: EventType = "audience-jobs.paragraph-requested"
    package var job: JobID
    /// 1, 2, 3…: a new pass begins when the session's variables are gone.
    package var pass: Int
    /// Among the enabled paragraphs, from 0.
    package var step: Int
    package var paragraphId: String
    package var title: String
    package var at: Timestamp

    package init(job: JobID, pass: Int, step: Int, paragraphId: String, title: String, at: Timestamp) {
        self.job = job
        self.pass = pass
        self.step = step
        self.paragraphId = paragraphId
        self.title = title
        self.at = at
    }
}

package struct ParagraphFinished: JobPayload {
    package static let type: EventType = "audience-jobs.paragraph-finished"
    package var job: JobID
    package var pass: Int
    package var step: Int
    package var paragraphId: String
    package var title: String
    /// As Zeppelin writes it, in its server's zone.
    package var startedText: String?
    package var finishedText: String?
    package var durationMilliseconds: Int64?
    /// Under whose name the duration is remembered.
    package var template: TemplateName?
    package var at: Timestamp

    package init(
        job: JobID, pass: Int, step: Int, paragraphId: String, title: String, startedText: String?, finishedText: String?,
        durationMilliseconds: Int64?, template: TemplateName? = nil, at: Timestamp
    ) {
        self.template = template
        self.job = job
        self.pass = pass
        self.step = step
        self.paragraphId = paragraphId
        self.title = title
        self.startedText = startedText
        self.finishedText = finishedText
        self.durationMilliseconds = durationMilliseconds
        self.at = at
    }
}

package struct ParagraphFailed: JobPayload {
    package static let type: EventType = "audience-jobs.paragraph-failed"
    package var job: JobID
    package var pass: Int
    package var step: Int
    package var paragraphId: String
    package var title: String
    /// In Zeppelin's words: `ERROR` or `ABORT`.
    package var status: String
    package var cause: FailureCause
    /// The kind of error alone, `NameError`: its text may hold clients' data and stays in the note.
    package var error: String?
    package var durationMilliseconds: Int64?
    /// Whether the session outlived the error, so that a retry may go on here.
    package var sessionLives: Bool?
    package var at: Timestamp

    package init(
        job: JobID, pass: Int, step: Int, paragraphId: String, title: String, status: String, cause: FailureCause, error: String?,
        durationMilliseconds: Int64?, sessionLives: Bool? = nil, at: Timestamp
    ) {
        self.sessionLives = sessionLives
        self.job = job
        self.pass = pass
        self.step = step
        self.paragraphId = paragraphId
        self.title = title
        self.status = status
        self.cause = cause
        self.error = error
        self.durationMilliseconds = durationMilliseconds
        self.at = at
    }
}

/// The variables that the paragraphs before had made are gone: all paragraphs run again.
package struct SessionLost: JobPayload {
    package static let type: EventType = "audience-jobs.session-lost"
    package var job: JobID
    /// The pass that ended.
    package var pass: Int
    package var cause: FailureCause
    package var at: Timestamp

    package init(job: JobID, pass: Int, cause: FailureCause, at: Timestamp) {
        self.job = job
        self.pass = pass
        self.cause = cause
        self.at = at
    }
}

package struct ArtifactAccepted: JobPayload {
    package static let type: EventType = "audience-jobs.artifact-accepted"
    package var job: JobID
    package var path: String
    package var rows: Int
    package var bytes: Int
    package var sha256: String
    package var at: Timestamp

    package init(job: JobID, path: String, rows: Int, bytes: Int, sha256: String, at: Timestamp) {
        self.job = job
        self.path = path
        self.rows = rows
        self.bytes = bytes
        self.sha256 = sha256
        self.at = at
    }
}

package struct ArtifactRefused: JobPayload {
    package static let type: EventType = "audience-jobs.artifact-refused"
    package var job: JobID
    package var path: String
    package var cause: FailureCause
    package var at: Timestamp
}

package struct JobAttached: JobPayload {
    package static let type: EventType = "audience-jobs.job-attached"
    package var job: JobID
    package var offer: OfferID
    package var audienceType: String
    package var at: Timestamp
}

package struct JobFinished: JobPayload {
    package static let type: EventType = "audience-jobs.job-finished"
    package var job: JobID
    package var at: Timestamp

    package init(job: JobID, at: Timestamp) {
        self.job = job
        self.at = at
    }
}

package struct JobFailed: JobPayload {
    package static let type: EventType = "audience-jobs.job-failed"
    package var job: JobID
    package var cause: FailureCause
    /// In a manager's words.
    package var reason: String
    /// Until when it may be retried; `nil` for a job that was begun by the first definition of the notebook run.
    package var retryUntil: Timestamp?
    package var at: Timestamp

    package init(job: JobID, cause: FailureCause, reason: String, retryUntil: Timestamp? = nil, at: Timestamp) {
        self.job = job
        self.cause = cause
        self.reason = reason
        self.retryUntil = retryUntil
        self.at = at
    }
}

package struct NoticePosted: JobPayload {
    package static let type: EventType = "audience-jobs.notice-posted"
    /// The channel that needs no way to anybody.
    static let inbox = "inbox"
    package var job: JobID
    /// `<job>:<status>:<number>`: one for each change of state and recipient.
    package var notice: String
    package var channel: String
    /// Whose inbox, everybody's if nobody is named; a name that the configuration maps to an address.
    package var recipient: String?
    package var status: JobStatus
    package var subject: String
    package var text: String
    package var at: Timestamp

    package init(
        job: JobID, notice: String, channel: String, recipient: String?, status: JobStatus, subject: String, text: String, at: Timestamp
    ) {
        self.job = job
        self.notice = notice
        self.channel = channel
        self.recipient = recipient
        self.status = status
        self.subject = subject
        self.text = text
        self.at = at
    }
}
