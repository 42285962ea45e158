package import HindsightCore

/// The request that makes and confirms a payment, in the form encoding that Stripe takes.
package struct StripeForm: Sendable, Equatable {
    package let fields: [(name: String, value: String)]

    /// Why a charge can't be asked of Stripe: waiting would not help.
    package enum Fault: Error, Equatable, CustomStringConvertible {
        case lacks(String)
        case badKey
        case amount(StripeAmount.Fault)

        package var description: String {
            switch self {
            case .lacks(let member): "the charge lacks \(member), or it can't be read"
            case .badKey: "Stripe's idempotency keys are 1 to 255 visible ASCII characters"
            case .amount(let fault): fault.description
            }
        }
    }

    /// `off_session` with `confirm`: the payer isn't there, so a card that wants authentication fails instead of waiting for it. Cards
    /// only, because other methods may send the payer to a page of their own (docs.stripe.com/api/payment_intents/create, read 2026-11-28).
    package init(charge intent: EffectIntent) throws(Fault) {
        guard (1...255).contains(intent.key.utf8.count), intent.key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw .badKey }
        let request = intent.request
        func text(_ member: String) throws(Fault) -> String {
            guard let text = request[member]?.stringValue, !text.isEmpty else { throw .lacks(member) }
            return text
        }
        guard let attempt = request["attempt"]?.integerValue else { throw .lacks("attempt") }
        guard let minor = request["amountMinor"]?.integerValue else { throw .lacks("amountMinor") }
        let code = try text("currency")
        let amount: StripeAmount
        do {
            amount = try StripeAmount(minorUnits: minor, currency: code)
        } catch {
            throw .amount(error)
        }
        fields = [
            ("amount", String(amount.value)), ("currency", code.lowercased()), ("customer", try text("customer")),
            ("payment_method", try text("paymentMethod")), ("payment_method_types[]", "card"), ("confirm", "true"),
            ("off_session", "true"), ("metadata[\(StripeMetadata.invoice)]", try text("invoice")),
            ("metadata[\(StripeMetadata.attempt)]", String(attempt)), ("metadata[\(StripeMetadata.key)]", intent.key),
            ("expand[]", "latest_charge"),
        ]
    }

    /// The same bytes whenever the same intent is sent again.
    package var encoded: String {
        fields.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
    }

    package static func == (left: StripeForm, right: StripeForm) -> Bool { left.encoded == right.encoded }
}
