import AsyncHTTPClient
public import HindsightCore
import NIOHTTP1

/// Tells other programs, by signed requests that each of them may get more than once.
///
/// A message is `POST` to the webhook's address, as `application/json`, with two headers: `Hindsight-Signature`, see ``WebhookSignature``,
/// and `Idempotency-Key`, an id that is the same whenever the message is sent again. No sender can know whether a request whose answer
/// was lost had arrived, so a receiver takes each id once. Redirects are not followed: where messages go is for the settings to say.
///
/// | Answer | Meaning |
/// |---|---|
/// | 2xx | it was taken; the body doesn't matter |
/// | 4xx, but for those below | it never will be |
/// | 401, 408, 425, 429, 503 with `Retry-After`, no connection | it was not taken, and later it may be |
/// | anything else: none in time, a lost connection, 3xx, 409, other 5xx | it may have been taken |
public struct Webhooks: Sendable {
    private let connections: Connections
    private let timeLimit: Duration
    private let clock: any WallClock

    /// Keeps the means to connect for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - timeLimit: How long one try may take, from the connection to the end of the answer.
    ///   - clock: The one that the receivers' clocks are like: signatures hold the time.
    public static func withConnections<Result: Sendable>(
        timeLimit: Duration = .seconds(30), clock: any WallClock, _ body: @Sendable (Webhooks) async throws -> Result
    ) async throws -> Result {
        try await Connections.open(connectTimeLimit: min(timeLimit, .seconds(5)), concurrency: nil) { connections in
            try await body(Webhooks(connections: connections, timeLimit: timeLimit, clock: clock))
        }
    }

    /// Sends the message once.
    ///
    /// - Parameters:
    ///   - body: JSON, signed as it stands.
    ///   - id: 1 to 255 visible ASCII characters, the same at every try of this message.
    public func send(_ body: [UInt8], id: String, to webhook: Webhook) async -> WebhookOutcome {
        precondition(HTTPEffectPerformer.canBeHeader(id), "an id of a message is 1 to 255 visible ASCII characters")
        var request = HTTPClientRequest(url: webhook.address)
        request.method = .POST
        request.headers = [
            "Accept": "application/json", "Connection": "close", "Content-Type": "application/json", "Idempotency-Key": id,
            WebhookSignature.headerName: webhook.signature.sign(body, at: clock.now()),
        ]
        request.body = .bytes(body)
        do {
            return WebhookOutcome(try await connections.exchange(request, within: timeLimit), now: clock.now())
        } catch {
            return WebhookOutcome(error)
        }
    }
}
