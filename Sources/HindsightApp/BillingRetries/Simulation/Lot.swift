/// Draws by lot that follow from the seed and from what is drawn for: the same whenever, and in whatever order, they are asked for.
struct Lot: Sendable {
    /// What is drawn for, so that no two draws share their chance. The order is part of what a seed means.
    enum Matter: UInt64 {
        case place, plan, customerType, period, dueDay, dueHour, dueMinute, income, payDay, weekendShift, thrift, purse
        case spending, windfall, bill, irregularPay
        case issuer, network, funding, expiry, silentRenewal, renewalDelay, death, deathCode, authentication
        case reply, replyDelay, refusal, mood, fault, outage, outageStart, limit, advice, habit
    }

    private let seed: UInt64

    init(seed: Int64) { self.seed = Self.mixed(UInt64(bitPattern: seed) &+ 0x9e37_79b9_7f4a_7c15) }

    func number(_ matter: Matter, _ first: Int, _ second: Int = 0, _ third: Int = 0) -> UInt64 {
        var state = Self.mixed(seed ^ (matter.rawValue &* 0xd1b5_4a32_d192_ed03))
        for value in [first, second, third] { state = Self.mixed(state &+ UInt64(bitPattern: Int64(value)) &* 0x9e37_79b9_7f4a_7c15) }
        return state
    }

    /// From 0 up to, but never, 1.
    func share(_ matter: Matter, _ first: Int, _ second: Int = 0, _ third: Int = 0) -> Double {
        Double(number(matter, first, second, third) >> 11) / Double(UInt64(1) << 53)
    }

    func whole(below limit: Int, _ matter: Matter, _ first: Int, _ second: Int = 0, _ third: Int = 0) -> Int {
        Int(number(matter, first, second, third) % UInt64(limit))
    }

    /// The place of one of the weights, each as likely as it is heavy.
    func pick(_ weights: [Int], _ matter: Matter, _ first: Int, _ second: Int = 0, _ third: Int = 0) -> Int {
        var rest = whole(below: weights.reduce(0, +), matter, first, second, third)
        for (index, weight) in weights.enumerated() {
            if rest < weight { return index }
            rest -= weight
        }
        return weights.count - 1
    }

    /// The finalizer of SplitMix64.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var number = number
        number = (number ^ (number >> 30)) &* 0xbf58_476d_1ce4_e5b9
        number = (number ^ (number >> 27)) &* 0x94d0_49bb_1331_11eb
        return number ^ (number >> 31)
    }
}
