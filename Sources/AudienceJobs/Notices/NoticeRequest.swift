package import HindsightCore

/// What is to be told, and to whom: names that the configuration maps to addresses, and no address.
package struct NoticeRequest: EffectContent {
    package var notice: String
    package var job: JobID
    package var channel: String
    package var recipient: String?
    package var status: JobStatus
    package var subject: String
    package var text: String
    package var at: Timestamp

    package init(_ posted: NoticePosted) {
        notice = posted.notice
        job = posted.job
        channel = posted.channel
        recipient = posted.recipient
        status = posted.status
        subject = posted.subject
        text = posted.text
        at = posted.at
    }

    /// The body of a webhook, which is signed as it stands: `{"notice","job","status","subject","text","at"}`.
    package var webhookBody: [UInt8] {
        get throws { try JSON.encode(WebhookBody(self)) }
    }

    private struct WebhookBody: Encodable {
        let notice: String
        let job: JobID
        let status: JobStatus
        let subject: String
        let text: String
        let at: Timestamp

        init(_ request: NoticeRequest) {
            (notice, job, status) = (request.notice, request.job, request.status)
            (subject, text, at) = (request.subject, request.text, request.at)
        }
    }
}

/// What a sender's answer leaves in the log.
struct NoticeAnswer: EffectContent {
    /// A reply code, like `250 2.0.0` or `204`.
    var reply: String?
    /// Whether a later try may do better.
    var isForNow = false
    var retryAfterSeconds: Int?
}
