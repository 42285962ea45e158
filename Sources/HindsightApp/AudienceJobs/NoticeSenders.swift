package import AudienceJobs
import Foundation
import HTTPEffects
import HindsightCore
import MailAdapter

extension Configuration.Audience.Notices {
    /// Whom forms may name.
    package var channels: NoticeChannels {
        NoticeChannels(webhooks: Set(webhooks.keys), mailRecipients: Set(mail?.recipients.keys.map(\.self) ?? []))
    }

    /// The way to people's mail, by the name of its channel; none where no mail server is configured.
    ///
    /// - Throws: ``UsageError`` that names the setting.
    package func mailSender() throws(UsageError) -> [String: any NoticeSender] {
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

    /// The programs that can be told, by the names that forms use, with their secrets.
    ///
    /// - Throws: ``UsageError`` that names the setting, and never with a secret or an address.
    package func webhookReceivers(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(UsageError) -> WebhookNotices.Receivers {
        var receivers = WebhookNotices.Receivers()
        for (name, webhook) in webhooks.sorted(by: { $0.key < $1.key }) {
            let key = "audience.notices.webhooks.\(name)"
            let signature = try webhook.secret.signature(key, environment)
            do throws(HTTPEffectsError) {
                receivers[name] = try HTTPEffects.Webhook(address: webhook.url, signature: signature)
            } catch {
                throw UsageError("\(key).url: \(error)")
            }
        }
        return receivers
    }
}

extension Configuration.Audience.Notices.Webhook.Secret {
    fileprivate func signature(_ key: String, _ environment: [String: String]) throws(UsageError) -> WebhookSignature {
        switch self {
        case .file(let path):
            do throws(HTTPEffectsError) {
                return try WebhookSignature(secretFile: path)
            } catch {
                throw UsageError("\(key).secret: \(error)")
            }
        case .environment(let variable):
            guard let secret = environment[variable], !secret.isEmpty else {
                throw UsageError("\(key).secretVariable: the environment has no \(variable), which is to hold the secret")
            }
            do throws(HTTPEffectsError) {
                return try WebhookSignature(secret: Array(secret.utf8))
            } catch {
                throw UsageError("\(key).secretVariable: \(variable): \(error)")
            }
        }
    }
}
