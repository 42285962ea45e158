import NIOCore
import NIOHTTP1
import NIOPosix

/// A connection to the server under the benchmark, for one request after the other.
struct ServerConnection: Sendable {
    private let channel: any Channel

    static func open(port: Int, on group: any EventLoopGroup) async throws -> ServerConnection {
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return ServerConnection(channel: channel)
    }

    /// Sends a GET, or a POST of the JSON; the future has the answer's head once all of its body was received.
    ///
    /// - Parameter receive: Takes the pieces of the body as they come, on the event loop.
    func begin(
        _ path: String, accept: String? = nil, json body: String? = nil,
        receive: @escaping @Sendable (ByteBuffer) -> Void = { _ in }
    ) -> EventLoopFuture<HTTPResponseHead> {
        var headers: HTTPHeaders = ["Host": "localhost"]
        if let accept { headers.add(name: "Accept", value: accept) }
        if let body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.utf8.count)")
        }
        let answer = channel.eventLoop.makePromise(of: HTTPResponseHead.self)
        let exchange = Exchange(
            head: HTTPRequestHead(version: .http1_1, method: body == nil ? .GET : .POST, uri: path, headers: headers),
            body: body.map { channel.allocator.buffer(string: $0) }, receive: receive, answer: answer)
        channel.writeAndFlush(exchange).whenFailure { answer.fail($0) }
        return answer.futureResult
    }

    /// Sends a request and waits for its answer.
    @discardableResult
    func send(_ path: String, json body: String? = nil) async throws -> HTTPResponseHead { try await begin(path, json: body).get() }

    func close() async throws {
        do { try await channel.close() } catch ChannelError.alreadyClosed {}
    }
}

/// A request with those who take its answer.
private struct Exchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer?
    let receive: @Sendable (ByteBuffer) -> Void
    let answer: EventLoopPromise<HTTPResponseHead>
}

private final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    private var exchange: Exchange?
    private var head: HTTPResponseHead?
    private var problem = ""

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        precondition(self.exchange == nil, "one request after the other")
        (self.exchange, problem) = (exchange, "")
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if let body = exchange.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let piece):
            if head.map({ (200..<300).contains($0.status.code) }) == true {
                exchange?.receive(piece)
            } else {
                problem += String(buffer: piece)
            }
        case .end:
            guard let exchange, let head else { return }
            self.exchange = nil
            if (200..<300).contains(head.status.code) {
                exchange.answer.succeed(head)
            } else {
                exchange.answer.fail(BenchmarkFailure("\(exchange.head.method) \(exchange.head.uri): \(head.status.code) \(problem)"))
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    private func fail(_ error: any Error) {
        exchange?.answer.fail(error)
        exchange = nil
    }
}

extension HTTPResponseHead {
    /// The position that the answer tells of.
    func position() throws -> Int64 {
        guard let position = headers.first(name: "Hindsight-Position").flatMap({ Int64($0) }) else {
            throw BenchmarkFailure("an answer of the server has no Hindsight-Position")
        }
        return position
    }
}
