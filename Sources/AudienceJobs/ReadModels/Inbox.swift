package import HindsightCore

/// One row for each notice, found by its recipient.
package struct Inbox: Projection {
    package let name = "inbox"
    package let version = 1
    package var indexes: [RowIndex<InboxRow>] {
        [RowIndex("recipient") { $0.recipient.map { [$0] } ?? [] }, RowIndex("job") { [$0.job.description] }]
    }

    package init() {}

    package func keys(for event: Recorded<JobEvent>) -> [String] {
        if case .noticePosted(let notice) = event.event, notice.channel == "inbox" { [notice.notice] } else { [] }
    }

    package func apply(_ event: Recorded<JobEvent>, key: String, to row: inout InboxRow?) {
        guard case .noticePosted(let notice) = event.event else { return }
        row = InboxRow(
            notice: notice.notice, job: notice.job, recipient: notice.recipient, status: notice.status, subject: notice.subject,
            text: notice.text, at: notice.at)
    }
}

package struct InboxRow: Codable, Sendable, Equatable {
    package var notice: String
    package var job: JobID
    package var recipient: String?
    package var status: JobStatus
    package var subject: String
    package var text: String
    package var at: Timestamp
}
