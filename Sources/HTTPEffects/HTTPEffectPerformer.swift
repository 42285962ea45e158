import AsyncHTTPClient
public import HindsightCore
import NIOCore
import NIOHTTP1

/// Sends effects to an HTTP service, as requests with an idempotency key.
///
/// An effect is `POST {base}/{kind}` with the intent's request as body, and its key as `Idempotency-Key`, for which a key has to be 1 to
/// 255 visible ASCII characters. A look-up is `GET {base}/{kind}?key=…`, which answers as the effect was answered, or 404 if the key was
/// never acted on. Redirects are not followed: where an effect goes is for the settings to say.
///
/// | Answer | Meaning |
/// |---|---|
/// | 2xx with readable JSON | it is done, and the body is its result |
/// | 400, 403, 404, 405, 410, 422 | a definite no, with the body as its result where that is JSON |
/// | 429, 503 with `Retry-After` | nothing was done, and it may be sent again after that time |
/// | no connection came about | nothing was done, and it may be sent again |
/// | anything else: none in time, a lost connection, 3xx, 401, 409, other 5xx, a body that can't be read | nobody knows |
///
/// A 401 is no answer to the effect: with the right credentials the peer would have given another one.
/// To a look-up, 2xx with readable JSON says that it is done, 404 that it is absent, and anything else nothing.
///
/// The reasons of outcomes are short sentences of this adapter's own. What the peer wrote stands in results only.
public struct HTTPEffectPerformer: EffectPerformer {
    /// Where effects go, and how.
    public struct Settings: Sendable {
        /// What a 2xx needs besides its status to be a success.
        public enum Success: Sendable, Hashable {
            /// A readable JSON body, which is the result.
            case withBody
            /// Nothing, as with webhooks: the body is not looked at, and the result is empty.
            case byStatus
        }

        /// `https://peer.example/effects`.
        public var base: String
        public var peer: Peer
        /// Sent with every request: what authorises it.
        public var headers: SecretHeaders?
        /// Signs the bodies of effects.
        public var signature: WebhookSignature?
        public var success = Success.withBody
        /// How long a look-up may take; an effect has until its deadline.
        public var lookUpTimeLimit = Duration.seconds(10)
        /// How long it may take until a connection stands.
        public var connectTimeLimit = Duration.seconds(5)

        /// Whether a connection carries one request after the other.
        ///
        /// It saves the making of connections, and trusts the peer: a second answer to one effect would be taken for the answer to the
        /// next one, and a connection that the peer closes meanwhile leaves an effect in doubt. HTTP/2 has its connections kept anyway.
        public var keepsConnections = false

        public init(base: String, peer: Peer) {
            self.base = base
            self.peer = peer
        }
    }

    private let settings: Settings
    private let base: String
    private let clock: any WallClock
    private let connections: Connections

    private init(_ settings: Settings, base: String, clock: any WallClock, connections: Connections) {
        self.settings = settings
        self.base = base
        self.clock = clock
        self.connections = connections
    }

    /// Keeps connections to the peer for as long as `body` runs.
    ///
    /// - Parameter clock: The clock by which deadlines are set.
    /// - Throws: ``HTTPEffectsError/badBase(reason:)``; what `body` throws.
    public static func withConnections<Result: Sendable>(
        _ settings: Settings, clock: any WallClock, _ body: @Sendable (HTTPEffectPerformer) async throws -> Result
    ) async throws -> Result {
        let base = try checkedBase(settings.base)
        return try await Connections.open(
            connectTimeLimit: settings.connectTimeLimit, concurrency: settings.peer.limits.concurrency
        ) { connections in
            try await body(HTTPEffectPerformer(settings, base: base, clock: clock, connections: connections))
        }
    }

    // MARK: - The port

    public func peer(of kind: String) -> Peer { settings.peer }

    public func perform(_ intent: EffectIntent) async -> EffectOutcome {
        guard Self.canBeHeader(intent.key) else {
            return .rejected(reason: "the key of an effect over HTTP has to be 1 to 255 visible ASCII characters")
        }
        let limit = intent.deadline.since(clock.now())
        guard limit > .zero else { return .notDone(reason: "the time for it was over before it was sent") }
        let body: [UInt8]
        do {
            body = try JSON.encode(intent.request)
        } catch {
            return .rejected(reason: "the request is no JSON that can be sent")
        }
        var request = makeRequest(.POST, "/\(intent.kind.percentEncoded)")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Idempotency-Key", value: intent.key)
        if let signature = settings.signature {
            request.headers.add(name: WebhookSignature.headerName, value: signature.sign(body, at: clock.now()))
        }
        request.body = .bytes(body)
        do {
            return meaning.ofAnswer(try await connections.exchange(request, within: limit), now: clock.now())
        } catch {
            return meaning.ofNoAnswer(error)
        }
    }

    public func lookUp(_ intent: EffectIntent) async -> LookUp {
        guard settings.peer.isQueryable else { return .unknown(reason: "\(settings.peer.name) can't be asked") }
        let request = makeRequest(.GET, "/\(intent.kind.percentEncoded)?key=\(intent.key.percentEncoded)")
        do {
            return meaning.ofLookUp(try await connections.exchange(request, within: settings.lookUpTimeLimit))
        } catch {
            return .unknown(reason: "the look-up: \(error.sentence(about: settings.peer.name))")
        }
    }

    private var meaning: HTTPMeaning { HTTPMeaning(peer: settings.peer.name, success: settings.success) }

    private func makeRequest(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        request.headers.add(name: "Accept", value: "application/json")
        if !settings.keepsConnections { request.headers.add(name: "Connection", value: "close") }
        for (name, value) in settings.headers?.fields ?? [] { request.headers.replaceOrAdd(name: name, value: value) }
        return request
    }

    static func canBeHeader(_ key: String) -> Bool {
        (1...255).contains(key.utf8.count) && key.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}
