import Glibc
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Carries the connection, which a fault cuts, holds or writes nonsense to.
struct PeerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let connection: Connection

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        connection = Connection(channel: source.channel)
    }
}

/// What can be done to a connection that no HTTP server does by itself.
struct Connection: Sendable {
    /// Ends the server's work on a connection that nothing can be written to any more.
    struct Gone: Error {}

    let channel: any Channel

    /// Closes with a reset instead of an orderly end: what a client sees when a peer's machine goes down.
    func reset() async throws {
        if let options = channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.close().get()
    }

    func close() async throws { try await channel.close().get() }

    /// Returns when the client has closed it.
    func waitForEnd() async throws { try await channel.closeFuture.get() }

    /// Writes bytes past the encoder, which would not let them through.
    func write(_ bytes: [UInt8]) async throws {
        try await channel.eventLoop.flatSubmit {
            do {
                let encoder = try channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
                return encoder.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)))
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
    }
}

/// Closes a connection whose client has gone; the server would keep it, for the sake of clients that close their half only.
final class HangingUp: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        context.close(promise: nil)
    }
}
