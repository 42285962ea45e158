import HindsightCore

/// Which arm each invoice was in when it fell due, whether it ever entered recovery or not.
///
/// In recovery an invoice has the arm that was written down when it entered. For those whose first charge goes through nothing is: theirs
/// follows from the experiments of when they were opened and from the customer, with country and funding of the newest snapshot.
package struct ArmHistory: Sendable {
    package struct Arm: Sendable, Hashable {
        package let experiment: String
        package let policy: String

        package init(experiment: String, policy: String) {
            self.experiment = experiment
            self.policy = policy
        }
    }

    private let experiments: [String: ExperimentDefinitions.Row]

    /// - Parameter experiments: By their names.
    package init(_ experiments: [String: ExperimentDefinitions.Row]) { self.experiments = experiments }

    /// Whether nobody was ever divided into arms.
    package var isEmpty: Bool { experiments[Experiment.collection] == nil }

    /// The arm of an invoice; `nil` where no experiment concerned its customer.
    package func arm(of invoice: DueInvoices.Row, plan: String?, signals: NewestSignals.Row?) -> Arm? {
        if let recovery = invoice.recovery {
            return recovery.experiment.map { Arm(experiment: $0, policy: recovery.policy) }
        }
        var asked: Set<String> = []
        var name: String? = Experiment.collection
        while let next = name, asked.insert(next).inserted {
            guard let experiment = experiments[next]?.definition(at: invoice.openedAt) else { return nil }
            let concerns = experiment.segment?.contains(
                country: signals?.country, plan: plan, funding: signals?.funding, customerType: invoice.customerType)
            if concerns == false {
                name = experiment.otherwise
                continue
            }
            if experiment.holdsOut(invoice.customer) { return Arm(experiment: Experiment.holdOut, policy: RetryPolicy.reasonRules.name) }
            return experiment.arm(of: invoice.customer).map { Arm(experiment: experiment.name, policy: $0.policy) }
        }
        return nil
    }
}
