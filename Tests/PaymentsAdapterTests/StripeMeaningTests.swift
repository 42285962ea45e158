import BillingRetries
import HindsightCore
import PaymentsAdapter
import Testing

/// Documents in the shapes of Stripe's API reference (docs.stripe.com/api/payment_intents/object and /api/errors, read 2026-11-28).
@Suite("What Stripe's answers mean") struct StripeMeaningTests {
    private func json(_ text: String) throws -> JSONValue { try JSON.decode(JSONValue.self, from: Array(text.utf8)) }

    private func payment(_ status: String, error: String = "null", charge: String = "null") throws -> JSONValue {
        try json(
            """
            {"id":"pi_3Mt","object":"payment_intent","amount":2000,"amount_received":0,"automatic_payment_methods":null,"canceled_at":null,
             "client_secret":"pi_3Mt_secret_YrK","confirmation_method":"automatic","created":1680800504,"currency":"usd","customer":"cus_1",
             "last_payment_error":\(error),"latest_charge":\(charge),"livemode":false,"metadata":{"key":"in-1:1"},"next_action":null,
             "payment_method":"pm_1","payment_method_types":["card"],"status":"\(status)"}
            """)
    }

    private func decline(_ members: String, brand: String = "visa") throws -> EffectOutcome {
        StripeMeaning.ofCharge(
            status: 402,
            body: try json(
                """
                {"error":{"charge":"ch_3Mt","code":"card_declined","doc_url":"https://stripe.com/docs/error-codes/card-declined",
                 "message":"Your card was declined.","type":"card_error",\(members),
                 "payment_intent":{"id":"pi_3Mt","object":"payment_intent","status":"requires_payment_method","latest_charge":"ch_3Mt"},
                 "payment_method":{"id":"pm_1","object":"payment_method","type":"card","card":{"brand":"\(brand)","last4":"0002"}}}}
                """))
    }

    private func result(_ outcome: EffectOutcome) -> ChargeAnswer? {
        switch outcome {
        case .succeeded(let result), .rejected(_, let result): ChargeAnswer(result)
        case .refused, .notDone, .indeterminate: nil
        }
    }

    @Test(
        "The network is the charge's, and else the brand's",
        arguments: [
            (#""network":"visa","brand":"cartes_bancaires""#, CardNetwork.visa), (#""network":"mastercard","brand":"visa""#, .mastercard),
            (#""network":"cartes_bancaires","brand":"visa""#, .visa), (#""network":null,"brand":"amex""#, .amex),
            (#""network":"eftpos_au","brand":"eftpos_au""#, .other),
        ])
    func networks(members: String, network: CardNetwork) throws {
        let charge = #"{"id":"ch_3Mt","object":"charge","payment_method_details":{"card":{\#(members)},"type":"card"}}"#
        let outcome = StripeMeaning.ofPayment(try payment("succeeded", charge: charge))
        #expect(outcome == .succeeded(ChargeAnswer(charge: "pi_3Mt", status: .approved, network: network).json))
    }

    @Test(
        "The code is the network's own where the guard's rules know it, and else what Stripe's word stands for",
        arguments: [
            (#""decline_code":"insufficient_funds","network_decline_code":"51""#, "visa", "51"),
            (#""decline_code":"generic_decline","network_decline_code":"05""#, "mastercard", "05"),
            (#""decline_code":"insufficient_funds","network_decline_code":"116""#, "amex", "51"),
            (#""decline_code":"generic_decline","network_decline_code":"100""#, "amex", "100"),
            (#""decline_code":"lost_card""#, "visa", "41"), (#""decline_code":"revocation_of_authorization""#, "visa", "R1"),
            (#""decline_code":"generic_decline""#, "visa", "generic_decline"), (#""decline_code":null"#, "visa", "card_declined"),
        ])
    func codes(members: String, brand: String, code: String) throws {
        #expect(result(try decline(members, brand: brand))?.code == code)
        #expect(result(try decline(members, brand: brand))?.status == .declined)
    }

    @Test("Every word that is translated has its reason in the domain")
    func reasons() throws {
        for (word, reason) in [
            ("insufficient_funds", DeclineReason.insufficientFunds), ("do_not_honor", .doNotHonour), ("expired_card", .expiredCard),
            ("card_velocity_exceeded", .limitExceeded), ("issuer_not_available", .issuerFault), ("processing_error", .issuerFault),
            ("stolen_card", .deadCard), ("pickup_card", .deadCard), ("invalid_account", .deadCard), ("stop_payment_order", .revoked),
            ("fraudulent", .other),
        ] {
            #expect(result(try decline(#""decline_code":"\#(word)""#))?.reason == reason, "\(word)")
        }
    }

    @Test("Advice passes through, and the gateway's own last word is final") func advice() throws {
        let soft = result(try decline(#""advice_code":"try_again_later","network_advice_code":"24","network_decline_code":"51""#))
        #expect(soft?.advice == "24" && soft?.isFinal == false)
        let hard = result(try decline(#""advice_code":"do_not_try_again","network_advice_code":"03","network_decline_code":"51""#))
        #expect(hard?.advice == "03" && hard?.isFinal == true)
    }

    @Test("Authentication is the payer's, as an error and as a status") func authentication() throws {
        let asked = ChargeAnswer(charge: "pi_3Mt", status: .actionRequired, network: .visa)
        #expect(result(try decline(#""decline_code":"authentication_required""#)) == asked)
        let failed = StripeMeaning.ofPayment(
            try payment("requires_payment_method", error: #"{"code":"authentication_required","type":"card_error"}"#))
        #expect(result(failed)?.status == .actionRequired)
    }

    @Test(
        "No status but a verdict is one",
        arguments: [
            "processing", "requires_action", "requires_confirmation", "requires_capture", "requires_payment_method", "something_new",
        ])
    func undecided(status: String) throws {
        guard case .indeterminate = StripeMeaning.ofPayment(try payment(status)) else {
            Issue.record("\(status) was taken for a verdict")
            return
        }
    }

    @Test("A refusal whose payment went through after all is an approval") func paymentCountsMore() throws {
        let body = try json(
            #"{"error":{"type":"card_error","code":"card_declined","payment_intent":{"id":"pi_3Mt","status":"succeeded"}}}"#)
        #expect(result(StripeMeaning.ofCharge(status: 402, body: body))?.status == .approved)
    }

    @Test("Statuses without a verdict", arguments: [301, 408, 409, 424, 500, 502, 503, 504, 204]) func statuses(status: Int) throws {
        guard case .indeterminate = StripeMeaning.ofCharge(status: status, body: nil) else {
            Issue.record("\(status) was taken for a verdict")
            return
        }
    }

    @Test("Words of Stripe's that are no names stay out of reasons") func words() throws {
        let body = try json(#"{"error":{"type":"invalid_request_error","code":"No such card: 4242","param":"metadata[key]"}}"#)
        #expect(
            StripeMeaning.ofCharge(status: 400, body: body)
                == .refused(reason: "Stripe refuses the request (400 of another form metadata[key])"))
    }
}
