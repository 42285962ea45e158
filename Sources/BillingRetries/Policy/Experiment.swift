package import HindsightCore

/// Which policy an invoice is given when its recovery begins: a bucket by hash of salt and customer, so that a customer keeps an arm.
package struct Experiment: Sendable, Hashable, Codable {
    package struct Arm: Sendable, Hashable, Codable {
        package let policy: String
        /// Out of 1,000.
        package let permille: Int

        package init(policy: String, permille: Int) {
            self.policy = policy
            self.permille = permille
        }
    }

    package let name: String
    package let salt: String
    /// Their shares sum to 1,000.
    package let arms: [Arm]

    package init(name: String, salt: String, arms: [Arm]) {
        self.name = name
        self.salt = salt
        self.arms = arms
    }

    /// 0…999.
    package func bucket(of customer: String) -> Int {
        Int(Digest64.of("\(salt)\u{0}\(customer)") % 1_000)
    }

    package func arm(of customer: String) -> Arm? {
        var rest = bucket(of: customer)
        for arm in arms {
            if rest < arm.permille { return arm }
            rest -= arm.permille
        }
        return nil
    }

    /// The experiment that recoveries ask for an arm; without its definition in the log they follow the reason rules.
    package static let collection = "collection"
}

/// The policy an invoice is recovered by, and how it came to it.
package struct Assignment: Sendable, Hashable {
    package let policy: RetryPolicy
    package let experiment: String?
    package let bucket: Int?

    package init(policy: RetryPolicy, experiment: String? = nil, bucket: Int? = nil) {
        self.policy = policy
        self.experiment = experiment
        self.bucket = bucket
    }
}

/// The one experiment in force, in the stream `experiment-<name>`.
package enum ExperimentRegister: Decider {
    package enum Command: Sendable { case define(Experiment, at: Timestamp) }
    package typealias Event = ExperimentEvent
    package struct State: Sendable { package fileprivate(set) var current: Experiment? }
    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case sharesDoNotSum(permille: Int)

        package var description: String {
            switch self {
            case .sharesDoNotSum(let permille): "arms: the shares sum to \(permille), not to 1000"
            }
        }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch command {
        case .define(let experiment, let now):
            guard state.current != experiment else { return [] }
            let sum = experiment.arms.reduce(0) { $0 + $1.permille }
            guard sum == 1_000, experiment.arms.allSatisfy({ $0.permille >= 0 }) else { throw .sharesDoNotSum(permille: sum) }
            return [.defined(ExperimentDefined(experiment: experiment, at: now))]
        }
    }

    package static func evolve(_ state: inout State, with event: Event) {
        switch event {
        case .defined(let defined): state.current = defined.experiment
        }
    }
}

extension DecisionBatch {
    /// The policy for a recovery that begins now.
    func assignment(of customer: String) async throws -> Assignment {
        let register = try await state(of: ExperimentRegister.self, on: BillingRetries.experiment(Experiment.collection))
        guard let experiment = register.current, let arm = experiment.arm(of: customer) else {
            return Assignment(policy: try await policy(RetryPolicy.reasonRules.name, version: nil))
        }
        return Assignment(
            policy: try await policy(arm.policy, version: nil), experiment: experiment.name, bucket: experiment.bucket(of: customer))
    }
}

/// FNV-1a over UTF-8 with the finalizer of SplitMix64: the same number for the same text on every machine, and even in its low digits.
package enum Digest64 {
    package static func of(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }
}
