import Crypto
import Foundation
import HindsightCore
import PaymentPeers
import Testing

/// The whole way: a server, its sagas, and a process that speaks Stripe's protocol, keeps keys and loses answers.
@Suite("A server that charges at Stripe", .enabled(if: StripePeerProcess.python != nil, "needs python3")) struct StripeServerTests {
    private static let secret = "whsec_of_the_tests_alone"

    private static func terms(method: String) -> String {
        #"{"customer":"cus_1","customerType":"individual","plan":"starter","amountMinor":1200,"currency":"EUR","period":"monthly","#
            + #""paymentMethod":"\#(method)","timeZone":"Europe/Berlin"}"#
    }

    private func server(_ peer: StripePeerProcess) async throws -> ServerProcess {
        let folder = try TestFolder()
        let credentials = try folder.write(#"{"token":"sk_test_peer"}"#, to: "stripe.json")
        let secret = try folder.write(Self.secret, to: "webhook.secret")
        let server = try ServerProcess(
            in: folder,
            settings: [
                "clock=manual", "billing.gateway.kind=stripe", "billing.gateway.url=\(peer.url)",
                "billing.gateway.credentials=\(credentials)",
                "billing.gateway.webhookSecret=\(secret)",
            ])
        try await turn(server, to: "2026-01-01T00:00:00Z")
        return server
    }

    private func turn(_ server: ServerProcess, to now: String) async throws {
        #expect(try await server.post("/v1/clock", #"{"now":"\#(now)"}"#).status == 200)
    }

    /// Renews a subscription that is charged with this payment method, and waits for what comes of its invoice.
    private func renew(_ server: ServerProcess, method: String, until status: String) async throws -> String {
        #expect(try await server.put("/v1/billing/subscriptions/s1", Self.terms(method: method)).status == 201)
        try await turn(server, to: "2026-02-02T12:00:00Z")
        let invoices = try await server.eventually("/v1/billing/invoices") {
            $0["invoices"]?.arrayValue?.first?["status"]?.stringValue == status
        }
        return try #require(invoices["invoices"]?.arrayValue?.first?["invoice"]?.stringValue)
    }

    @Test("A charge whose answer was lost is found when Stripe's webhook names it, and made once") func webhook() async throws {
        let peer = try StripePeerProcess.ours()
        let server = try await server(peer)
        let invoice = try await renew(server, method: "pm_cut_after", until: "unknown")
        let news =
            #"{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","#
            + #""metadata":{"invoice":"\#(invoice)","attempt":"1"}}}}"#
        let seconds = Int(Date().timeIntervalSince1970)
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(seconds).\(news)".utf8), using: SymmetricKey(data: Data(Self.secret.utf8)))
        let signature = "t=\(seconds),v1=\(code.map { String(format: "%02x", $0) }.joined())"
        let path = "/v1/billing/webhooks/stripe"
        #expect(try await server.post(path, news + " ", headers: ["Stripe-Signature": signature]).status == 400)
        #expect(try await server.post(path, news, headers: ["Stripe-Signature": signature]).json == ["outcome": "woken"])
        let paid = try await server.eventually("/v1/billing/invoices/\(invoice)") { $0["status"] == "paid" }
        #expect(paid["attempts"]?.arrayValue?.first?["charge"] == "pi_1")
        #expect(try await server.post(path, news, headers: ["Stripe-Signature": signature]).json == ["outcome": "known"])
        #expect(try await peer.payments().values.map(\.self) == [1])
    }

    @Test("A charge that never arrived is not sent again before Stripe's list would show it; then it is made, once") func lost()
        async throws
    {
        let peer = try StripePeerProcess.ours()
        let server = try await server(peer)
        let invoice = try await renew(server, method: "pm_cut_before", until: "unknown")
        // The look-up after five minutes finds nothing, and says when it will be asked again.
        let timers = "/v1/streams/saga-collect:\(invoice)/events"
        func count(_ answer: JSONValue) -> Int { answer["events"]?.arrayValue?.count { $0["type"] == "hindsight.timer-set" } ?? 0 }
        let before = count(try await server.get(timers).json)
        try await turn(server, to: "2026-02-02T12:06:00Z")
        _ = try await server.eventually(timers) { count($0) > before }
        #expect(try await peer.payments().isEmpty)

        try await turn(server, to: "2026-02-02T13:02:00Z")
        _ = try await server.eventually("/v1/billing/invoices/\(invoice)") { $0["status"] == "paid" }
        #expect(try await peer.payments().values.map(\.self) == [1])
    }

    @Test("A decline of Stripe's is a decline with the network's words, and the next attempt is planned") func declined() async throws {
        let peer = try StripePeerProcess.ours()
        let server = try await server(peer)
        let invoice = try await renew(server, method: "pm_insufficient", until: "retry-scheduled")
        let attempt = try #require(try await server.get("/v1/billing/invoices/\(invoice)").json["attempts"]?.arrayValue?.first)
        #expect(attempt["code"] == "51" && attempt["network"] == "visa")
    }
}
