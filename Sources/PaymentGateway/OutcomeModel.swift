import FoundationEssentials

/// Decides what becomes of a charge, from the seed and the request alone.
///
/// About `failurePermille` of all invoices have a trouble with their payment method; the reason is drawn per invoice and method and stays,
/// so that the first attempt fails for it and later ones fail for it too until it heals, attempt by attempt. A charge with another method
/// draws anew: a payer's new card must therefore come under a new `paymentMethod`, as a PSP's token would.
package struct OutcomeModel: Sendable {
    private let draw: SeededDraw
    private let failurePermille: Int
    private let pendingPermille: Int

    package init(seed: UInt64, failurePermille: Int, pendingPermille: Int) {
        draw = SeededDraw(seed: seed)
        self.failurePermille = failurePermille
        self.pendingPermille = pendingPermille
    }

    package func verdict(for order: ChargeOrder) -> Verdict {
        let network: Network = draw.permille("network", order.paymentMethod) < 600 ? .visa : .mastercard
        guard let reason = trouble(of: order), !isHealed(reason, at: order) else {
            let settlesLater = draw.permille("pending", order.key) < pendingPermille
            return Verdict(outcome: .approved, network: network, settlesLater: settlesLater ? true : nil)
        }
        let advice = network == .mastercard ? advice(for: reason, to: order) : nil
        return Verdict(
            outcome: reason.needsPayer ? .actionRequired : .declined, network: network, code: reason.code, advice: advice,
            hard: reason.isHard,
            notBefore: advice.flatMap { DeclineReason.hoursOfAdvice[$0] }
                .map { Timestamps.text(order.requestedAt.addingTimeInterval(Double($0) * 3600)) })
    }

    /// The charge's identifier: the same for the same key and seed.
    ///
    /// - Parameter act: 1, and more if the key was forgotten and acted on again.
    func identifier(for key: String, act: Int) -> String {
        "ch_" + draw.digest("identifier", act == 1 ? [key] : [key, String(act)]).prefix(12).hexadecimal
    }

    private func trouble(of order: ChargeOrder) -> DeclineReason? {
        guard draw.permille("trouble", order.invoice, order.paymentMethod) < failurePermille else { return nil }
        var rest = draw.permille("reason", order.invoice, order.paymentMethod)
        return DeclineReason.all.first { reason in
            rest -= reason.weight
            return rest < 0
        }
    }

    private func isHealed(_ reason: DeclineReason, at order: ChargeOrder) -> Bool {
        guard order.attempt > 1 else { return false }
        let chance =
            switch reason.healing {
            case .never: 0
            case .steady(let permille): permille
            case .withMoney(let ordinary, let perAttempt, let onPayDay):
                DeclineReason.payDays.contains(Timestamps.dayOfMonth(order.requestedAt))
                    ? onPayDay : ordinary + perAttempt * min(order.attempt - 1, 10)
            }
        return draw.permille("outcome", order.key, String(order.attempt)) < chance
    }

    /// Every second issuer sends specific advice; the others say only what kind of decline it is.
    private func advice(for reason: DeclineReason, to order: ChargeOrder) -> String? {
        guard draw.permille("issuer speaks", order.paymentMethod) < 500 else { return reason.advice.first }
        return reason.advice[draw.permille("advice", order.key, String(order.attempt)) % reason.advice.count]
    }
}
