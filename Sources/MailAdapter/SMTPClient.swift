import NIOCore

/// Hands messages to a mail server, each in a conversation of its own (RFC 5321, read 2026-11).
///
/// Sends each message once. Whether a lost answer is followed by another try is the caller's decision: ``MailOutcome/unknown(_:)`` says that
/// the message may have been taken.
package struct SMTPClient: Sendable {
    private let server: MailServer

    package init(_ server: MailServer) { self.server = server }

    package func send(_ message: MailMessage) async -> MailOutcome {
        do {
            let session = try await SMTPSession.begin(with: server)
            defer { session.connection.leave() }
            return try await send(message, in: session)
        } catch {
            return .notDone(error)
        }
    }

    private func send(_ message: MailMessage, in session: SMTPSession) async throws(MailTrouble) -> MailOutcome {
        let steps: [(line: String, stage: MailStage, limit: Duration, code: ClosedRange<Int>)] = [
            ("MAIL FROM:<\(message.sender.text)>", .sender, server.limits.command, 250...250),
            ("RCPT TO:<\(message.recipient.text)>", .recipient, server.limits.command, 250...251),
            ("DATA", .data, server.limits.dataStart, 354...354),
        ]
        for step in steps {
            let reply = try await session.answer(to: step.line, step.stage, within: step.limit)
            guard step.code.contains(reply.code) else { return try outcome(of: reply, at: step.stage) }
        }
        do {
            try await session.connection.send(ByteBuffer(stuffing: message.rendered), within: server.limits.content)
        } catch {
            // The last dot was not sent, so the server throws away what it has.
            throw MailTrouble(error, at: .content)
        }
        // From here on nobody knows, until the server has said so.
        do {
            let reply = try await session.answer(to: ".", .content, within: server.limits.afterContent)
            guard reply.code == 250 else { return try outcome(of: reply, at: .content) }
            return .delivered(reply.status)
        } catch {
            if case .answered = error { throw error }
            return .unknown(error)
        }
    }

    /// - Throws: What says that the message may be taken later.
    private func outcome(of reply: SMTPReply, at stage: MailStage) throws(MailTrouble) -> MailOutcome {
        switch reply.code {
        case 500...599: return .refused(reply.status, at: stage)
        case 400...499: throw .answered(reply.status, at: stage)
        default: throw .malformedAnswer(stage)
        }
    }
}
