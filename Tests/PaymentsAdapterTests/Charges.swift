import HindsightCore
import PaymentsAdapter

/// A secret key in the environment, as Stripe's are.
func stripeKey(_ key: String = "sk_test_peer") throws -> GatewayCredentials {
    try GatewayCredentials(variable: "STRIPE_SECRET_KEY", in: ["STRIPE_SECRET_KEY": key])
}

func chargeIntent(
    _ key: String, method: String = "pm_ok", customer: String = "cus_1", invoice: String = "in-1", attempt: Int64 = 1,
    amountMinor: Int64 = 1_099, currency: String = "EUR"
) -> EffectIntent {
    let now = Timestamp(microsecondsSince1970: 1_780_000_000_000_000)
    return EffectIntent(
        saga: "collect", instance: invoice, kind: "charge", key: key, attempt: 1,
        request: [
            "invoice": .string(invoice), "attempt": .integer(attempt), "customer": .string(customer), "paymentMethod": .string(method),
            "amountMinor": .integer(amountMinor), "currency": .string(currency), "at": .string(now.description),
        ], deadline: now)
}
