import CoreMetrics
import HTTPTypes
import HindsightApp
import NIOCore
import NIOHTTPTypes

/// Closes connections that keep a place and do nothing with it: a request whose head or body does not come, a client that does not read,
/// and one that has had its answer and stays.
///
/// Deadlines are of whole heads and bodies, so that a byte now and then doesn't buy time. A body that streams has its time from one piece
/// to the next, as long as the answer has begun.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: Configuration.Limits
    private let count: ConnectionCount
    private var isCounted = false
    private var deadline = NIODeadline.distantFuture
    private var check: (at: NIODeadline, task: Scheduled<Void>)?
    /// Of the latest request.
    private var isRequestRead = true
    private var hasAnswerBegun = false
    private var isAnswered = true
    /// How long what is left of a body is taken and thrown away after its answer: so that the client gets to read the answer.
    private static let longestDrain = TimeAmount.seconds(2)

    init(limits: Configuration.Limits, count: ConnectionCount) {
        self.limits = limits
        self.count = count
    }

    // MARK: - Life

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !isCounted else { return }
        isCounted = true
        count.opened()
        expect(limits.header, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isCounted { count.closed() }
        isCounted = false
        check?.task.cancel()
        check = nil
        context.fireChannelInactive()
    }

    // MARK: - Parts

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            (isRequestRead, hasAnswerBegun, isAnswered) = (false, false, false)
            expect(limits.body, context)
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                let go = HTTPResponsePart.head(HTTPResponse(status: .continue))
                context.writeAndFlush(wrapOutboundOut(go), promise: nil)
            }
        case .body:
            // A body whose answer streams goes on for as long as something of it comes.
            if hasAnswerBegun, !isAnswered { expect(limits.body, context) }
        case .end:
            isRequestRead = true
            if isAnswered { expect(limits.idle, context) } else { deadline = .distantFuture }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.kind != .informational { hasAnswerBegun = true }
        case .body: break
        case .end:
            isAnswered = true
            if isRequestRead { expect(limits.idle, context) } else { expect(min(limits.body.amount, Self.longestDrain), context) }
        }
        context.write(data, promise: promise)
    }

    /// A client that doesn't read what it asked for has the time of a body to take it.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable {
            expect(limits.body, context)
        } else if isRequestRead, !isAnswered {
            deadline = .distantFuture
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: - Deadlines

    private func expect(_ time: Duration, _ context: ChannelHandlerContext) { expect(time.amount, context) }

    private func expect(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline = .now() + time
        if let check, check.at <= deadline { return }
        check?.task.cancel()
        schedule(context)
    }

    /// One task for each connection, which moves on with the deadline: most requests are done long before.
    private func schedule(_ context: ChannelHandlerContext) {
        check = nil
        guard deadline < .distantFuture else { return }
        let bound = NIOLoopBound((watch: self, context: context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: deadline) {
            let (watch, context) = bound.value
            watch.check = nil
            if watch.deadline <= .now() { context.close(promise: nil) } else { watch.schedule(context) }
        }
        check = (deadline, task)
    }
}

extension Duration {
    fileprivate var amount: TimeAmount {
        let parts = components
        return .nanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }
}

/// How many connections are open.
final class ConnectionCount: Sendable {
    private let meter: Meter

    init(_ metrics: any MetricsFactory) { meter = Meter(label: "http_connections", factory: metrics) }

    func opened() { meter.increment(by: 1) }
    func closed() { meter.decrement(by: 1) }
}
