import BillingRetries
package import HindsightCore

/// What Stripe's answers mean.
///
/// | Answer | Meaning |
/// |---|---|
/// | a payment that `succeeded` | approved |
/// | 402 with a card's error; a payment that is back at `requires_payment_method` with an error | declined, or the payer has to act |
/// | `requires_action` | nobody knows, until it is cancelled: see ``StripeGateway`` |
/// | `canceled` because it was `abandoned` | the payer has to act, and not by this payment |
/// | `canceled` otherwise | somebody has ended it at Stripe: a person has to look at it |
/// | `processing`, and any other status | nobody knows yet |
/// | 400, 404 | nothing was done: the request itself is wrong, and a person has to look at it |
/// | 401, 403 | nothing was done: the operator has to set the key right |
/// | 429 | nothing was done, and it may be sent again, not before `Retry-After` |
/// | 409 | the key is under way there, or the object is: nobody knows |
/// | 5xx, 424, anything else | nobody knows |
///
/// 401 and 429 are answered before Stripe looks at the key, so neither is stored for it; a 500 is (docs.stripe.com/error-low-level,
/// docs.stripe.com/api/errors and docs.stripe.com/api/idempotent_requests, read 2026-11-28). No reason holds a word of Stripe's own but the names
/// of codes and parameters.
package enum StripeMeaning {
    static func ofCharge(_ answer: GatewayAnswer) -> EffectOutcome {
        ofCharge(status: answer.status, retryAfter: answer.retryAfter, body: answer.body)
    }

    package static func ofCharge(status: Int, retryAfter: Duration? = nil, body: JSONValue?) -> EffectOutcome {
        let error = body?["error"]
        switch status {
        case 200:
            guard let body else { return .indeterminate(reason: "Stripe's answer can't be read") }
            return ofPayment(body)
        case 400 where error?["type"] == "idempotency_error":
            return .refused(
                reason: "Stripe knows this key with other parameters: an earlier request of the attempt was another one, look it up there")
        case 400, 404: return .refused(reason: "Stripe refuses the request (\(status)\(particulars(of: error)))")
        case 401, 403:
            return .notDone(reason: "Stripe refuses the secret key (\(status)): \(operatorsError(status) ?? "")", retryAfter: retryAfter)
        case 402: return ofRefusedPayment(error)
        case 409: return .indeterminate(reason: "Stripe has a request with this key under way (409\(particulars(of: error)))")
        case 429: return .notDone(reason: "Stripe has too many requests (429\(particulars(of: error)))", retryAfter: retryAfter)
        default: return .indeterminate(reason: "Stripe answered with status \(status)")
        }
    }

    package static func ofPayment(_ payment: JSONValue) -> EffectOutcome {
        guard let id = payment["id"]?.stringValue, let status = payment["status"]?.stringValue else {
            return .indeterminate(reason: "Stripe's answer lacks the payment's id or status")
        }
        switch status {
        case "succeeded":
            return .succeeded(ChargeAnswer(charge: id, status: .approved, network: network(of: payment, nil)).json)
        case "processing": return .indeterminate(reason: "Stripe has not decided yet")
        case "requires_action": return .indeterminate(reason: "Stripe's payment still waits for the payer")
        case "requires_payment_method":
            guard let error = payment["last_payment_error"], error.objectValue != nil else {
                return .indeterminate(reason: "Stripe has the payment, and has not tried it")
            }
            return decline(error, of: payment, named: id)
        case "canceled" where payment["cancellation_reason"]?.stringValue == abandoned: return ofAbandoned(payment)
        case "canceled": return .refused(reason: "the payment was canceled at Stripe")
        default: return .indeterminate(reason: "Stripe's payment is in status \(word(status))")
        }
    }

    /// Why the gateway cancels a payment that waits for the payer.
    static let abandoned = "abandoned"

    /// Of a payment that waited for its payer, and was cancelled.
    static func ofAbandoned(_ payment: JSONValue) -> EffectOutcome {
        guard let id = payment["id"]?.stringValue else { return .indeterminate(reason: "Stripe's answer lacks the payment's id") }
        let answer = ChargeAnswer(charge: id, status: .actionRequired, network: network(of: payment, nil))
        return .rejected(reason: "the payer has to authenticate", result: answer.json)
    }

    /// The payment that would go through as soon as its payer acts; `nil` if it is none.
    static func waitingForPayer(_ payment: JSONValue?) -> String? {
        payment?["status"] == "requires_action" ? payment?["id"]?.stringValue : nil
    }

    static func ofLookUp(_ payment: JSONValue) -> LookUp {
        let outcome = ofPayment(payment)
        if case .indeterminate(let reason) = outcome { return .unknown(reason: reason) }
        return .settled(outcome)
    }

    /// What an operator has to do before anything goes on.
    static func operatorsError(_ status: Int) -> String? {
        switch status {
        case 401: "put a valid one into billing.gateway.credentials, and start the server again"
        case 403: "give it the right to write and read PaymentIntents and to read charges"
        default: nil
        }
    }

    // MARK: - Declines

    /// The error of a 402 holds the payment as it is now, which counts for more than the error's own words.
    private static func ofRefusedPayment(_ error: JSONValue?) -> EffectOutcome {
        guard let error else { return .indeterminate(reason: "Stripe's answer can't be read") }
        let payment = error["payment_intent"] ?? [:]
        switch payment["status"]?.stringValue {
        case "succeeded", "processing", "requires_capture": return ofPayment(payment)
        default: break
        }
        guard let id = payment["id"]?.stringValue ?? error["charge"]?.stringValue else {
            return .indeterminate(reason: "Stripe refused the payment without naming it (402\(particulars(of: error)))")
        }
        return decline(error, of: payment, named: id)
    }

    private static func decline(_ error: JSONValue, of payment: JSONValue, named id: String) -> EffectOutcome {
        let network = network(of: payment, error["payment_method"])
        let words = [error["decline_code"], error["code"]].compactMap { $0?.stringValue }
        if words.contains(where: StripeDecline.needsPayer.contains) {
            let answer = ChargeAnswer(charge: id, status: .actionRequired, network: network)
            return .rejected(reason: "the payer has to authenticate", result: answer.json)
        }
        let code = StripeDecline.code(network: network, raw: error["network_decline_code"]?.stringValue, words: words)
        let answer = ChargeAnswer(
            charge: id, status: .declined, network: network, code: code, advice: error["network_advice_code"]?.stringValue,
            isFinal: error["advice_code"] == "do_not_try_again")
        return .rejected(reason: "declined with code \(code.map(word) ?? "none")", result: answer.json)
    }

    /// The network that the charge went over; where Stripe shows no charge, the card's brand, which on cards of two networks may differ.
    private static func network(of payment: JSONValue, _ method: JSONValue?) -> CardNetwork {
        let details = payment["latest_charge"]?["payment_method_details"]?["card"]
        let methods = [method, payment["last_payment_error"]?["payment_method"], payment["payment_method"]]
        let names = [details?["network"], details?["brand"]] + methods.map { $0?["card"]?["brand"] }
        return names.compactMap { $0?.stringValue }.compactMap(CardNetwork.init).first ?? .other
    }

    // MARK: - Words

    private static func particulars(of error: JSONValue?) -> String {
        ["code", "param"].compactMap { error?[$0]?.stringValue }.map { " \(word($0))" }.joined()
    }

    /// Names of codes and parameters as they are; anything else is somebody's text and stays out of the log.
    private static func word(_ text: String) -> String {
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        return isName && (1...64).contains(text.utf8.count) ? text : "of another form"
    }
}
