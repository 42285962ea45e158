package import AudienceJobs
import HindsightCore
import MailAdapter

extension Configuration.Audience.Notices {
    /// Whom forms may name.
    package var channels: NoticeChannels {
        NoticeChannels(webhooks: Set(webhooks.keys), mailRecipients: Set(mail?.recipients.keys.map(\.self) ?? []))
    }

    /// The ways that this process has to others, by channel.
    ///
    /// - Throws: ``UsageError`` that names the setting.
    package func senders() throws -> [String: any NoticeSender] {
        guard let mail else { return [:] }
        do throws(UnusableMail) {
            let credentials: MailCredentials? = if let file = mail.credentials { try MailCredentials(file: file) } else { nil }
            let server = try MailServer(
                host: mail.server.host, port: mail.server.port, security: mail.security, trustRoots: mail.trustRoots,
                credentials: credentials)
            var recipients: [String: MailAddress] = [:]
            for (name, address) in mail.recipients { recipients[name] = try MailAddress(address) }
            return ["mail": MailNotices(server, from: try MailAddress(mail.from), recipients: recipients)]
        } catch {
            throw UsageError("audience.notices.mail.\(error)")
        }
    }
}
