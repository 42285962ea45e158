/// What can go wrong with a charge, the first time its key is seen and never again.
package enum Fault: String, Codable, Sendable, CaseIterable {
    /// The gateway acts, and the connection is cut instead of the answer.
    case cutAfter
    /// The connection is cut before anything is done.
    case cutBefore
    /// The gateway acts, and answers 500.
    case errorAfter
    /// 500, and nothing is done.
    case errorBefore
    /// The gateway acts at once and answers late; meanwhile the key is under way.
    case late
    /// 429 with `Retry-After`, and nothing is done.
    case tooMany
    /// 503 with `Retry-After`, and nothing is done.
    case unavailable
}

/// Which charges suffer a fault.
package struct Faults: Sendable {
    private let draw: SeededDraw
    private let permille: [Fault: Int]

    /// - Parameter permille: How many of 1,000 keys suffer each; 1,000 together at most.
    package init(seed: UInt64, permille: [Fault: Int]) {
        draw = SeededDraw(seed: seed)
        self.permille = permille
    }

    /// One draw decides all kinds, so a key suffers one of them at most.
    package func fault(for key: String) -> Fault? {
        var rest = draw.permille("lost answer", key)
        return Fault.allCases.first { fault in
            rest -= permille[fault, default: 0]
            return rest < 0
        }
    }
}
