package import HindsightCore

/// A payer's charges, as a model learns from them.
package struct PayerHistory: Sendable, Hashable {
    package let customer: String
    package let payer: PayerTraits
    /// Oldest first.
    package let charges: [PastCharge]

    package init(customer: String, payer: PayerTraits, charges: [PastCharge]) {
        self.customer = customer
        self.payer = payer
        self.charges = charges
    }

    /// Each charge with what was known before it, oldest first.
    var moments: [ChargeMoment] {
        var attempts: [String: [ChargeObservation]] = [:]
        return charges.enumerated().map { index, charge in
            defer { attempts[charge.invoice, default: []].append(charge.observation) }
            return ChargeMoment(charge: charge, earlier: index, attempts: attempts[charge.invoice] ?? [])
        }
    }
}

package struct PastCharge: Sendable, Hashable {
    package let invoice: String
    /// When the invoice was due.
    package let dueAt: Timestamp
    package let observation: ChargeObservation
    /// The payer had just given another card, so that this hour was nobody's choice.
    package let followsMethodChange: Bool

    package init(invoice: String, dueAt: Timestamp, observation: ChargeObservation, followsMethodChange: Bool) {
        self.invoice = invoice
        self.dueAt = dueAt
        self.observation = observation
        self.followsMethodChange = followsMethodChange
    }
}

/// A charge of the past at the moment before it was sent.
struct ChargeMoment {
    let charge: PastCharge
    /// So many of the payer's charges came before.
    let earlier: Int
    /// Those of the same invoice.
    let attempts: [ChargeObservation]
}
