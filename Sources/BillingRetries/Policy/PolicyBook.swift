package import HindsightCore

/// The versions of one policy, in the stream `policy-<name>`.
///
/// A version is never changed, whether an event defines it or it is built in: invoices keep the one that they were given. Going back is
/// going on: the earlier terms become the next version.
package enum PolicyBook: Decider {
    package enum Command: Sendable {
        case define(RetryPolicy, at: Timestamp)
        /// Lets the terms of an earlier version hold again.
        case restore(RetryPolicy, reason: String, at: Timestamp)
    }
    package typealias Event = PolicyEvent
    package struct State: Sendable {
        /// Those that stand in the log, oldest first.
        package fileprivate(set) var versions: [RetryPolicy] = []

        /// All versions, oldest first: those that need no event go before the log's, unless the log defines their numbers itself.
        package func known(as name: String) -> [RetryPolicy] {
            RetryPolicy.builtIn.filter { policy in policy.name == name && !versions.contains { $0.version == policy.version } } + versions
        }

        /// The same names and versions, all with the terms of one policy: for the question of what that one would have decided.
        package func replaced(by policy: RetryPolicy, as name: String) -> State {
            var state = self
            state.versions = known(as: name).map { policy.numbered($0.version, of: name) }
            return state
        }
    }
    package enum Rejection: Error, Equatable, CustomStringConvertible {
        /// A version is never changed: define the next one.
        case versionExists(Int)
        case versionSkipped(next: Int)
        case badWindow(days: Int)
        case neverInForce(version: Int)
        case inForceAlready(version: Int)
        case needsReason

        package var description: String {
            switch self {
            case .versionExists(let version): "version: \(version) is defined already, with other content"
            case .versionSkipped(let next): "version: the next one is \(next)"
            case .badWindow(let days): "windowDays: \(days) is not 1 to \(RetryPolicy.longestWindowDays)"
            case .neverInForce(let version): "version \(version) was never in force with this content: there is nothing to restore"
            case .inForceAlready(let version):
                "to: what was in force then is in force now, as version \(version): there is nothing to restore"
            case .needsReason: "reason: is missing: say why the earlier version is restored"
            }
        }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch command {
        case .define(let policy, let now):
            guard !state.versions.contains(policy) else { return [] }
            guard (1...RetryPolicy.longestWindowDays).contains(policy.windowDays) else { throw .badWindow(days: policy.windowDays) }
            let known = state.known(as: policy.name)
            // A built-in version may be written down, as long as it is the one in force.
            if known.contains(policy) { return state.versions.isEmpty ? [.defined(PolicyDefined(policy: policy, at: now))] : [] }
            let next = (known.last?.version ?? 0) + 1
            guard policy.version >= next else { throw .versionExists(policy.version) }
            guard policy.version == next else { throw .versionSkipped(next: next) }
            return [.defined(PolicyDefined(policy: policy, at: now))]
        case .restore(let earlier, let reason, let now):
            let known = state.known(as: earlier.name)
            guard known.contains(earlier) || RetryPolicy.builtIn.contains(earlier), let current = known.last else {
                throw .neverInForce(version: earlier.version)
            }
            guard earlier.numbered(current.version) != current else { throw .inForceAlready(version: current.version) }
            guard reason.contains(where: { !$0.isWhitespace }) else { throw .needsReason }
            return [
                .restored(
                    PolicyRestored(
                        policy: earlier.numbered(current.version + 1), restores: earlier.version, reason: reason, at: now))
            ]
        }
    }

    package static func evolve(_ state: inout State, with event: Event) { state.versions.append(event.policy) }
}

/// A policy that an invoice was given, and that nobody has defined.
package struct UnknownPolicy: Error, CustomStringConvertible {
    package let name: String
    package let version: Int?

    package var description: String { "policy \(name)\(version.map { " version \($0)" } ?? "") is not defined" }
}

extension DecisionBatch {
    /// The policy as the log defines it, else as it is built in.
    ///
    /// - Parameter version: The newest for `nil`.
    func policy(_ name: String, version: Int?) async throws -> RetryPolicy {
        let book = try await state(of: PolicyBook.self, on: BillingRetries.policy(name))
        guard let policy = book.known(as: name).last(where: { version == nil || $0.version == version }) else {
            throw UnknownPolicy(name: name, version: version)
        }
        return policy
    }
}
