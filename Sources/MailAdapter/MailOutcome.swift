/// What became of a message.
package enum MailOutcome: Sendable, Equatable {
    /// The server has taken it on.
    case delivered(MailStatus)
    /// The server will never take it.
    case refused(MailStatus, at: MailStage)
    /// It was surely not taken; later it may be.
    case notDone(MailTrouble)
    /// The message was sent whole, and what the server answered is not known: another try may make a double.
    case unknown(MailTrouble)
}

/// A server's answer without its words, which may hold addresses.
package struct MailStatus: Sendable, Hashable, CustomStringConvertible {
    /// RFC 5321, section 4.2: 2 done, 4 not now, 5 never.
    package let code: Int
    /// RFC 3463, like `5.1.1`.
    package let enhanced: String?

    package init(code: Int, enhanced: String? = nil) {
        self.code = code
        self.enhanced = enhanced
    }

    package var description: String { enhanced.map { "\(code) \($0)" } ?? "\(code)" }
}

/// Where a conversation with a mail server stands.
package enum MailStage: String, Sendable {
    case connecting, greeting, hello, security, login, sender, recipient, data, content
}

/// Why nothing is settled, in words without a name, an address or a text.
package enum MailTrouble: Error, Hashable, CustomStringConvertible {
    case unreachable
    case connectionLost(MailStage)
    case timeLimit(MailStage)
    /// The server said no for now, or no to this session whatever the message.
    case answered(MailStatus, at: MailStage)
    case malformedAnswer(MailStage)
    case noStartTLS
    /// The certificate is not trusted, is for another name, or the handshake failed.
    case notSecure
    case noKnownLogin

    package var description: String {
        switch self {
        case .unreachable: "the mail server cannot be reached"
        case .connectionLost(let stage): "the connection to the mail server was lost (\(stage.rawValue))"
        case .timeLimit(let stage): "the mail server took too long (\(stage.rawValue))"
        case .answered(let status, let stage): "the mail server answered \(status) (\(stage.rawValue))"
        case .malformedAnswer(let stage): "the mail server's answer is no SMTP (\(stage.rawValue))"
        case .noStartTLS: "the mail server offers no STARTTLS"
        case .notSecure: "the mail server's certificate is not trusted, or is for another name"
        case .noKnownLogin: "the mail server offers neither AUTH PLAIN nor AUTH LOGIN"
        }
    }
}
