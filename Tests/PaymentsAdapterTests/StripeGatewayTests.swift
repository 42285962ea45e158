import BillingRetries
import HindsightCore
import PaymentPeers
import PaymentsAdapter
import Testing

@Suite("Charges through Stripe", .enabled(if: StripePeerProcess.python != nil, "needs python3")) struct StripeGatewayTests {
    private func withGateway<Result: Sendable>(
        _ peer: StripePeerProcess, key: String = "sk_test_peer", _ body: @Sendable (StripeGateway) async throws -> Result
    ) async throws -> Result {
        try await StripeGateway.withConnection(to: peer.url, credentials: try stripeKey(key), patienceSeconds: 20, body)
    }

    private func answer(_ outcome: EffectOutcome) -> ChargeAnswer? {
        switch outcome {
        case .succeeded(let result), .rejected(_, let result): ChargeAnswer(result)
        case .refused, .notDone, .indeterminate: nil
        }
    }

    @Test("An approved charge is made once under its key, and found again") func approves() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1")
        let (absent, first, again, found) = try await withGateway(peer) { gateway in
            (
                await gateway.lookUp(intent), await gateway.perform(intent), await gateway.perform(intent), await gateway.lookUp(intent)
            )
        }
        #expect(absent == .absent)
        #expect(first == .succeeded(ChargeAnswer(charge: "pi_1", status: .approved, network: .visa).json))
        #expect(again == first)
        #expect(found == .settled(first))
        #expect(try await peer.payments() == ["in-1:1": 1])
    }

    @Test(
        "A decline keeps the network's words, and a look-up tells the same",
        arguments: [
            ("pm_insufficient", ChargeAnswer(charge: "pi_1", status: .declined, network: .visa, code: "51")),
            ("pm_advice", ChargeAnswer(charge: "pi_1", status: .declined, network: .mastercard, code: "51", advice: "25")),
            ("pm_lost", ChargeAnswer(charge: "pi_1", status: .declined, network: .visa, code: "41", isFinal: true)),
            ("pm_authentication", ChargeAnswer(charge: "pi_1", status: .actionRequired, network: .visa)),
        ])
    func declines(method: String, expected: ChargeAnswer) async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: method)
        let (first, found) = try await withGateway(peer) { (await $0.perform(intent), await $0.lookUp(intent)) }
        #expect(answer(first) == expected)
        #expect(found == .settled(first))
    }

    @Test(
        "An answer that was lost, or an error after acting, is unknown; the look-up finds the charge, and the same key makes no other",
        arguments: ["pm_cut_after", "pm_500_after", "pm_garbled"])
    func losesAnswer(method: String) async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: method)
        let (first, found, _) = try await withGateway(peer) {
            (await $0.perform(intent), await $0.lookUp(intent), await $0.perform(intent))
        }
        guard case .indeterminate = first, case .settled(.succeeded(let result)) = found else {
            throw StripePeerProcess.Failure(reason: "\(first), \(found)")
        }
        #expect(ChargeAnswer(result)?.charge == "pi_1")
        #expect(try await peer.payments() == ["in-1:1": 1])
    }

    @Test("A connection cut before acting leaves nothing to find, and the same key charges once") func losesRequest() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: "pm_cut_before")
        let (first, found, again) = try await withGateway(peer) {
            (await $0.perform(intent), await $0.lookUp(intent), await $0.perform(intent))
        }
        #expect(first == .indeterminate(reason: "Stripe gave no answer"))
        #expect(found == .absent)
        #expect(answer(again)?.status == .approved)
        #expect(try await peer.payments() == ["in-1:1": 1])
    }

    @Test("A stored error is repeated for its key, and nothing is charged") func repeatsErrors() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: "pm_500_before")
        let (first, again, found) = try await withGateway(peer) {
            (await $0.perform(intent), await $0.perform(intent), await $0.lookUp(intent))
        }
        #expect(first == .indeterminate(reason: "Stripe answered with status 500") && again == first)
        #expect(found == .absent)
        #expect(try await peer.payments().isEmpty)
    }

    @Test("A payment that is still being processed is unknown, to the look-up as well") func processing() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: "pm_processing")
        let (first, found) = try await withGateway(peer) { (await $0.perform(intent), await $0.lookUp(intent)) }
        #expect(first == .indeterminate(reason: "Stripe has not decided yet"))
        #expect(found == .unknown(reason: "Stripe has not decided yet"))
    }

    @Test("A payment that waits for its payer is cancelled before the attempt is over, and a look-up tells the same")
    func cancelsWaiting() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: "pm_waiting")
        let (first, found) = try await withGateway(peer) { (await $0.perform(intent), await $0.lookUp(intent)) }
        #expect(answer(first) == ChargeAnswer(charge: "pi_1", status: .actionRequired, network: .visa))
        #expect(found == .settled(first))
        #expect(try await peer.journal().contains { $0["cancelled"] == "pi_1" })
    }

    @Test("A payer who was quicker than the cancelling has paid: nobody knows, until the look-up finds it")
    func paysMeanwhile() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: "pm_waiting_confirmed")
        let (first, found) = try await withGateway(peer) { (await $0.perform(intent), await $0.lookUp(intent)) }
        guard case .indeterminate = first else { throw StripePeerProcess.Failure(reason: "\(first)") }
        #expect(found == .settled(.succeeded(ChargeAnswer(charge: "pi_1", status: .approved, network: .visa).json)))
    }

    @Test("A cancelling whose answer was lost is found out") func losesCancelling() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: "pm_waiting_cut")
        let (first, found) = try await withGateway(peer) { (await $0.perform(intent), await $0.lookUp(intent)) }
        guard case .indeterminate = first, case .settled(.rejected(_, let result)) = found else {
            throw StripePeerProcess.Failure(reason: "\(first), \(found)")
        }
        #expect(ChargeAnswer(result)?.status == .actionRequired)
    }

    @Test("Too many requests are sent again no sooner than Stripe says") func tooMany() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1", method: "pm_429")
        let (first, again) = try await withGateway(peer) { (await $0.perform(intent), await $0.perform(intent)) }
        #expect(first == .notDone(reason: "Stripe has too many requests (429 rate_limit)", retryAfter: .seconds(7)))
        #expect(answer(again)?.status == .approved)
    }

    @Test("Refusals say what to do, and a key under way is unknown") func refusals() async throws {
        let peer = try StripePeerProcess.ours()
        let (changed, busy, unknownCard) = try await withGateway(peer) { gateway in
            _ = await gateway.perform(chargeIntent("in-1:1"))
            return (
                await gateway.perform(chargeIntent("in-1:1", amountMinor: 1_100)),
                await gateway.perform(chargeIntent("in-2:1", method: "pm_in_flight")),
                await gateway.perform(chargeIntent("in-3:1", method: "pm_unknown"))
            )
        }
        #expect(
            changed
                == .refused(
                    reason:
                        "Stripe knows this key with other parameters: an earlier request of the attempt was another one, look it up there"))
        #expect(busy == .indeterminate(reason: "Stripe has a request with this key under way (409 idempotency_key_in_use)"))
        #expect(unknownCard == .refused(reason: "Stripe refuses the request (400 resource_missing payment_method)"))
        #expect(try await peer.payments() == ["in-1:1": 1])
    }

    @Test("A key that Stripe refuses is the operator's to set right, and nothing is known by it") func wrongKey() async throws {
        let peer = try StripePeerProcess.ours()
        let intent = chargeIntent("in-1:1")
        let (first, found) = try await withGateway(peer, key: "sk_test_other") { (await $0.perform(intent), await $0.lookUp(intent)) }
        let advice = "put a valid one into billing.gateway.credentials, and start the server again"
        #expect(first == .notDone(reason: "Stripe refuses the secret key (401): \(advice)"))
        #expect(found == .unknown(reason: "Stripe answered the look-up with status 401: \(advice)"))
    }

    @Test("The look-up reads all pages of the customer's payments, and takes no other attempt's") func pages() async throws {
        let peer = try StripePeerProcess.ours(largestPage: 2)
        let intents = (1...7).map { chargeIntent("in-\($0):1", invoice: "in-\($0)") }
        let others = chargeIntent("in-8:1", customer: "cus_2")
        let (found, absent) = try await withGateway(peer) { gateway in
            for intent in intents { _ = await gateway.perform(intent) }
            return (await gateway.lookUp(intents[0]), await gateway.lookUp(others))
        }
        guard case .settled(.succeeded(let result)) = found else { throw StripePeerProcess.Failure(reason: "\(found)") }
        #expect(ChargeAnswer(result)?.charge == "pi_1")
        #expect(absent == .absent)
    }

    @Test("Where nobody listens, nothing was done") func nobodyThere() async throws {
        let intent = chargeIntent("in-1:1")
        let (first, found) = try await StripeGateway.withConnection(to: "http://127.0.0.1:1", credentials: try stripeKey()) {
            (await $0.perform(intent), await $0.lookUp(intent))
        }
        #expect(first == .notDone(reason: "no connection to Stripe came about"))
        #expect(found == .unknown(reason: "Stripe gave no answer to the look-up"))
    }

    @Test("A key that is none, and an address without TLS, are refused before anything is sent") func refusesSettings() async throws {
        await #expect(throws: GatewayError.notASecretKey) {
            try await StripeGateway.withConnection(to: "https://api.stripe.com", credentials: try stripeKey("pk_test_1")) { _ in }
        }
        await #expect(throws: GatewayError.notSecure(url: "http://api.stripe.com")) {
            try await StripeGateway.withConnection(to: "http://api.stripe.com", credentials: try stripeKey()) { _ in }
        }
    }
}
