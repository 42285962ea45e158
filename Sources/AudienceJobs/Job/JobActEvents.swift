package import HindsightCore

// What managers do to a job, and what follows from it. Who it was stands in the event's metadata, and in `by` for whoever reads the job.

/// Somebody wants an end of the job; what is under way at the notebook is stopped first.
package struct JobCancelRequested: JobPayload {
    package static let type: EventType = "audience-jobs.cancel-requested"
    package var job: JobID
    package var by: String?
    package var reason: String
    package var at: Timestamp

    package init(job: JobID, by: String?, reason: String, at: Timestamp) {
        self.job = job
        self.by = by
        self.reason = reason
        self.at = at
    }
}

package struct JobCancelled: JobPayload {
    package static let type: EventType = "audience-jobs.job-cancelled"
    package var job: JobID
    package var by: String?
    /// In a manager's words, with who wanted it and why.
    package var reason: String
    /// What did not go as it should: `stop-ignored`.
    package var cause: FailureCause?
    package var at: Timestamp

    package init(job: JobID, by: String?, reason: String, cause: FailureCause? = nil, at: Timestamp) {
        self.job = job
        self.by = by
        self.reason = reason
        self.cause = cause
        self.at = at
    }

    /// What a manager reads.
    static func words(by: String?, reason: String) -> String { "Cancelled\(by.map { " by \($0)" } ?? ""): \(reason)" }
}

/// Where a job that failed goes on.
package enum Resumption: String, Codable, Sendable {
    case clone, permissions, parameters
    /// The session holds what the paragraphs before it had worked out.
    case failedParagraph = "failed-paragraph"
    case firstParagraph = "first-paragraph"
}

/// A job that failed is to go on; it waits for its turn.
package struct JobRetried: JobPayload {
    package static let type: EventType = "audience-jobs.job-retried"
    package var job: JobID
    /// Unless another job uses the session before the turn comes.
    package var from: Resumption
    package var by: String?
    package var reason: String?
    package var at: Timestamp

    package init(job: JobID, from: Resumption, by: String?, reason: String?, at: Timestamp) {
        self.job = job
        self.from = from
        self.by = by
        self.reason = reason
        self.at = at
    }
}

/// It is the job's turn again.
package struct JobResumed: JobPayload {
    package static let type: EventType = "audience-jobs.job-resumed"
    package var job: JobID
    package var from: Resumption
    /// Of the paragraphs that come.
    package var pass: Int
    package var step: Int
    /// The interpreter setting that it holds from now on.
    package var session: String
    package var at: Timestamp

    package init(job: JobID, from: Resumption, pass: Int, step: Int, session: String, at: Timestamp) {
        self.job = job
        self.from = from
        self.pass = pass
        self.step = step
        self.session = session
        self.at = at
    }
}

/// The audience is larger than is attached without somebody's approval.
package struct ApprovalRequested: JobPayload {
    package static let type: EventType = "audience-jobs.approval-requested"
    package var job: JobID
    package var rows: Int
    package var limit: Int
    package var at: Timestamp

    package init(job: JobID, rows: Int, limit: Int, at: Timestamp) {
        self.job = job
        self.rows = rows
        self.limit = limit
        self.at = at
    }
}

package struct JobApproved: JobPayload {
    package static let type: EventType = "audience-jobs.job-approved"
    package var job: JobID
    package var by: String?
    package var reason: String?
    package var at: Timestamp

    package init(job: JobID, by: String?, reason: String?, at: Timestamp) {
        self.job = job
        self.by = by
        self.reason = reason
        self.at = at
    }
}

/// Nobody approved of the audience: it is attached to nothing. Its file stays where it is, as what was rejected.
package struct JobRejected: JobPayload {
    package static let type: EventType = "audience-jobs.job-rejected"
    package var job: JobID
    package var by: String?
    package var reason: String
    package var at: Timestamp

    package init(job: JobID, by: String?, reason: String, at: Timestamp) {
        self.job = job
        self.by = by
        self.reason = reason
        self.at = at
    }

    /// What a manager reads.
    var words: String { "Rejected\(by.map { " by \($0)" } ?? ""): \(reason)" }
}
