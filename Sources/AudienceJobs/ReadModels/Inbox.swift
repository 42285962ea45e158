package import HindsightCore

/// One row for each notice, found by its recipient.
package struct Inbox: Projection {
    package let name = "inbox"
    package let version = 2
    package var indexes: [RowIndex<InboxRow>] {
        [RowIndex("recipient") { $0.recipient.map { [$0] } ?? [] }, RowIndex("job") { [$0.job.description] }]
    }

    package init() {}

    package func keys(for event: Recorded<JobEvent>) -> [String] {
        switch event.event {
        case .noticePosted(let notice): [notice.notice]
        case .noticeDelivered(let delivered): [delivered.notice]
        case .noticeUndeliverable(let undeliverable): [undeliverable.notice]
        default: []
        }
    }

    package func apply(_ event: Recorded<JobEvent>, key: String, to row: inout InboxRow?) {
        switch event.event {
        case .noticePosted(let notice):
            row = InboxRow(
                notice: notice.notice, job: notice.job, channel: notice.channel, recipient: notice.recipient, status: notice.status,
                subject: notice.subject, text: notice.text, at: notice.at)
        case .noticeDelivered(let delivered): row?.delivery = NoticeRecord(delivered)
        case .noticeUndeliverable(let undeliverable): row?.delivery = NoticeRecord(undeliverable)
        default: break
        }
    }
}

package struct InboxRow: Codable, Sendable, Equatable {
    package var notice: String
    package var job: JobID
    package var channel: String
    package var recipient: String?
    package var status: JobStatus
    package var subject: String
    package var text: String
    package var at: Timestamp
    /// Absent while nobody knows.
    package var delivery: NoticeRecord?
}
