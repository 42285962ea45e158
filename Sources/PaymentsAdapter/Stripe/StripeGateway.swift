import AsyncHTTPClient
import FoundationEssentials
package import HindsightCore
import NIOHTTP1

/// Charges through Stripe: each attempt is a PaymentIntent, confirmed off-session as it is made.
///
/// Customers and payment methods are registered under Stripe's own ids (`cus_…`, `pm_…`). The attempt stands in the payment's metadata,
/// and its key is Stripe's idempotency key. What answers mean: ``StripeMeaning``.
///
/// A payment that waits for its payer is cancelled before the attempt counts as over: confirmed some days later, it would be a charge that
/// nobody expects, beside the next attempt.
///
/// An attempt whose outcome is unknown is looked for among its customer's payments. Stripe's search would find it by its metadata at once,
/// but shows new payments late: usually within a minute, and up to an hour in an outage, so it is not for reading what was just written
/// (docs.stripe.com/api/payment_intents/search, read 2026-11-28). The list has no such warning; all the same, nothing found counts only
/// when that hour is over (``Peer/settling``): until then it means that nobody knows.
package struct StripeGateway: EffectPerformer {
    /// The first with `network_decline_code` and `network_advice_code` (docs.stripe.com/changelog/acacia/2024-12-18, read 2026-11-28).
    static let version = "2024-12-18.acacia"
    private static let pageSize = 100
    /// Nobody is charged 2,000 times: more pages than that are a mistake of somebody's.
    private static let mostPages = 20

    private let connections: GatewayConnections

    /// Opens connections to Stripe for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - url: `https://api.stripe.com`, or for tests an address of this machine over http.
    ///   - credentials: The secret key, or one with restricted rights: to write and read PaymentIntents, and to read charges.
    ///   - patienceSeconds: How long an answer may take before it counts as lost.
    /// - Throws: `GatewayError.notASecretKey`, `.notSecure`; what `body` throws.
    package static func withConnection<Result: Sendable>(
        to url: String, credentials: GatewayCredentials, patienceSeconds: Int = 50,
        _ body: @Sendable (StripeGateway) async throws -> Result
    ) async throws -> Result {
        guard credentials.token.hasPrefix("sk_") || credentials.token.hasPrefix("rk_") else { throw GatewayError.notASecretKey }
        let parts = URLComponents(string: url)
        guard parts?.scheme == "https" || ["127.0.0.1", "localhost", "::1", "[::1]"].contains(parts?.host) else {
            throw GatewayError.notSecure(url: url)
        }
        return try await GatewayConnections.open(to: url, token: credentials.token, patienceSeconds: patienceSeconds) {
            try await body(StripeGateway(connections: $0))
        }
    }

    // MARK: - The port

    /// Keys live for 24 hours at least, and a failure that was stored is repeated, 500 too (docs.stripe.com/api/idempotent_requests, read
    /// 2026-11-28).
    package func peer(of kind: String) -> Peer {
        Peer(name: "stripe", keys: .honoured(for: .hours(24)), replaysFailures: true, settling: .hours(1))
    }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        let form: StripeForm
        do {
            form = try StripeForm(charge: intent)
        } catch {
            return .refused(reason: error.description)
        }
        var request = makeRequest(.POST, "/v1/payment_intents")
        request.headers.add(name: "Idempotency-Key", value: intent.key)
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(Array(form.encoded.utf8))
        do throws(NoGatewayAnswer) {
            let answer = try await connections.exchange(request)
            if answer.status == 200, let waiting = StripeMeaning.waitingForPayer(answer.body) { return await cancel(waiting) }
            return StripeMeaning.ofCharge(answer)
        } catch {
            switch error {
            case .notConnected: return .notDone(reason: "no connection to Stripe came about")
            case .lost: return .indeterminate(reason: "Stripe gave no answer")
            }
        }
    }

    package func lookUp(_ intent: EffectIntent) async -> LookUp {
        guard let customer = intent.request["customer"]?.stringValue else { return .unknown(reason: "the request names no customer") }
        var matches: [JSONValue] = []
        var path = "/v1/payment_intents?customer=\(customer.percentEncoded)&limit=\(Self.pageSize)&expand[]=data.latest_charge"
        let first = path
        for _ in 0..<Self.mostPages {
            let page: JSONValue
            switch await read(path) {
            case .failure(let reason): return .unknown(reason: reason.sentence)
            case .success(let body): page = body
            }
            guard let payments = page["data"]?.arrayValue, let hasMore = page["has_more"]?.boolValue else {
                return .unknown(reason: "Stripe's list of payments can't be read")
            }
            matches += payments.filter { StripeMetadata.key(of: $0) == intent.key }
            guard hasMore, let last = payments.last?["id"]?.stringValue else {
                switch matches.count {
                case 0: return .absent
                case 1: return await meaning(of: matches[0])
                default: return .unknown(reason: "Stripe has \(matches.count) payments of this attempt: compare them there")
                }
            }
            path = "\(first)&starting_after=\(last.percentEncoded)"
        }
        return .unknown(reason: "the customer has more than \(Self.pageSize * Self.mostPages) payments at Stripe")
    }

    private func meaning(of payment: JSONValue) async -> LookUp {
        guard let waiting = StripeMeaning.waitingForPayer(payment) else { return StripeMeaning.ofLookUp(payment) }
        let outcome = await cancel(waiting)
        if case .indeterminate(let reason) = outcome { return .unknown(reason: reason) }
        return .settled(outcome)
    }

    /// Ends a payment that waits for its payer. Where that can't be done, the payer may have been quicker: nobody knows.
    private func cancel(_ payment: String) async -> EffectOutcome {
        var request = makeRequest(.POST, "/v1/payment_intents/\(payment.percentEncoded)/cancel")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(Array("cancellation_reason=\(StripeMeaning.abandoned)&expand[]=latest_charge".utf8))
        do throws(NoGatewayAnswer) {
            let answer = try await connections.exchange(request)
            guard answer.status == 200, let ended = answer.body, ended["status"] == "canceled" else {
                return .indeterminate(reason: "Stripe's payment waits for the payer, and could not be cancelled (\(answer.status))")
            }
            return StripeMeaning.ofAbandoned(ended)
        } catch {
            return .indeterminate(reason: "Stripe's payment waits for the payer, and gave no answer to cancelling it")
        }
    }

    // MARK: - HTTP

    private struct NotRead: Error { let sentence: String }

    private func read(_ path: String) async -> Result<JSONValue, NotRead> {
        do {
            let answer = try await connections.exchange(makeRequest(.GET, path))
            guard answer.status == 200 else {
                let advice = StripeMeaning.operatorsError(answer.status).map { ": \($0)" } ?? ""
                return .failure(NotRead(sentence: "Stripe answered the look-up with status \(answer.status)\(advice)"))
            }
            guard let body = answer.body else { return .failure(NotRead(sentence: "Stripe's answer to the look-up can't be read")) }
            return .success(body)
        } catch {
            return .failure(NotRead(sentence: "Stripe gave no answer to the look-up"))
        }
    }

    private func makeRequest(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = connections.makeRequest(method, path)
        request.headers.add(name: "Stripe-Version", value: Self.version)
        return request
    }
}

/// The names under which an attempt stands in a payment's metadata.
enum StripeMetadata {
    static let invoice = "invoice"
    static let attempt = "attempt"
    static let key = "key"

    static func key(of payment: JSONValue) -> String? { payment["metadata"]?[key]?.stringValue }
}
