import CoreMetrics
import HTTPTypes
import HindsightApp
import NIOCore
import NIOHTTPTypes
import Synchronization

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

    private enum Phase {
        /// No request yet: its head is due.
        case fresh
        /// Between requests.
        case idle
        case readingBody
        case answering
    }

    private let limits: Configuration.Limits
    private let count: ConnectionCount
    private var phase = Phase.fresh
    private var deadline: NIODeadline?
    private var check: Scheduled<Void>?
    private var isBodyRead = true
    private var hasAnswerBegun = false

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
        guard deadline == nil else { return }
        count.opened()
        expect(limits.header, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if deadline != nil || check != nil { count.closed() }
        check?.cancel()
        (check, deadline) = (nil, nil)
        context.fireChannelInactive()
    }

    // MARK: - Parts

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isBodyRead = false
            hasAnswerBegun = false
            phase = .readingBody
            expect(limits.body, context)
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                let go = HTTPResponsePart.head(HTTPResponse(status: .continue))
                context.writeAndFlush(wrapOutboundOut(go), promise: nil)
            }
        case .body:
            // A streamed body goes on for as long as something of it comes.
            if hasAnswerBegun { expect(limits.body, context) }
        case .end:
            isBodyRead = true
            phase = .answering
            deadline = .distantFuture
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.kind != .informational { hasAnswerBegun = true }
        case .body: break
        case .end:
            if isBodyRead {
                phase = .idle
                expect(limits.idle, context)
            }
        }
        context.write(data, promise: promise)
    }

    /// A client that doesn't read what it asked for has the time of a body to take it.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            if phase == .answering { deadline = .distantFuture }
        } else {
            expect(limits.body, context)
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: - Deadlines

    private func expect(_ time: Duration, _ context: ChannelHandlerContext) {
        let parts = time.components
        deadline = .now() + .nanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
        if check == nil { schedule(context) }
    }

    /// One task for each connection, which moves on with the deadline: most requests are done long before.
    private func schedule(_ context: ChannelHandlerContext) {
        guard let deadline, deadline < .distantFuture else { return }
        let bound = NIOLoopBound((watch: self, context: context), eventLoop: context.eventLoop)
        check = context.eventLoop.scheduleTask(deadline: deadline) {
            let (watch, context) = bound.value
            watch.check = nil
            guard let deadline = watch.deadline else { return }
            if deadline <= .now() { context.close(promise: nil) } else { watch.schedule(context) }
        }
    }
}

/// How many connections are open.
final class ConnectionCount: Sendable {
    private let meter: Meter
    private let count = Atomic(0)

    init(_ metrics: any MetricsFactory) { meter = Meter(label: "http_connections", factory: metrics) }

    func opened() { meter.set(count.add(1, ordering: .relaxed).newValue) }
    func closed() { meter.set(count.subtract(1, ordering: .relaxed).newValue) }
}
