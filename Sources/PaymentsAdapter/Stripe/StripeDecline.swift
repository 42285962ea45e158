import BillingRetries

/// Which of the networks' response codes a decline of Stripe's stands for.
enum StripeDecline {
    /// Codes after which no waiting helps, and the payer confirms the payment in person.
    static let needsPayer: Set<String> = ["authentication_required", "payment_intent_authentication_failure"]

    /// - Parameters:
    ///   - raw: `network_decline_code`, as the issuer sent it; Stripe has it for declines of the networks' alone.
    ///   - words: Stripe's own, `decline_code` before `code`.
    /// - Returns: The raw code of the networks whose codes the guard's rules are written in. Of others, which number their reasons
    ///   differently, and where there is none: the code with the meaning of Stripe's word, else the raw code, else the word.
    static func code(network: CardNetwork, raw: String?, words: [String]) -> String? {
        let raw = raw.flatMap { $0.isEmpty ? nil : $0 }
        let translated = words.lazy.compactMap { codes[$0] }.first
        switch network {
        case .visa, .mastercard: return raw ?? translated ?? words.first
        case .amex, .discover, .diners, .jcb, .unionpay, .other: return translated ?? raw ?? words.first
        }
    }

    // Stripe's words and what they say: docs.stripe.com/declines/codes (read 2026-11-28). The codes with that meaning are those of ISO 8583
    // field 39 that the billing domain knows. A word for an unknown reason (generic_decline, call_issuer, fraudulent…) has none.
    private static let codes: [String: String] = [
        "insufficient_funds": "51", "do_not_honor": "05", "expired_card": "54",
        "card_velocity_exceeded": "61", "withdrawal_count_limit_exceeded": "65",
        "issuer_not_available": "91", "processing_error": "96", "reenter_transaction": "19",
        "lost_card": "41", "stolen_card": "43", "pickup_card": "04",
        "invalid_number": "14", "incorrect_number": "14", "invalid_account": "14", "transaction_not_allowed": "57",
        "stop_payment_order": "R0", "revocation_of_authorization": "R1", "revocation_of_all_authorizations": "R3",
    ]
}
