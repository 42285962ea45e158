import AsyncHTTPClient
import BillingRetries
package import HindsightCore
import NIOCore
import NIOHTTP1

/// Charges through the simulated gateway's HTTP interface.
///
/// The gateway keeps keys and repeats what it answered, declines too: repeating a key with the same bytes is safe while it is kept. How long
/// that is, and whether it repeats errors, it says itself when the connections are opened. The reasons of unclear outcomes are fixed sentences without a transport's words, so that
/// the same run records the same bytes on every machine.
package struct SimulatedGateway: EffectPerformer {
    private let connections: GatewayConnections
    private let promises: Promises

    /// What the gateway says of itself.
    private struct Promises: Sendable {
        let keys: Peer.Keys
        let replaysFailures: Bool
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
        try await GatewayConnections.open(to: url, token: credentials?.token, patienceSeconds: patienceSeconds) { connections in
            try await body(SimulatedGateway(connections: connections, promises: try await Self.promises(of: connections)))
        }
    }

    // MARK: - The port

    package func peer(of kind: String) -> Peer {
        Peer(
            name: "simulated gateway", keys: promises.keys, replaysFailures: promises.replaysFailures, settling: .seconds(60))
    }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        do {
            var request = connections.makeRequest(.POST, "/v1/charges")
            request.headers.add(name: "Idempotency-Key", value: intent.key)
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(try JSON.encode(intent.request))
            return outcome(of: try await connections.exchange(request))
        } catch NoGatewayAnswer.notConnected {
            return .notDone(reason: "no connection to the gateway came about")
        } catch {
            return .indeterminate(reason: "the gateway gave no answer")
        }
    }

    package func lookUp(_ intent: EffectIntent) async -> LookUp {
        do {
            let answer = try await connections.exchange(connections.makeRequest(.GET, "/v1/charges?key=\(intent.key.percentEncoded)"))
            switch answer.status {
            case 404 where answer.body?["error"]?["type"] == "not_found": return .absent
            case 200:
                guard answer.body?["idempotencyKey"]?.stringValue == intent.key else {
                    return .unknown(reason: "the look-up named another charge")
                }
                let outcome = settled(answer.body)
                if case .indeterminate(let reason) = outcome { return .unknown(reason: reason) }
                return .settled(outcome)
            default: return .unknown(reason: "the look-up was answered with status \(answer.status)")
            }
        } catch {
            return .unknown(reason: "the look-up got no answer")
        }
    }

    // MARK: - What answers mean

    private func outcome(of answer: GatewayAnswer) -> EffectOutcome {
        switch answer.status {
        case 200, 402: return settled(answer.body)
        case 202: return .indeterminate(reason: "the gateway has not decided yet")
        case 409: return .indeterminate(reason: "the key is under way at the gateway")
        case 400, 401, 403, 422:
            let problem = answer.body?["error"]?["type"]?.stringValue.map { " \($0)" } ?? ""
            return .refused(reason: "the gateway refused the request: \(answer.status)\(problem)")
        case 429: return .notDone(reason: "the gateway has too much to do (429)", retryAfter: answer.retryAfter)
        case 503 where answer.retryAfter != nil:
            return .notDone(reason: "the gateway is out of service (503)", retryAfter: answer.retryAfter)
        default: return .indeterminate(reason: "the gateway answered with status \(answer.status)")
        }
    }

    private func settled(_ body: JSONValue?) -> EffectOutcome {
        guard let body, let charge = body["id"]?.stringValue, let network = body["network"]?.stringValue.flatMap(CardNetwork.init) else {
            return .indeterminate(reason: "the gateway's answer can't be read")
        }
        let code = body["code"]?.stringValue
        func answer(_ status: ChargeAnswer.Status) -> JSONValue {
            ChargeAnswer(
                charge: charge, status: status, network: network, code: code, advice: body["advice"]?.stringValue,
                isFinal: body["hard"]?.boolValue ?? false, notBefore: body["notBefore"]?.stringValue.flatMap { Timestamp($0) }
            ).json
        }
        switch body["status"]?.stringValue {
        case "approved": return .succeeded(answer(.approved))
        case "declined": return .rejected(reason: "declined with code \(code ?? "none")", result: answer(.declined))
        case "action_required": return .rejected(reason: "the payer has to authenticate", result: answer(.actionRequired))
        default: return .indeterminate(reason: "the gateway has not decided yet")
        }
    }

    /// What it doesn't say can't be relied on.
    private static func promises(of connections: GatewayConnections) async throws -> Promises {
        let answer: GatewayAnswer
        do {
            answer = try await connections.exchange(connections.makeRequest(.GET, "/v1/capabilities"), within: .seconds(5))
        } catch {
            throw GatewayError.unreachable(url: connections.url)
        }
        // What stands before it answers, and not yet the gateway.
        guard answer.status == 200 || answer.status == 404 else { throw GatewayError.unreachable(url: connections.url) }
        guard answer.status == 200, let repeatsErrors = answer.body?["repeatsErrors"]?.boolValue else {
            return Promises(keys: .ignored, replaysFailures: false)
        }
        let life = answer.body?["keyHours"]?.integerValue.map { Duration.hours(Int($0)) }
        return Promises(keys: .honoured(for: life), replaysFailures: repeatsErrors)
    }
}
