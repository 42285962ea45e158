package import HindsightCore

/// A payer's charges, as a model learns from them.
package struct PayerHistory: Sendable, Hashable {
    package let customer: String
    /// What was known of the payer, time after time; each charge names its own by place.
    package let payers: [PayerTraits]
    /// Oldest first.
    package let charges: [PastCharge]

    /// A payer of whom the same was known at all charges.
    package init(customer: String, payer: PayerTraits, charges: [PastCharge]) {
        self.init(customer: customer, payers: [payer], charges: charges)
    }

    /// - Parameter payers: At least as many as charges name.
    package init(customer: String, payers: [PayerTraits], charges: [PastCharge]) {
        precondition(
            !payers.isEmpty && charges.allSatisfy { payers.indices.contains($0.payer) }, "a charge names one of the history's payers")
        self.customer = customer
        self.payers = payers
        self.charges = charges
    }

    /// What is known in the end.
    package var payer: PayerTraits { payers[charges.last?.payer ?? 0] }

    /// What was known when a charge was sent.
    func payer(at charge: PastCharge) -> PayerTraits { payers[charge.payer] }

    /// Each charge with what was known before it, oldest first.
    package var moments: [ChargeMoment] {
        var runs: [String: (method: String?, attempts: [ChargeObservation])] = [:]
        return charges.enumerated().map { index, charge in
            var run = runs[charge.invoice] ?? (charge.method, [])
            if charge.followsMethodChange || charge.method != run.method { run = (charge.method, []) }
            defer { runs[charge.invoice] = (run.method, run.attempts + [charge.observation]) }
            return ChargeMoment(charge: charge, earlier: index, attempts: run.attempts)
        }
    }

    /// What a snapshot would have told a prediction of the payer's other charges, oldest first: those of other invoices, and of this one
    /// those of a method that was replaced.
    package func others(before moment: ChargeMoment) -> [ChargeObservation] {
        charges.prefix(moment.earlier).suffix(Payer.historyLimit).map(\.observation).filter { !moment.attempts.contains($0) }
    }

    /// Of the same charges and the attempts, as a prediction counts them.
    func tally(before moment: ChargeMoment) -> IssuerTally { IssuerTally(others(before: moment) + moment.attempts) }
}

package struct PastCharge: Sendable, Hashable {
    package let invoice: String
    /// When the invoice was due.
    package let dueAt: Timestamp
    package let observation: ChargeObservation
    /// The payer had just given another card, so that this hour was nobody's choice.
    package let followsMethodChange: Bool
    /// What was charged; `nil` where nobody tells, and then only ``followsMethodChange`` tells of another.
    package let method: String?
    /// Which of the history's payers was known then.
    package let payer: Int

    package init(
        invoice: String, dueAt: Timestamp, observation: ChargeObservation, followsMethodChange: Bool, method: String? = nil, payer: Int = 0
    ) {
        self.invoice = invoice
        self.dueAt = dueAt
        self.observation = observation
        self.followsMethodChange = followsMethodChange
        self.method = method
        self.payer = payer
    }
}

/// A charge of the past at the moment before it was sent.
package struct ChargeMoment: Sendable {
    package let charge: PastCharge
    /// So many of the payer's charges came before.
    let earlier: Int
    /// Those of the same invoice by the same method: another card is a new beginning, as in ``OpenInvoice``.
    package let attempts: [ChargeObservation]
}
