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
    /// Whom it concerns; everybody for `nil`.
    package let segment: Segment?
    /// The experiment that customers outside the segment are in; the reason rules for `nil`.
    package let otherwise: String?
    /// Out of 1,000 customers, how many stay with the reason rules whatever the experiment: the same ones in every experiment. None for
    /// `nil`, as in experiments from before there were any.
    package let holdOutPermille: Int?

    package init(
        name: String, salt: String, arms: [Arm], segment: Segment? = nil, otherwise: String? = nil, holdOutPermille: Int? = nil
    ) {
        self.name = name
        self.salt = salt
        self.arms = arms
        self.segment = segment
        self.otherwise = otherwise
        self.holdOutPermille = holdOutPermille
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

    /// Whether the customer is kept on the rules, so that there is always something to compare with.
    package func holdsOut(_ customer: String) -> Bool {
        Int(Digest64.of("hold-out\u{0}\(customer)") % 1_000) < (holdOutPermille ?? 0)
    }

    /// The experiment that recoveries ask for an arm; without its definition in the log they follow the reason rules.
    package static let collection = "collection"
    /// What an experiment holds out that says nothing else.
    package static let usualHoldOutPermille = 20
    /// What it holds out at least where an arm's policy asks a model.
    package static let leastHoldOutPermille = 20
    /// An arm's name in the record, for those who are held out.
    package static let holdOut = "hold-out"
}

extension Experiment {
    /// - Throws: `.holdOutTooSmall` unless enough customers stay with the rules for `policy` to ask a model in an arm.
    package func requireHoldOut(beside policy: String) throws(ExperimentRegister.Rejection) {
        let permille = holdOutPermille ?? 0
        guard permille >= Self.leastHoldOutPermille else { throw .holdOutTooSmall(permille: permille, policy: policy) }
    }
}

/// Whom an experiment concerns: a customer belongs to it who has one of the values of each list. What nobody has stated of a customer is
/// none of them.
package struct Segment: Sendable, Hashable, Codable {
    package let countries: [String]?
    package let plans: [String]?
    package let fundings: [CardFunding]?
    package let customerTypes: [CustomerType]?

    package init(
        countries: [String]? = nil, plans: [String]? = nil, fundings: [CardFunding]? = nil, customerTypes: [CustomerType]? = nil
    ) {
        self.countries = countries
        self.plans = plans
        self.fundings = fundings
        self.customerTypes = customerTypes
    }

    package func contains(_ payer: PayerTraits) -> Bool {
        contains(country: payer.country, plan: payer.plan, funding: payer.funding, customerType: payer.customerType)
    }

    package func contains(country: String?, plan: String?, funding: CardFunding?, customerType: CustomerType) -> Bool {
        func lists<Value: Equatable>(_ values: [Value]?, _ value: Value?) -> Bool {
            values.map { values in value.map(values.contains) ?? false } ?? true
        }
        return lists(countries, country) && lists(plans, plan) && lists(fundings, funding) && lists(customerTypes, customerType)
    }

    /// Whether more has to be read for it than the invoice.
    var readsMore: Bool { countries != nil || fundings != nil || plans != nil }
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
    package enum Command: Sendable {
        /// - Parameter modelPolicy: An arm's policy that asks a model, if one does: then rules and models have to stay comparable.
        case define(Experiment, modelPolicy: String? = nil, at: Timestamp)
    }

    package typealias Event = ExperimentEvent
    package struct State: Sendable { package fileprivate(set) var current: Experiment? }
    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case sharesDoNotSum(permille: Int)
        case badHoldOut(permille: Int)
        /// - Parameter policy: The arm's that asks a model.
        case holdOutTooSmall(permille: Int, policy: String)
        case emptySegment(field: String)
        case badIdentifier(field: String)
        case leadsToItself

        package var description: String {
            switch self {
            case .sharesDoNotSum(let permille): "arms: the shares sum to \(permille), not to 1000"
            case .badHoldOut(let permille): "holdOutPermille: \(permille) is not 0 to 1000"
            case .holdOutTooSmall(let permille, let policy):
                "holdOutPermille: \(permille) is under \(Experiment.leastHoldOutPermille): \(policy) asks a model, and so many customers in "
                    + "1,000 stay with the rules for good, or nobody could tell any more whether models do better"
            case .emptySegment(let field): "segment.\(field): an empty list concerns nobody: name values, or leave it out"
            case .badIdentifier(let field): "\(field): is 1 to \(Identifier.maximumBytes) bytes without spaces or control characters"
            case .leadsToItself: "otherwise: names this experiment itself"
            }
        }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch command {
        case .define(let experiment, let modelPolicy, let now):
            guard state.current != experiment else { return [] }
            let sum = experiment.arms.reduce(0) { $0 + $1.permille }
            guard sum == 1_000, experiment.arms.allSatisfy({ $0.permille >= 0 }) else { throw .sharesDoNotSum(permille: sum) }
            try check(experiment)
            if let modelPolicy { try experiment.requireHoldOut(beside: modelPolicy) }
            return [.defined(ExperimentDefined(experiment: experiment, at: now))]
        }
    }

    private static func check(_ experiment: Experiment) throws(Rejection) {
        if let permille = experiment.holdOutPermille, !(0...1_000).contains(permille) { throw .badHoldOut(permille: permille) }
        if let next = experiment.otherwise {
            guard Identifier.isWellFormed(next) else { throw .badIdentifier(field: "otherwise") }
            guard next != experiment.name else { throw .leadsToItself }
        }
        guard let segment = experiment.segment else { return }
        for (field, isEmpty) in [
            ("countries", segment.countries?.isEmpty), ("plans", segment.plans?.isEmpty), ("fundings", segment.fundings?.isEmpty),
            ("customerTypes", segment.customerTypes?.isEmpty),
        ] where isEmpty == true {
            throw .emptySegment(field: field)
        }
    }

    package static func evolve(_ state: inout State, with event: Event) {
        switch event {
        case .defined(let defined): state.current = defined.experiment
        }
    }
}

extension DecisionBatch {
    /// The policy for a recovery that begins now: of the first experiment, from ``Experiment/collection`` on, that concerns the customer.
    func assignment(of invoice: InvoiceOpened) async throws -> Assignment {
        var asked: Set<String> = []
        var name: String? = Experiment.collection
        // Experiments that lead in a circle concern nobody beyond it.
        while let next = name, asked.insert(next).inserted {
            let register = try await state(of: ExperimentRegister.self, on: BillingRetries.experiment(next))
            guard let experiment = register.current else { break }
            if let segment = experiment.segment, !segment.contains(try await traits(of: invoice, for: segment)) {
                name = experiment.otherwise
                continue
            }
            if experiment.holdsOut(invoice.customer) {
                return Assignment(policy: try await policy(RetryPolicy.reasonRules.name, version: nil), experiment: Experiment.holdOut)
            }
            guard let arm = experiment.arm(of: invoice.customer) else { break }
            return Assignment(
                policy: try await policy(arm.policy, version: nil), experiment: experiment.name,
                bucket: experiment.bucket(of: invoice.customer))
        }
        return Assignment(policy: try await policy(RetryPolicy.reasonRules.name, version: nil))
    }

    private func traits(of invoice: InvoiceOpened, for segment: Segment) async throws -> PayerTraits {
        let basis: ForecastBasis = segment.readsMore ? try await forecastBasis(of: invoice) : .none
        return basis.traits(of: invoice)
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
