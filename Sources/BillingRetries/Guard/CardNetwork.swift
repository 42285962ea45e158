/// The card schemes that gateways name; rules of their own are known of the first two, the house's limits bind them all, and `other`, which
/// may be any of them, is bound by everyone's (``NetworkRules/bindsUnnamedSince``).
package enum CardNetwork: String, Codable, Sendable, Hashable, CaseIterable {
    case visa, mastercard, amex, discover, diners, jcb, unionpay, other
}

/// Why a charge failed, in the words that decide what to do about it.
package enum DeclineReason: String, Codable, Sendable, Hashable, CaseIterable {
    case insufficientFunds = "insufficient-funds"
    case doNotHonour = "do-not-honour"
    case issuerFault = "issuer-fault"
    case limitExceeded = "limit-exceeded"
    case expiredCard = "expired-card"
    /// Lost, stolen, closed, or no such card: the issuer will never approve it.
    case deadCard = "dead-card"
    case revoked
    case authenticationRequired = "authentication-required"
    case other

    /// Whether no waiting helps and the payer has to act.
    package var needsPayer: Bool {
        switch self {
        case .expiredCard, .deadCard, .revoked, .authenticationRequired: true
        case .insufficientFunds, .doNotHonour, .issuerFault, .limitExceeded, .other: false
        }
    }

    /// The class of an ISO 8583 response code (field 39) as the networks use it; `nil` stands for a gateway that gave none.
    package init(code: String?) {
        self = code.flatMap { Self.classes[$0] } ?? .other
    }

    /// Whether the code has a class of its own.
    package static func isKnown(_ code: String) -> Bool { classes[code] != nil }

    // Codes as acquirers publish them (developers.tabapay.com/docs/excessive-retry-rules, read 2026-11-21). Visa asks for authentication
    // by 1A, Mastercard by 65 in Europe only, where gateways report that the payer must act instead of a decline.
    private static let classes: [String: DeclineReason] = [
        "51": .insufficientFunds, "05": .doNotHonour, "54": .expiredCard, "61": .limitExceeded, "65": .limitExceeded,
        "91": .issuerFault, "96": .issuerFault, "19": .issuerFault, "92": .issuerFault, "1A": .authenticationRequired,
        "04": .deadCard, "07": .deadCard, "12": .deadCard, "14": .deadCard, "15": .deadCard, "41": .deadCard, "43": .deadCard,
        "46": .deadCard, "57": .deadCard, "R0": .revoked, "R1": .revoked, "R3": .revoked,
    ]
}
