import NIOCore
import NIOPosix
import NIOSSL

/// A connection to a mail server: sends bytes, reads answers, each within a time limit.
struct SMTPConnection: Sendable {
    private let channel: any Channel
    private let reader: NIOLoopBound<ReplyReader>
    private let server: MailServer
    private let security: NIOSSLContext?

    /// - Throws: ``MailTrouble`` where nobody answers, or the trust roots can't be read.
    static func open(_ server: MailServer) async throws(MailTrouble) -> SMTPConnection {
        let security: NIOSSLContext?
        do {
            security = try server.security == .none ? nil : makeSecurity(server)
        } catch {
            throw .notSecure
        }
        do {
            let (channel, reader) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(server.limits.connecting.timeAmount)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .connect(host: server.host, port: server.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if server.security == .implicit, let security {
                            try channel.pipeline.syncOperations.addHandler(makeHandler(security, server))
                        }
                        let reader = ReplyReader()
                        try channel.pipeline.syncOperations.addHandler(reader)
                        return (channel, NIOLoopBound(reader, eventLoop: channel.eventLoop))
                    }
                }
            return SMTPConnection(channel: channel, reader: reader, server: server, security: security)
        } catch {
            throw .unreachable
        }
    }

    private static func makeSecurity(_ server: MailServer) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = server.trustRoots { configuration.trustRoots = .file(file) }
        return try NIOSSLContext(configuration: configuration)
    }

    /// A certificate for an address is checked against the connection's own.
    private static func makeHandler(_ security: NIOSSLContext, _ server: MailServer) throws -> NIOSSLClientHandler {
        do {
            return try NIOSSLClientHandler(context: security, serverHostname: server.host)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            return try NIOSSLClientHandler(context: security, serverHostname: nil)
        }
    }

    /// As it calls itself to the server: RFC 5321, section 4.1.3.
    var addressLiteral: String {
        guard let address = channel.localAddress, let text = address.ipAddress else { return "[127.0.0.1]" }
        return address.protocol == .inet6 ? "[IPv6:\(text)]" : "[\(text)]"
    }

    /// Sends a line, if there is one, and reads the answer. Both in one turn of the event loop, so that a server that answers and closes at
    /// once is still heard.
    func exchange(_ line: String?, within limit: Duration) async throws(ConnectionEnd) -> SMTPReply {
        try await cancelling { channel in
            channel.eventLoop.flatSubmit {
                let reply = reader.value.next(within: limit.timeAmount, on: channel)
                if let line { channel.writeAndFlush(ByteBuffer(string: line + "\r\n"), promise: nil) }
                return reply
            }
        }
    }

    /// Returns when the bytes are with the system.
    func send(_ bytes: ByteBuffer, within limit: Duration) async throws(ConnectionEnd) {
        try await cancelling { channel in
            let alarm = channel.eventLoop.scheduleTask(in: limit.timeAmount) { channel.close(promise: nil) }
            let written = channel.writeAndFlush(bytes)
            written.whenComplete { _ in alarm.cancel() }
            return written
        }
    }

    /// Goes on under TLS. What the server, or somebody before it, said ahead of that is not believed.
    func secure() async throws(ConnectionEnd) {
        try await cancelling { channel in
            channel.eventLoop.submit {
                guard let security, !reader.value.hasUnread else { throw ConnectionEnd.malformed }
                try channel.pipeline.syncOperations.addHandler(Self.makeHandler(security, server), position: .first)
            }
        }
    }

    /// Says goodbye, whatever the server makes of it.
    func leave() {
        channel.writeAndFlush(ByteBuffer(string: "QUIT\r\n")).whenComplete { _ in channel.close(promise: nil) }
    }

    /// A task that is cancelled closes the connection.
    private func cancelling<Value: Sendable>(
        _ body: @Sendable (any Channel) -> EventLoopFuture<Value>
    ) async throws(ConnectionEnd) -> Value {
        do {
            return try await withTaskCancellationHandler {
                try await body(channel).get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            throw error as? ConnectionEnd ?? .closed
        }
    }
}

extension Duration {
    var timeAmount: TimeAmount { .nanoseconds(components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000) }
}
