package import HindsightCore

/// A notice has reached its recipient, as far as the channel can tell.
package struct NoticeDelivered: JobPayload {
    package static let type: EventType = "audience-jobs.notice-delivered"
    package var job: JobID
    package var notice: String
    package var channel: String
    /// How often it was sent.
    package var attempts: Int
    /// The channel's reply code.
    package var reply: String?
    package var at: Timestamp

    package init(_ request: NoticeRequest, attempts: Int, reply: String?, at: Timestamp) {
        job = request.job
        notice = request.notice
        channel = request.channel
        self.attempts = attempts
        self.reply = reply
        self.at = at
    }
}

/// Nobody tries any more.
package struct NoticeUndeliverable: JobPayload {
    package static let type: EventType = "audience-jobs.notice-undeliverable"
    package var job: JobID
    package var notice: String
    package var channel: String
    package var attempts: Int
    package var reply: String?
    package var reason: String
    package var at: Timestamp

    package init(_ request: NoticeRequest, attempts: Int, reply: String?, reason: String, at: Timestamp) {
        job = request.job
        notice = request.notice
        channel = request.channel
        self.attempts = attempts
        self.reply = reply
        self.reason = reason
        self.at = at
    }
}

/// What became of a notice.
package struct NoticeRecord: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable {
        case delivered, undeliverable
    }

    package var status: Status
    package var attempts: Int
    package var reply: String?
    package var reason: String?
    package var at: Timestamp

    init(_ delivered: NoticeDelivered) {
        (status, attempts, reply, at) = (.delivered, delivered.attempts, delivered.reply, delivered.at)
    }

    init(_ undeliverable: NoticeUndeliverable) {
        (status, attempts, reply, at) = (.undeliverable, undeliverable.attempts, undeliverable.reply, undeliverable.at)
        reason = undeliverable.reason
    }
}
