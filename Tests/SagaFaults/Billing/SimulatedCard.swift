import BillingRetries
import HindsightCore
import HindsightTesting

/// What the issuer of a card answers: its habits follow from the seed and the card's name.
struct SimulatedCard: Sendable {
    enum Habit: CaseIterable, Sendable {
        case good, poor, dead, revoked, adviceNever, expired, fickle, patientAdvice, authenticate, final, notBefore, never, outage
    }

    let method: String
    let network: CardNetwork
    let habit: Habit
    /// From here on there is money, or the issuer is there again.
    private let healsAfter: Duration
    private let seed: UInt64

    init(_ method: String, seed: UInt64) {
        self.method = method
        self.seed = seed
        var chance = SeededGenerator(seed ^ Digest64.of(method))
        // Half of the cards are slow or closed for those that come with them; the others are ordinary ones.
        habit = Habit.allCases.randomElement(using: &chance) ?? .good
        switch habit {
        case .dead, .revoked: network = .visa
        case .adviceNever, .patientAdvice: network = .mastercard
        default: network = [CardNetwork.visa, .mastercard, .amex].randomElement(using: &chance) ?? .visa
        }
        healsAfter = .hours(Int.random(in: 24...40 * 24, using: &chance))
    }

    /// The answer to a charge that the gateway asks for now.
    ///
    /// - Parameter name: The gateway's for the charge.
    func answer(to key: String, named name: String, after elapsed: Duration) -> ChargeAnswer {
        var chance = SeededGenerator(seed ^ Digest64.of("\(method) \(key)"))
        func declined(_ code: String, advice: String? = nil, isFinal: Bool = false, notBefore: Timestamp? = nil) -> ChargeAnswer {
            ChargeAnswer(
                charge: name, status: .declined, network: network, code: code, advice: advice, isFinal: isFinal, notBefore: notBefore)
        }
        let approved = ChargeAnswer(charge: name, status: .approved, network: network)
        let advices = ["24", "25", "26", "27", "28", "29", "30"]
        switch habit {
        case .good: return approved
        case .poor: return elapsed > healsAfter ? approved : declined("51", advice: network == .mastercard ? advices[3] : nil)
        case .outage: return elapsed > healsAfter ? approved : declined("91")
        case .dead: return declined(["41", "14", "07", "43"].randomElement(using: &chance) ?? "41")
        case .revoked: return declined("R1")
        case .adviceNever: return Bool.random(using: &chance) ? declined("05", advice: "03") : declined("51", advice: "21")
        case .expired: return declined("54")
        case .patientAdvice:
            if Int.random(in: 0..<5, using: &chance) == 0 { return approved }
            return declined("51", advice: advices.randomElement(using: &chance))
        case .authenticate: return ChargeAnswer(charge: name, status: .actionRequired, network: network, code: "1A")
        case .final: return declined("05", isFinal: Int.random(in: 0..<3, using: &chance) == 0)
        case .notBefore:
            if Int.random(in: 0..<4, using: &chance) == 0 { return approved }
            let wait = Duration.hours(Int.random(in: 1...100, using: &chance))
            return declined("61", notBefore: BillingPlan.start.advanced(by: elapsed + wait))
        case .never: return declined("51")
        case .fickle:
            if Int.random(in: 0..<3, using: &chance) == 0 { return approved }
            return declined(["05", "51", "65", "91", "96", "ZZ"].randomElement(using: &chance) ?? "05")
        }
    }
}
