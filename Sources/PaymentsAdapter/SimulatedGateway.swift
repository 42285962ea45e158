import AsyncHTTPClient
import BillingRetries
package import HindsightCore
import NIOCore
import NIOHTTP1

/// Charges through the simulated gateway's HTTP interface.
///
/// The gateway keeps keys for ever and replays what it answered, declines too: repeating a key with the same bytes is safe. The reasons of
/// unclear outcomes are fixed sentences without a transport's words, so that the same run records the same bytes on every machine.
package struct SimulatedGateway: EffectPerformer {
    private let url: String
    private let credentials: GatewayCredentials?
    private let client: HTTPClient
    private let patience: TimeAmount

    private init(url: String, credentials: GatewayCredentials?, client: HTTPClient, patience: TimeAmount) {
        self.url = url
        self.credentials = credentials
        self.client = client
        self.patience = patience
    }

    /// Opens connections to the gateway for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - url: `http://127.0.0.1:8891`.
    ///   - patienceSeconds: How long an answer may take before it counts as lost.
    /// - Throws: `GatewayError.unreachable` if nothing answers there; what `body` throws.
    package static func withConnection<Result: Sendable>(
        to url: String, credentials: GatewayCredentials? = nil, patienceSeconds: Int = 30,
        _ body: @Sendable (SimulatedGateway) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(2)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let gateway = SimulatedGateway(
            url: url.hasSuffix("/") ? String(url.dropLast()) : url, credentials: credentials, client: client,
            patience: .seconds(Int64(patienceSeconds)))
        do {
            try await gateway.checkReachable()
            let result = try await body(gateway)
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    // MARK: - The port

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        do {
            var request = makeRequest(.POST, "/v1/charges")
            request.headers.add(name: "Idempotency-Key", value: intent.key)
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(try JSON.encode(intent.request))
            return outcome(of: try await send(request))
        } catch {
            return .indeterminate(reason: "the gateway gave no answer")
        }
    }

    package func lookUp(_ intent: EffectIntent) async -> LookUp {
        do {
            let answer = try await send(makeRequest(.GET, "/v1/charges?key=\(Self.percentEncoded(intent.key))"))
            switch answer.status {
            case .notFound where answer.body?.error?.type == "not_found": return .absent
            case .ok:
                guard answer.body?.idempotencyKey == intent.key else { return .unknown(reason: "the look-up named another charge") }
                let outcome = settled(answer.body)
                if case .indeterminate(let reason) = outcome { return .unknown(reason: reason) }
                return .settled(outcome)
            default: return .unknown(reason: "the look-up was answered with status \(answer.status.code)")
            }
        } catch {
            return .unknown(reason: "the look-up got no answer")
        }
    }

    // MARK: - What answers mean

    private struct Answer {
        let status: HTTPResponseStatus
        /// `nil` if it isn't the JSON that the gateway speaks.
        let body: Body?
    }

    private struct Body: Decodable {
        struct Problem: Decodable { let type: String }
        let id, status, idempotencyKey, network, code, advice, notBefore: String?
        let hard: Bool?
        let error: Problem?
    }

    private func outcome(of answer: Answer) -> EffectOutcome {
        switch answer.status {
        case .ok, .paymentRequired: return settled(answer.body)
        case .accepted: return .indeterminate(reason: "the gateway has not decided yet")
        case .conflict: return .indeterminate(reason: "the key is under way at the gateway")
        case .badRequest, .unauthorized, .forbidden, .unprocessableEntity:
            let problem = answer.body?.error.map { " \($0.type)" } ?? ""
            return .rejected(reason: "the gateway refused the request: \(answer.status.code)\(problem)")
        default: return .indeterminate(reason: "the gateway answered with status \(answer.status.code)")
        }
    }

    private func settled(_ body: Body?) -> EffectOutcome {
        guard let body, let charge = body.id, let network = body.network.flatMap(CardNetwork.init) else {
            return .indeterminate(reason: "the gateway's answer can't be read")
        }
        func answer(_ status: ChargeAnswer.Status) -> JSONValue {
            ChargeAnswer(
                charge: charge, status: status, network: network, code: body.code, advice: body.advice, isFinal: body.hard ?? false,
                notBefore: body.notBefore.flatMap { Timestamp($0) }
            ).json
        }
        switch body.status {
        case "approved": return .succeeded(answer(.approved))
        case "declined": return .rejected(reason: "declined with code \(body.code ?? "none")", result: answer(.declined))
        case "action_required": return .rejected(reason: "the payer has to authenticate", result: answer(.actionRequired))
        default: return .indeterminate(reason: "the gateway has not decided yet")
        }
    }

    // MARK: - HTTP

    private func makeRequest(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        if let credentials { request.headers.add(name: "Authorization", value: "Bearer \(credentials.token)") }
        return request
    }

    private func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await client.execute(request, timeout: patience)
        let bytes = try await response.body.collect(upTo: 64 * 1024)
        do {
            return Answer(status: response.status, body: try JSON.decode(Body.self, from: Array(bytes.readableBytesView)))
        } catch is DecodingError {
            return Answer(status: response.status, body: nil)
        }
    }

    private func checkReachable() async throws {
        do {
            _ = try await client.execute(makeRequest(.GET, "/healthz"), timeout: .seconds(10))
        } catch {
            throw GatewayError.unreachable(url: url)
        }
    }

    private static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { encoded, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
