package import HindsightCore

/// The versions of one policy, in the stream `policy-<name>`.
package enum PolicyBook: Decider {
    package enum Command: Sendable { case define(RetryPolicy, at: Timestamp) }
    package typealias Event = PolicyEvent
    package struct State: Sendable { package fileprivate(set) var versions: [RetryPolicy] = [] }
    package enum Rejection: Error, Equatable, CustomStringConvertible {
        /// A version is never changed: define the next one.
        case versionExists(Int)
        case versionSkipped(next: Int)
        case badWindow(days: Int)

        package var description: String {
            switch self {
            case .versionExists(let version): "version: \(version) is defined already, with other content"
            case .versionSkipped(let next): "version: the next one is \(next)"
            case .badWindow(let days): "windowDays: \(days) is not 1 to 60"
            }
        }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch command {
        case .define(let policy, let now):
            guard !state.versions.contains(policy) else { return [] }
            guard (1...60).contains(policy.windowDays) else { throw .badWindow(days: policy.windowDays) }
            let next = (state.versions.last?.version ?? 0) + 1
            guard policy.version >= next else { throw .versionExists(policy.version) }
            guard policy.version == next else { throw .versionSkipped(next: next) }
            return [.defined(PolicyDefined(policy: policy, at: now))]
        }
    }

    package static func evolve(_ state: inout State, with event: Event) {
        switch event {
        case .defined(let defined): state.versions.append(defined.policy)
        }
    }
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
        let known = book.versions.isEmpty ? RetryPolicy.builtIn.filter { $0.name == name } : book.versions
        guard let policy = known.last(where: { version == nil || $0.version == version }) else {
            throw UnknownPolicy(name: name, version: version)
        }
        return policy
    }
}
