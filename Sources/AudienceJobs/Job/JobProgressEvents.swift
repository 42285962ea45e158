package import HindsightCore

/// A paragraph has come a tenth further. What is over soon has no such event.
package struct ParagraphProgressed: JobPayload {
    package static let type: EventType = "audience-jobs.paragraph-progressed"
    package var job: JobID
    package var pass: Int
    package var step: Int
    package var paragraphId: String
    package var percent: Int
    package var at: Timestamp

    package init(job: JobID, pass: Int, step: Int, paragraphId: String, percent: Int, at: Timestamp) {
        self.job = job
        self.pass = pass
        self.step = step
        self.paragraphId = paragraphId
        self.percent = percent
        self.at = at
    }

    var tenth: Int { percent / 10 }
}

/// A preview has counted the clients; it makes no file.
package struct PreviewCounted: JobPayload {
    package static let type: EventType = "audience-jobs.preview-counted"
    package var job: JobID
    package var rows: Int
    package var at: Timestamp

    package init(job: JobID, rows: Int, at: Timestamp) {
        self.job = job
        self.rows = rows
        self.at = at
    }
}

/// Another job took the session while this one waited for a person: it waits for its turn once more, and begins at the first paragraph.
package struct TurnLost: JobPayload {
    package static let type: EventType = "audience-jobs.turn-lost"
    package var job: JobID
    package var pass: Int
    package var at: Timestamp

    package init(job: JobID, pass: Int, at: Timestamp) {
        self.job = job
        self.pass = pass
        self.at = at
    }
}
