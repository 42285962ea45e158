import Crypto
import Foundation
import Hummingbird
import Logging

/// A webhook as it arrived.
struct ReceivedWebhook: Sendable {
    let signature: String
    let body: Data

    private struct Event: Decodable {
        struct Charge: Decodable { let idempotencyKey: String }
        let id, type: String
        let charge: Charge
    }

    var event: (id: String, type: String, key: String) {
        get throws {
            let event = try JSONDecoder().decode(Event.self, from: body)
            return (event.id, event.type, event.charge.idempotencyKey)
        }
    }

    /// The codes of the header that this secret makes.
    func isSigned(with secret: String) -> Bool {
        let parts = signature.split(separator: ",")
        guard let seconds = parts.first(where: { $0.hasPrefix("t=") })?.dropFirst(2) else { return false }
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(seconds).".utf8) + body, using: SymmetricKey(data: Data(secret.utf8)))
        let digits = code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return parts.contains { $0 == "v1=\(digits)" }
    }
}

/// Listens for webhooks on this machine for as long as `body` runs.
///
/// - Parameters:
///   - refusals: How many are answered 500 before they are taken.
///   - body: Gets the address, and the webhooks as they arrive.
func withReceiver(
    refusals: Int = 0, _ body: @escaping @Sendable (_ url: String, inout AsyncStream<ReceivedWebhook>.AsyncIterator) async throws -> Void
) async throws {
    let (webhooks, arrivals) = AsyncStream<ReceivedWebhook>.makeStream()
    let (ports, listening) = AsyncStream<Int>.makeStream()
    let remaining = Refusals(refusals)
    let router = Router()
    router.post("hooks") { request, _ in
        let bytes = try await request.body.collect(upTo: 64 * 1024)
        let signature = request.headers[.init("Gateway-Signature")!] ?? ""
        arrivals.yield(ReceivedWebhook(signature: signature, body: Data(bytes.readableBytesView)))
        return await remaining.isNext() ? HTTPResponse.Status.internalServerError : .noContent
    }
    var application = Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { listening.yield($0.localAddress?.port ?? 0) })
    application.logger.logLevel = .critical
    try await withThrowingTaskGroup { group in
        group.addTask { [application] in try await application.run() }
        var portsIterator = ports.makeAsyncIterator()
        guard let port = await portsIterator.next() else { return }
        var iterator = webhooks.makeAsyncIterator()
        try await body("http://127.0.0.1:\(port)/hooks", &iterator)
        group.cancelAll()
    }
}

private actor Refusals {
    private var count: Int

    init(_ count: Int) { self.count = count }

    func isNext() -> Bool {
        count -= 1
        return count >= 0
    }
}
