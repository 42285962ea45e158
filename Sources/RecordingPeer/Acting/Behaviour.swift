import ArgumentParser

/// What a caller may rely on at this peer.
struct Behaviour: Sendable {
    var keys = KeyPolicy.honour
    var replaysFailures = false
    var queryable = true

    /// What is set anew; the rest stays.
    struct Change: Codable, Sendable {
        var keys: KeyPolicy?
        var replaysFailures: Bool?
        var queryable: Bool?
    }

    mutating func apply(_ change: Change) {
        keys = change.keys ?? keys
        replaysFailures = change.replaysFailures ?? replaysFailures
        queryable = change.queryable ?? queryable
    }
}

/// What a key that came before does; written as its flag is: `honour`, `forget`, `honour-seconds=N`.
enum KeyPolicy: Sendable, Equatable {
    /// It is answered as it was, and not acted on again; another body under it is refused.
    case honour
    /// It is acted on again.
    case forget
    /// Honoured until so long after the key was first settled, forgotten afterwards.
    case honourSeconds(Int)
}

extension KeyPolicy: RawRepresentable, Codable, ExpressibleByArgument {
    init?(rawValue: String) {
        let parts = rawValue.split(separator: "=", omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("honour", 1): self = .honour
        case ("forget", 1): self = .forget
        case ("honour-seconds", 2):
            guard let seconds = Int(parts[1]), seconds > 0 else { return nil }
            self = .honourSeconds(seconds)
        default: return nil
        }
    }

    var rawValue: String {
        switch self {
        case .honour: "honour"
        case .forget: "forget"
        case .honourSeconds(let seconds): "honour-seconds=\(seconds)"
        }
    }
}
