/// How well two values agree, from worst to best.
package enum Level: String, Sendable, Codable, CaseIterable, Comparable {
    case different, missing, similar, variant, exact

    /// From 0, the worst.
    var rank: Int {
        switch self {
        case .different: 0
        case .missing: 1
        case .similar: 2
        case .variant: 3
        case .exact: 4
        }
    }

    init(rank: Int) { self = Level.allCases[rank] }

    package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
}
