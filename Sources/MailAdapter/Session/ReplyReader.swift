import NIOCore
import NIOSSL

/// Why no answer comes.
enum ConnectionEnd: Error {
    case closed, timeLimit, malformed, notSecure
}

/// Gives each answer of the server to whoever waits for the next one. Lives on the channel's event loop.
final class ReplyReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var bytes = ByteBuffer()
    private var waiting: EventLoopPromise<SMTPReply>?
    private var end: ConnectionEnd?

    /// Whether the server has said something that nobody asked for yet.
    var hasUnread: Bool { bytes.readableBytes > 0 }

    func next(within limit: TimeAmount, on channel: any Channel) -> EventLoopFuture<SMTPReply> {
        precondition(waiting == nil, "answers are read one after the other")
        let promise = channel.eventLoop.makePromise(of: SMTPReply.self)
        waiting = promise
        let alarm = channel.eventLoop.assumeIsolated().scheduleTask(in: limit) { self.finish(.timeLimit, channel) }
        promise.futureResult.whenComplete { _ in alarm.cancel() }
        give(channel)
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        bytes.writeBuffer(&more)
        if waiting == nil, bytes.readableBytes > SMTPReply.mostBytes { finish(.malformed, context.channel) }
        give(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.closed, context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isSecurity = error is BoringSSLError || error is NIOSSLError || error is NIOSSLExtraError
        finish(isSecurity && !Self.isUncleanEnd(error) ? .notSecure : .closed, context.channel)
    }

    private static func isUncleanEnd(_ error: any Error) -> Bool {
        if case NIOSSLError.uncleanShutdown = error { true } else { false }
    }

    private func give(_ channel: any Channel) {
        guard let promise = waiting else { return }
        do {
            if let reply = try SMTPReply.take(from: &bytes) {
                waiting = nil
                bytes.discardReadBytes()
                promise.succeed(reply)
            } else if let end {
                waiting = nil
                promise.fail(end)
            }
        } catch {
            finish(.malformed, channel)
        }
    }

    private func finish(_ reason: ConnectionEnd, _ channel: any Channel) {
        let isFirst = end == nil
        end = end ?? reason
        if let promise = waiting, isFirst || reason != .closed {
            waiting = nil
            promise.fail(reason)
        }
        channel.close(promise: nil)
    }
}
