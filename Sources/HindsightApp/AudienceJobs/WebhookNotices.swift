package import AudienceJobs
package import HTTPEffects
import HindsightCore

/// Sends notices to other programs: names of the log become addresses here, and nowhere else.
///
/// A notice's own id is the id of its message, so a receiver that keeps to it takes each notice once, however often it comes.
package struct WebhookNotices: NoticeSender {
    /// By the names that forms use.
    package typealias Receivers = [String: Webhook]

    private let webhooks: Webhooks
    private let receivers: Receivers

    package init(_ webhooks: Webhooks, receivers: Receivers) {
        self.webhooks = webhooks
        self.receivers = receivers
    }

    package func send(_ notice: NoticeRequest) async -> NoticeOutcome {
        guard let name = notice.recipient, let receiver = receivers[name] else {
            return .notDone(reason: "no webhook of this name is configured", retryAfter: nil)
        }
        let body: [UInt8]
        do {
            body = try notice.webhookBody
        } catch {
            return .refused(reason: "the notice can't be written as JSON", reply: nil)
        }
        switch await webhooks.send(body, id: notice.notice, to: receiver) {
        case .accepted(let status): return .delivered(reply: String(status))
        case .refused(let status, let reason): return .refused(reason: "\(name): \(reason)", reply: String(status))
        case .notDone(let reason, let retryAfter): return .notDone(reason: "\(name): \(reason)", retryAfter: retryAfter)
        case .unclear(let reason, let retryAfter): return .mayRepeat(reason: "\(name): \(reason)", retryAfter: retryAfter)
        }
    }
}
