import HindsightCore
import PaymentsAdapter
import Testing

@Suite("Stripe's form of a charge") struct StripeFormTests {
    @Test("The same charge is the same bytes, with the attempt in its metadata") func encodes() throws {
        let intent = chargeIntent("in-1:2", method: "pm_1 &=", invoice: "инв-1", attempt: 2, amountMinor: 500, currency: "JPY")
        let form = try StripeForm(charge: intent)
        #expect(
            form.encoded == """
                amount=500&currency=jpy&customer=cus_1&payment_method=pm_1%20%26%3D&payment_method_types%5B%5D=card&confirm=true\
                &off_session=true&metadata%5Binvoice%5D=%D0%B8%D0%BD%D0%B2-1&metadata%5Battempt%5D=2&metadata%5Bkey%5D=in-1%3A2\
                &expand%5B%5D=latest_charge
                """)
        #expect(try StripeForm(charge: intent) == form)
    }

    @Test("What can't be asked of Stripe is refused with its reason") func refuses() {
        #expect(throws: StripeForm.Fault.badKey) { try StripeForm(charge: chargeIntent("in 1")) }
        #expect(throws: StripeForm.Fault.badKey) { try StripeForm(charge: chargeIntent(String(repeating: "k", count: 256))) }
        #expect(throws: StripeForm.Fault.lacks("customer")) { try StripeForm(charge: chargeIntent("k", customer: "")) }
        #expect(throws: StripeForm.Fault.amount(.unclearUnit("UGX"))) { try StripeForm(charge: chargeIntent("k", currency: "UGX")) }
    }
}
