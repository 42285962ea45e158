import AsyncHTTPClient
import BillingRetries
import Foundation
import HindsightCore
import NIOCore
import NIOHTTP1
import PaymentPeers
import PaymentsAdapter
import Testing

/// A smoke test against software of others that speaks Stripe's protocol. How it differs from Stripe: ``StripePeerProcess``.
@Suite(
    "Charges through localstripe",
    .enabled(if: StripePeerProcess.localstripePython != nil, "needs PyPI's localstripe: tools/prepare-tests installs it"))
struct LocalstripeTests {
    private static let secret = "whsec_0123456789abcdef"

    private func post(_ peer: StripePeerProcess, _ path: String, _ form: String) async throws -> JSONValue {
        var request = HTTPClientRequest(url: peer.url + path)
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer sk_test_peer")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: form))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return try JSON.decode(JSONValue.self, from: Array(try await response.body.collect(upTo: 1 << 20).readableBytesView))
    }

    private func customer(_ peer: StripePeerProcess, card number: String) async throws -> (customer: String, method: String) {
        guard let customer = try await post(peer, "/v1/customers", "name=Jenny")["id"]?.stringValue,
            let method = try await post(
                peer, "/v1/payment_methods",
                "type=card&card[number]=\(number)&card[exp_month]=12&card[exp_year]=2030&card[cvc]=123")["id"]?.stringValue
        else { throw StripePeerProcess.Failure(reason: "localstripe made no customer") }
        let attached = try await post(peer, "/v1/payment_methods/\(method)/attach", "customer=\(customer)")
        guard attached["customer"]?.stringValue == customer else { throw StripePeerProcess.Failure(reason: "\(attached)") }
        return (customer, method)
    }

    @Test("A charge goes through, and its webhook is genuine") func approves() async throws {
        let peer = try StripePeerProcess.localstripe(webhookSecret: Self.secret)
        let (customer, method) = try await customer(peer, card: "4242424242424242")
        let intent = chargeIntent("in-1:1", method: method, customer: customer)
        let (first, again, found) = try await StripeGateway.withConnection(to: peer.url, credentials: try stripeKey()) { gateway in
            let first = await gateway.perform(intent)
            guard case .succeeded = first else { throw StripePeerProcess.Failure(reason: "\(first)") }
            return (first, await gateway.perform(intent), await gateway.lookUp(intent))
        }
        // Two of the differences, so that a localstripe without them is noticed.
        #expect(again != first, "localstripe honours keys now")
        #expect(found == .unknown(reason: "Stripe answered the look-up with status 400"), "localstripe filters by customer now")

        let verifier = try WebhookVerifier(gateway: .stripe, secrets: [Array(Self.secret.utf8)])
        let now = Timestamp(microsecondsSince1970: Int64(Date().timeIntervalSince1970 * 1_000_000))
        var hints: [WebhookHint] = []
        while hints.isEmpty {
            let (signature, body) = try peer.webhook()
            if let hint = try verifier.hint(header: signature, body: body, at: now) { hints.append(hint) }
        }
        #expect(hints[0].invoice == "in-1" && hints[0].attempt == 1 && hints[0].charge?.hasPrefix("pi_") == true)
    }

    @Test("A card that fails when it is charged is a decline without the network's words") func declines() async throws {
        let peer = try StripePeerProcess.localstripe(webhookSecret: Self.secret)
        let (customer, method) = try await customer(peer, card: "4000000000000341")
        let intent = chargeIntent("in-1:1", method: method, customer: customer)
        let outcome = try await StripeGateway.withConnection(to: peer.url, credentials: try stripeKey()) { await $0.perform(intent) }
        guard case .rejected(_, let result) = outcome, let answer = ChargeAnswer(result) else {
            throw StripePeerProcess.Failure(reason: "\(outcome)")
        }
        #expect(answer.status == .declined && answer.code == "card_declined" && answer.network == .other)
    }

    @Test("A payment that waits for the payer stays unknown, since localstripe takes no reason for cancelling it") func authentication()
        async throws
    {
        let peer = try StripePeerProcess.localstripe(webhookSecret: Self.secret)
        let (customer, method) = try await customer(peer, card: "4000002500003155")
        let intent = chargeIntent("in-1:1", method: method, customer: customer)
        let outcome = try await StripeGateway.withConnection(to: peer.url, credentials: try stripeKey()) { await $0.perform(intent) }
        let unknown = EffectOutcome.indeterminate(reason: "Stripe's payment waits for the payer, and could not be cancelled (400)")
        #expect(outcome == unknown, "localstripe cancels as Stripe does now")
    }

    @Test("A customer, a card or a key that it does not know is refused") func refuses() async throws {
        let peer = try StripePeerProcess.localstripe(webhookSecret: Self.secret)
        let (outcome, locked) = try await (
            StripeGateway.withConnection(to: peer.url, credentials: try stripeKey()) {
                await $0.perform(chargeIntent("in-1:1", method: "pm_none", customer: "cus_none"))
            },
            StripeGateway.withConnection(to: peer.url, credentials: try stripeKey("rk_test_peer")) {
                await $0.perform(chargeIntent("in-1:1"))
            }
        )
        #expect(outcome == .refused(reason: "Stripe refuses the request (404)"))
        guard case .notDone = locked else { throw StripePeerProcess.Failure(reason: "\(locked)") }
    }
}
