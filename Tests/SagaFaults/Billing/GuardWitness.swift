import BillingRetries
import HindsightCore

/// The networks' rules as the domain has them, told once more and apart from the guard: what no charge may have broken.
struct GuardWitness {
    private static let visaNever: Set<String> = ["04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"]
    private static let adviceNever: Set<String> = ["03", "21"]
    private static let adviceHours = ["24": 1, "25": 24, "26": 48, "27": 96, "28": 144, "29": 192, "30": 240]

    /// The network of a card, as its issuer knows it.
    let network: (String) -> CardNetwork
    private var tries: [String: [Timestamp]] = [:]
    private var closed: [String: String] = [:]
    /// By invoice and card.
    private var floors: [String: Timestamp] = [:]
    private var wantsPayer: Set<String> = []

    init(network: @escaping (String) -> CardNetwork) { self.network = network }

    /// - Returns: A sentence for each rule that the charge breaks.
    mutating func see(_ charge: ChargeRequested) -> [String] {
        let (card, both) = (charge.method, "\(charge.invoice) \(charge.method)")
        var broken: [String] = []
        if let code = closed[card] { broken.append("\(card) was closed by \(code)") }
        if wantsPayer.contains(both) { broken.append("the issuer has asked for the payer") }
        if let floor = floors[both], charge.at < floor { broken.append("not before \(floor)") }
        let earlier = tries[card] ?? []
        if earlier.count(where: { charge.at < $0.advanced(by: .days(30)) }) >= 15 { broken.append("16 tries of \(card) in 30 days") }
        if network(card) == .mastercard, earlier.count(where: { charge.at < $0.advanced(by: .days(1)) }) >= 10 {
            broken.append("11 tries of \(card) in a day")
        }
        tries[card, default: []].append(charge.at)
        return broken.map { "\(charge.key), requested at \(charge.at), is against the rules: \($0)" }
    }

    mutating func see(_ declined: ChargeDeclined, to charge: ChargeRequested, isFinal: Bool) {
        guard let network = declined.network else { return }
        let both = "\(charge.invoice) \(charge.method)"
        if network == .visa, let code = declined.code, Self.visaNever.contains(code) { closed[charge.method] = "code \(code)" }
        if network == .mastercard, let advice = declined.advice, Self.adviceNever.contains(advice) {
            closed[charge.method] = "advice \(advice)"
        }
        if isFinal { closed[charge.method] = "the gateway's word" }
        if declined.reason == .authenticationRequired { wantsPayer.insert(both) }
        var floor = declined.notBefore
        if network == .mastercard, let hours = declined.advice.flatMap({ Self.adviceHours[$0] }) {
            floor = [floor, declined.at.advanced(by: .hours(hours))].compactMap(\.self).max()
        }
        // A later decline without one lifts it: the issuer has spoken anew.
        floors[both] = floor
    }
}
