import Foundation

/// A conversation by RFC 5321 up to the point where a server takes messages in.
///
/// What fails here says nothing of a message: it is trouble, and never a refusal, so a wrong password loses no notice.
struct SMTPSession {
    let connection: SMTPConnection
    private let limits: MailServer.TimeLimits
    /// Keyword and parameters of each extension, in upper case.
    private var extensions: [String: [String]] = [:]

    static func begin(with server: MailServer) async throws(MailTrouble) -> SMTPSession {
        var session = SMTPSession(connection: try await .open(server), limits: server.limits)
        do {
            try await session.begin(server)
        } catch {
            session.connection.leave()
            throw error
        }
        return session
    }

    private init(connection: SMTPConnection, limits: MailServer.TimeLimits) {
        self.connection = connection
        self.limits = limits
    }

    private mutating func begin(_ server: MailServer) async throws(MailTrouble) {
        _ = try await demand(nil, [220], .greeting, within: limits.greeting)
        try await hello()
        if server.security == .starttls {
            guard extensions["STARTTLS"] != nil else { throw .noStartTLS }
            _ = try await demand("STARTTLS", [220], .security)
            do {
                try await connection.secure()
            } catch {
                throw MailTrouble(error, at: .security)
            }
            // What was said in the clear may have been said by anybody.
            try await hello()
        }
        if let credentials = server.credentials { try await logIn(credentials) }
    }

    private mutating func hello() async throws(MailTrouble) {
        let name = connection.addressLiteral
        let reply = try await answer(to: "EHLO \(name)", .hello)
        if reply.code == 250 {
            extensions = [:]
            for line in reply.lines.dropFirst() {
                let words = line.uppercased().split(separator: " ").map(String.init)
                if let keyword = words.first { extensions[keyword] = Array(words.dropFirst()) }
            }
        } else if (500...504).contains(reply.code) || reply.code == 550 {
            extensions = [:]
            _ = try await demand("HELO \(name)", [250], .hello)
        } else {
            throw .answered(reply.status, at: .hello)
        }
    }

    private func logIn(_ credentials: MailCredentials) async throws(MailTrouble) {
        func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let known = extensions["AUTH"] ?? []
        if known.contains("PLAIN") {
            _ = try await demand("AUTH PLAIN \(encoded("\0\(credentials.userName)\0\(credentials.password)"))", [235], .login)
        } else if known.contains("LOGIN") {
            _ = try await demand("AUTH LOGIN", [334], .login)
            _ = try await demand(encoded(credentials.userName), [334], .login)
            _ = try await demand(encoded(credentials.password), [235], .login)
        } else {
            throw .noKnownLogin
        }
    }

    private func demand(
        _ line: String?, _ codes: Set<Int>, _ stage: MailStage, within limit: Duration? = nil
    ) async throws(MailTrouble) -> SMTPReply {
        let reply = try await answer(to: line, stage, within: limit)
        guard codes.contains(reply.code) else { throw .answered(reply.status, at: stage) }
        return reply
    }

    /// Any answer at all.
    func answer(to line: String?, _ stage: MailStage, within limit: Duration? = nil) async throws(MailTrouble) -> SMTPReply {
        do {
            return try await connection.exchange(line, within: limit ?? limits.command)
        } catch {
            throw MailTrouble(error, at: stage)
        }
    }
}

extension MailTrouble {
    init(_ end: ConnectionEnd, at stage: MailStage) {
        self =
            switch end {
            case .closed: .connectionLost(stage)
            case .timeLimit: .timeLimit(stage)
            case .malformed: .malformedAnswer(stage)
            case .notSecure: .notSecure
            }
    }
}
