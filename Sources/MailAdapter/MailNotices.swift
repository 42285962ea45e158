package import AudienceJobs
import HindsightCore

/// Sends notices by mail: names of the log become addresses here, and nowhere else.
package struct MailNotices: NoticeSender {
    private let client: SMTPClient
    private let sender: MailAddress
    private let recipients: [String: MailAddress]

    /// - Parameter recipients: By the names that forms use.
    package init(_ server: MailServer, from sender: MailAddress, recipients: [String: MailAddress]) {
        client = SMTPClient(server)
        self.sender = sender
        self.recipients = recipients
    }

    package func send(_ notice: NoticeRequest) async -> NoticeOutcome {
        guard let recipient = notice.recipient.flatMap({ recipients[$0] }) else {
            return .notDone(reason: "no recipient of this name is configured", retryAfter: nil)
        }
        let message: MailMessage
        do {
            message = try MailMessage(
                id: notice.notice, from: sender, to: recipient, subject: notice.subject, text: notice.text, date: notice.at)
        } catch {
            return .refused(reason: "the notice is no message: \(error)", reply: nil)
        }
        return switch await client.send(message) {
        case .delivered(let status): .delivered(reply: status.description)
        case .refused(let status, let stage):
            .refused(reason: "the mail server refuses the message (\(stage.rawValue))", reply: status.description)
        case .notDone(let trouble): .notDone(reason: trouble.description, retryAfter: nil)
        case .unknown(let trouble): .unknown(reason: trouble.description)
        }
    }
}
