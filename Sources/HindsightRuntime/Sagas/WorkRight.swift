public import HindsightCore

/// Which instances of sagas a runner may work on.
public enum WorkRight: Sendable {
    /// All: nobody else works on this log.
    case alone
    /// All, while the lease of this fence has not passed on.
    case under(Fence)
    /// Those that fall to this process among all that share the work.
    case shared(SharedWork)

    /// What an append for the instance has to carry.
    enum Answer {
        case no
        case yes(Fence?)

        var isYes: Bool { if case .yes = self { true } else { false } }
    }

    func answer(for saga: String, _ instance: String) -> Answer {
        switch self {
        case .alone: .yes(nil)
        case .under(let fence): .yes(fence)
        case .shared(let work): work.fence(for: saga, instance).map { .yes($0) } ?? .no
        }
    }

    /// The part of the limits of a peer that this process may use.
    var portion: Double {
        switch self {
        case .alone, .under: 1
        case .shared(let work): work.portion
        }
    }
}
