import BillingRetries
import HindsightCore
import Testing

@Suite("Payment saga") struct PaymentSagaTests {
    private func charge() throws -> (story: Story, charge: ChargeRequested) {
        var story = try Story(opened: .sample(dueAt: try at("01-05T08:00")))
        try story.attempt(at: try at("01-05T08:00"))
        return (story, try #require(story.charges.first))
    }

    private func state(_ events: [InvoiceEvent]) throws -> PaymentSaga.State {
        var state = PaymentSaga.initialState(of: "s1.1")
        let stream = try BillingRetries.invoice("s1.1")
        for event in events { PaymentSaga.evolve(&state, with: .event(event, stream: stream)) }
        return state
    }

    @Test("A requested charge is an effect under the key of the event, with bytes that hold nothing personal")
    func effect() throws {
        let (story, charge) = try charge()
        let stream = try BillingRetries.invoice("s1.1")
        let reactions = PaymentSaga.react(to: .event(.chargeRequested(charge), stream: stream), in: try state(story.history))
        #expect(reactions == [.perform(charge.effect)])
        #expect(charge.effect.key == "s1.1:1")
        let bytes = """
            {"amountMinor":1100,"at":"2026-01-05T08:00:00Z","attempt":1,"currency":"EUR","customer":"c1","invoice":"s1.1",\
            "paymentMethod":"pm-1"}
            """
        #expect(try JSON.line(charge.effect.request) == bytes)
    }

    @Test("The verdict of a look-up leads to the same command as a direct answer")
    func verdict() throws {
        let (story, charge) = try charge()
        let now = try at("01-05T08:05")
        let answer = ChargeAnswer.declined("51", advice: nil)
        let reactions = PaymentSaga.react(
            to: .rejected(charge.effect.reference, reason: "declined", result: answer.json, at: now), in: try state(story.history))
        #expect(reactions == [.command(.recordDecline(invoice: "s1.1", answer, attempt: 1, at: now))])
    }

    @Test("A refusal without the issuer's verdict parks the invoice for a person")
    func parked() throws {
        let (story, charge) = try charge()
        let reactions = PaymentSaga.react(
            to: .rejected(charge.effect.reference, reason: "401", result: [:], at: try at("01-05T08:05")), in: try state(story.history))
        #expect(reactions == [.park(reason: "401")])
    }

    private func result(_ charge: ChargeRequested, _ outcome: SagaResolved.Outcome, _ given: JSONValue = [:]) throws -> JSONValue {
        let effect = charge.effect
        let intent = EffectIntent(
            saga: PaymentSaga.name, instance: "s1.1", kind: effect.kind, key: effect.key, attempt: 1, request: effect.request,
            deadline: charge.at)
        return try PaymentSaga.result(of: intent, resolvedAs: outcome, given: given, reason: "not in the list of the gateway")
    }

    @Test("A person's no without a result is a decline with the person's reason, and the invoice is tried again")
    func nothingCharged() throws {
        var (story, charge) = try charge()
        let now = try at("01-05T08:05")
        let reactions = PaymentSaga.react(
            to: .rejected(charge.effect.reference, reason: "", result: try result(charge, .rejected), at: now),
            in: try state(story.history))
        let because = "not in the list of the gateway"
        #expect(reactions == [.command(.recordNoCharge(invoice: "s1.1", attempt: 1, because: because, at: now))])
        try story.send(
            .recordNoCharge(because: because, attempt: 1, card: story.cardRecord, assignment: story.assignment, at: now))
        guard case .chargeDeclined(let declined)? = story.history.first(where: { if case .chargeDeclined = $0 { true } else { false } })
        else {
            Issue.record("there is no decline")
            return
        }
        #expect(declined.stated == because && declined.charge == nil && declined.network == nil && declined.reason == .other)
        #expect(story.nextWindow != nil && story.open?.network == nil)
    }

    @Test("A person's yes needs the charge, its status and its network, and a declined charge is none")
    func approvedByHand() throws {
        let charge = try charge().charge
        let refused = #expect(throws: UnusableResult.self) { try result(charge, .succeeded) }
        #expect(refused?.reason.hasPrefix("charge, network, status are missing") == true)
        #expect(throws: UnusableResult.self) { try result(charge, .succeeded, ChargeAnswer.declined("51").json) }
        #expect(throws: UnusableResult.self) { try result(charge, .rejected, ChargeAnswer.approved.json) }
        #expect(try result(charge, .succeeded, ChargeAnswer.approved.json) == ChargeAnswer.approved.json)
        #expect(try result(charge, .rejected, ChargeAnswer.declined("51").json) == ChargeAnswer.declined("51").json)
    }

    @Test("Unknown outcomes are looked up after 5 minutes, an hour, then daily five times")
    func lookUps() {
        let waits = PaymentSaga.policy(for: PaymentSaga.chargeEffect).lookUpWaits
        #expect(waits == [.seconds(300), .hours(1), .days(1), .days(1), .days(1), .days(1), .days(1)])
    }

    @Test("What a gateway said goes through the engine's event unchanged")
    func answers() throws {
        let answer = ChargeAnswer.declined("05", .mastercard, advice: "24", isFinal: true, notBefore: try at("01-05T09:00"))
        #expect(ChargeAnswer(answer.json) == answer)
        #expect(ChargeAnswer(["status": "approved"]) == nil)
    }
}
