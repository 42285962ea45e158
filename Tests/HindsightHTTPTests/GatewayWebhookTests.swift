import Crypto
import Foundation
import HindsightCore
import NIOHTTP1
import Testing

@Suite("Webhooks of gateways") struct GatewayWebhookTests {
    private static let secret = "a secret of the tests alone"

    private static func signature(_ body: String, age: Int = 0, secret: String = secret) -> [String: String] {
        let seconds = Int(Date().timeIntervalSince1970) - age
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(seconds).\(body)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return ["Gateway-Signature": "t=\(seconds),v1=\(code.map { String(format: "%02x", $0) }.joined())"]
    }

    /// It claims an approval, which nobody has to believe.
    private static func news(_ event: String, of invoice: String, attempt: Int = 1) -> String {
        #"{"id":"\#(event)","charge":{"id":"ch_forged","invoice":"\#(invoice)","attempt":\#(attempt),"status":"approved"}}"#
    }

    private func server(_ gateway: PeerUnderTest) async throws -> ServerProcess {
        let folder = try TestFolder()
        let secret = try folder.write(Self.secret, to: "webhook.secret")
        let server = try ServerProcess(
            in: folder,
            settings: ["clock=manual", "billing.gateway.url=\(gateway.address)", "billing.gateway.webhookSecret=\(secret)"])
        #expect(try await server.post("/v1/clock", #"{"now":"2026-01-01T00:00:00Z"}"#).status == 200)
        return server
    }

    @Test("News of a charge whose answer was lost lets it be looked up at once; what the body claims is not believed, and twice is once")
    func wakes() async throws {
        // Every answer is lost after the gateway has acted, and the next look-up would be five minutes later: the clock stands still.
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "1", "--drop-rate", "1000", "--drop-before-rate", "0"])
        let server = try await server(gateway)
        #expect(try await server.put("/v1/billing/subscriptions/s1", BillingRouteTests.terms).status == 201)
        #expect(try await server.post("/v1/clock", #"{"now":"2026-02-02T12:00:00Z"}"#).status == 200)
        let unknown = try await server.eventually("/v1/billing/invoices") { $0["invoices"]?.arrayValue?.first?["status"] == "unknown" }
        let invoice = try #require(unknown["invoices"]?.arrayValue?.first?["invoice"]?.stringValue)
        func send(_ body: String, _ headers: [String: String]) async throws -> ServerProcess.Answer {
            try await server.post("/v1/billing/webhooks/simulated", body, headers: headers)
        }
        let news = Self.news("evt_1", of: invoice)
        for headers in [
            [:], ["Gateway-Signature": "v1=00"], Self.signature(news, secret: "the secret of nobody else"),
            Self.signature(news, age: 3_600), Self.signature(news, age: -3_600), Self.signature(news + " "),
        ] {
            let refused = try await send(news, headers)
            #expect(refused.status == 400, "\(headers)")
            #expect(try refused.json["field"] == "Gateway-Signature", "\(refused.text)")
        }
        #expect(try await send("{", Self.signature("{")).status == 400)
        let other = Self.news("evt_0", of: invoice, attempt: 2)
        #expect(try await send(other, Self.signature(other)).json == ["outcome": "idle"])
        let stranger = Self.news("evt_0", of: "nobody")
        #expect(try await send(stranger, Self.signature(stranger)).json == ["outcome": "idle"])
        #expect(try await server.get("/v1/events?type=hindsight.saga-retried").json["events"] == [])

        #expect(try await send(news, Self.signature(news)).json == ["outcome": "woken"])
        let settled = try await server.eventually("/v1/billing/invoices/\(invoice)") { $0["status"] != "unknown" }
        let attempt = try #require(settled["attempts"]?.arrayValue?.first)
        #expect(attempt["wasUnknown"] == true && attempt["charge"] != nil && attempt["charge"] != "ch_forged")
        #expect(try await send(news, Self.signature(news)).json == ["outcome": "known"])
        let late = Self.news("evt_2", of: invoice)
        #expect(try await send(late, Self.signature(late)).json == ["outcome": "idle"])
        let retried = try await server.get("/v1/events?type=hindsight.saga-retried").json["events"]?.arrayValue
        #expect(retried?.count == 1 && retried?.first?["metadata"]?["actor"] == "gateway:simulated")
        gateway.stop()
    }

    @Test("A gateway that is not configured, or not known, is told so")
    func unconfigured() async throws {
        let server = try ServerProcess()
        #expect(try await server.post("/v1/billing/webhooks/simulated", "{}").json["type"] == "/problems/not-configured")
        #expect(try await server.post("/v1/billing/webhooks/paypal", "{}").status == 404)
    }
}
