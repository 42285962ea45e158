import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The gateway's HTTP interface.
///
/// `POST /v1/charges`, header `Idempotency-Key`, body
/// `{"invoice","attempt","customer","paymentMethod","amountMinor","currency","at"}` with `at` by the caller's clock (RFC 3339):
/// - 200 `approved`, 202 `pending`, 402 `declined` or `action_required`, all as
///   `{"id","status","idempotencyKey","invoice","attempt","amountMinor","currency","network","code"?,"advice"?,"hard"?,"notBefore"?}`;
///   the same key with the same bytes: the same answer, and the header `Idempotent-Replayed: true`;
/// - 400 with `field`; 401 without the right bearer token; 409 while the key's first request is under way; 422 for the key with other bytes;
/// - no answer at all: the connection is closed, before or after acting; 500, likewise. Repeat the request, or look the charge up;
/// - 429 and 503 with `Retry-After`: nothing was done.
///
/// `GET /v1/capabilities`, without credentials: `{"keyHours"?,"repeatsErrors"}`, how long keys are kept (for ever without it), and whether a 500
/// that came after acting is repeated for its key.
///
/// `GET /v1/charges?key=K` and `GET /v1/charges/{id}`: the charge as it ended, which for a `pending` one is its outcome; 404 if nothing was
/// acted on. `GET /v1/summary`: the journal in numbers. `GET /healthz`: 200, without credentials.
///
/// `POST /v1/control {"away"?,"now"?}` is the simulation's own: away, the gateway answers 503 to everything but this; `now` (RFC 3339) is
/// the time by the callers' clock, by which keys age, and which each request's `at` puts forward as well.
///
/// Errors are `{"error":{"type","message","field"?}}`. Webhooks: ``WebhookPlan``.
enum Server {
    /// Carries the connection, which a lost answer closes.
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let connection: any Channel

        init(source: Source) {
            coreContext = .init(source: source)
            connection = source.channel
        }
    }

    private struct ControlView: Encodable {
        let away: Bool
        let now: String?
    }

    private struct CapabilitiesView: Encodable {
        let keyHours: Int?
        let repeatsErrors: Bool
    }

    private struct View: Encodable {
        let id, status, idempotencyKey, invoice: String
        let attempt: Int
        let amountMinor: Int64
        let currency: String
        let network: Network
        let code, advice: String?
        let hard: Bool?
        let notBefore: String?

        init(_ charge: Charge, status: String) {
            id = charge.id
            self.status = status
            idempotencyKey = charge.order.key
            invoice = charge.order.invoice
            attempt = charge.order.attempt
            amountMinor = charge.order.amountMinor
            currency = charge.order.currency
            network = charge.verdict.network
            code = charge.verdict.code
            advice = charge.verdict.advice
            hard = charge.verdict.hard
            notBefore = charge.verdict.notBefore
        }
    }

    static func makeRouter(
        store: ChargeStore, capabilities: (keyHours: Int?, repeatsErrors: Bool), authentication: Authentication<Context>?
    ) -> Router<Context> {
        let router = Router(context: Context.self)
        router.get("healthz") { _, _ in HTTPResponse.Status.ok }
        router.get("v1/capabilities") { _, _ in
            try Response.json(
                CapabilitiesView(keyHours: capabilities.keyHours, repeatsErrors: capabilities.repeatsErrors), status: .ok)
        }
        let api = router.group("v1")
        if let authentication { api.add(middleware: authentication) }

        api.post("charges") { request, context in
            let body = try await request.body.collect(upTo: 64 * 1024)
            let order = try ChargeOrder(key: request.headers[.idempotencyKey], body: body)
            switch try await store.charge(order) {
            case .answer(let charge, let isReplay):
                return try answer(to: charge, isReplay: isReplay)
            case .silence:
                // The connection is gone when this returns, so Hummingbird's attempt to write the empty response goes nowhere.
                try await context.connection.close()
                return Response(status: .noContent)
            }
        }
        api.get("charges") { request, _ in
            guard let key = request.uri.queryParameters["key"] else {
                throw APIError.invalid(field: "key", "Name the idempotency key to look up.")
            }
            return try lookedUp(try await store.charge(forKey: String(key)))
        }
        api.get("charges/:id") { _, context in
            try lookedUp(try await store.charge(withIdentifier: try context.parameters.require("id")))
        }
        api.post("control") { request, _ in
            let body = Data(try await request.body.collect(upTo: 64 * 1024).readableBytesView)
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .custom { try Timestamps.instant(String(from: $0)) }
            let change: JournalEntry.Control
            do {
                change = try decoder.decode(JournalEntry.Control.self, from: body)
            } catch {
                throw APIError.invalid(field: "body", "Must be {\"away\"?: a Boolean, \"now\"?: an RFC 3339 time with an offset}.")
            }
            let standing = try await store.control(change)
            let view = ControlView(away: standing.away ?? false, now: standing.now.map { Timestamps.text($0) })
            return try Response.json(view, status: .ok)
        }
        api.get("summary") { _, _ in
            try Response.json(await store.summary, status: .ok)
        }
        return router
    }

    private static func answer(to charge: Charge, isReplay: Bool) throws -> Response {
        let isPending = charge.verdict.settlesLater == true
        let status: HTTPResponse.Status =
            switch charge.verdict.outcome {
            case .approved: isPending ? .accepted : .ok
            case .declined, .actionRequired: HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
            }
        let view = View(charge, status: isPending ? "pending" : charge.verdict.outcome.rawValue)
        return try .json(view, status: status, headers: isReplay ? [.idempotentReplayed: "true"] : [:])
    }

    private static func lookedUp(_ charge: Charge?) throws -> Response {
        guard let charge else { throw APIError.notFound }
        return try .json(View(charge, status: charge.verdict.outcome.rawValue), status: .ok)
    }
}
