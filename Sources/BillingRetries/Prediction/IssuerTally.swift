/// What a charge says of the issuer's mood, apart from money and from the card.
enum IssuerSign {
    /// `nil` where money or the card decided, so that the issuer's mood was not seen.
    static func isApproved(_ charge: ChargeObservation) -> Bool? {
        guard FundsSign(code: charge.code) != .short, !DeclineReason(code: charge.code).needsPayer else { return nil }
        return charge.code == ChargeObservation.approval
    }
}

/// How often a payer was refused without a reason, among the answers that money and the card had no part in.
struct IssuerTally: Sendable {
    private(set) var answers = 0
    private(set) var refusals = 0

    init() {}

    init(_ charges: some Sequence<ChargeObservation>) { for charge in charges { add(charge) } }

    mutating func add(_ charge: ChargeObservation) {
        guard IssuerSign.isApproved(charge) != nil else { return }
        answers += 1
        if DeclineReason(code: charge.code) == .doNotHonour { refusals += 1 }
    }

    /// As if three more answers of the usual kind had been seen.
    var refusalRate: Float { (Float(refusals) + 0.15) / (Float(answers) + 3) }
}
