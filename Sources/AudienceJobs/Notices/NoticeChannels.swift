package import HindsightCore

/// Whom notices can reach beside the inbox: names of the configuration.
package struct NoticeChannels: Sendable, Equatable {
    package var webhooks: Set<String>
    package var mailRecipients: Set<String>

    package init(webhooks: Set<String> = [], mailRecipients: Set<String> = []) {
        self.webhooks = webhooks
        self.mailRecipients = mailRecipients
    }

    /// What is wrong with a form's `notify`, by the place in it.
    package func problems(in notify: [String]) -> [JSONSchema.Violation] {
        notify.enumerated().compactMap { index, target in
            let parts = target.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let (names, key) = known(parts[0]), !names.contains(parts[1]) else { return nil }
            return JSONSchema.Violation(
                pointer: "/notify/\(index)", message: "\(parts[0]) has no recipient of this name: \(key) names them")
        }
    }

    private func known(_ channel: String) -> (Set<String>, String)? {
        switch channel {
        case "webhook": (webhooks, "audience.notices.webhooks")
        case "mail": (mailRecipients, "audience.notices.mail.recipients")
        default: nil
        }
    }
}
