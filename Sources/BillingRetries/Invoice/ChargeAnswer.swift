package import HindsightCore

/// What a gateway says of a charge, in the domain's words: what an adapter hands to the saga.
package struct ChargeAnswer: Sendable, Hashable {
    package enum Status: String, Sendable { case approved, declined, actionRequired = "action-required" }

    /// The gateway's name for the charge.
    package let charge: String
    package let status: Status
    package let network: CardNetwork
    package let code: String?
    package let advice: String?
    /// The gateway itself says: never again with this method.
    package let isFinal: Bool
    package let notBefore: Timestamp?

    package init(
        charge: String, status: Status, network: CardNetwork, code: String? = nil, advice: String? = nil, isFinal: Bool = false,
        notBefore: Timestamp? = nil
    ) {
        self.charge = charge
        self.status = status
        self.network = network
        self.code = code
        self.advice = advice
        self.isFinal = isFinal
        self.notBefore = notBefore
    }

    package var reason: DeclineReason { status == .actionRequired ? .authenticationRequired : DeclineReason(code: code) }

    /// As it stands in the engine's event.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "charge": .string(charge), "status": .string(status.rawValue), "network": .string(network.rawValue),
        ]
        if let code { members["code"] = .string(code) }
        if let advice { members["advice"] = .string(advice) }
        if isFinal { members["final"] = true }
        if let notBefore { members["notBefore"] = .string(notBefore.description) }
        return .object(members)
    }

    /// `nil` if it isn't what `json` writes.
    package init?(_ json: JSONValue) {
        guard let charge = json["charge"]?.stringValue, let status = json["status"]?.stringValue.flatMap(Status.init),
            let network = json["network"]?.stringValue.flatMap(CardNetwork.init)
        else { return nil }
        self.init(
            charge: charge, status: status, network: network, code: json["code"]?.stringValue, advice: json["advice"]?.stringValue,
            isFinal: json["final"]?.boolValue ?? false, notBefore: json["notBefore"]?.stringValue.flatMap { Timestamp($0) })
    }
}
