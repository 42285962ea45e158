package import HindsightCore

package enum PolicyEvent: BillingEvent, Equatable {
    case defined(PolicyDefined)
    case restored(PolicyRestored)

    package static let codec = EventCodec<PolicyEvent>([.kind(PolicyEvent.defined), .kind(PolicyEvent.restored)])

    package var content: any BillingPayload {
        switch self {
        case .defined(let payload): payload
        case .restored(let payload): payload
        }
    }

    /// The version that is in force from this event on.
    package var policy: RetryPolicy {
        switch self {
        case .defined(let defined): defined.policy
        case .restored(let restored): restored.policy
        }
    }
}

/// A version of a policy is in the book; invoices that began with an earlier one keep it.
package struct PolicyDefined: BillingPayload {
    package static let type: EventType = "billing-retries.policy-defined"
    package let policy: RetryPolicy
    package let at: Timestamp
    package var links: [Link] { [] }

    package init(policy: RetryPolicy, at: Timestamp) {
        self.policy = policy
        self.at = at
    }
}

/// The terms of an earlier version hold again, under the next number; invoices that began meanwhile keep the version they were given.
package struct PolicyRestored: BillingPayload {
    package static let type: EventType = "billing-retries.policy-restored"
    /// Whole, so that the event stands for itself.
    package let policy: RetryPolicy
    /// The version whose terms they are.
    package let restores: Int
    package let reason: String
    package let at: Timestamp
    package var links: [Link] { [] }

    package init(policy: RetryPolicy, restores: Int, reason: String, at: Timestamp) {
        self.policy = policy
        self.restores = restores
        self.reason = reason
        self.at = at
    }
}

package enum ExperimentEvent: BillingEvent, Equatable {
    case defined(ExperimentDefined)

    package static let codec = EventCodec<ExperimentEvent>([.kind(ExperimentEvent.defined)])

    package var content: any BillingPayload {
        switch self {
        case .defined(let payload): payload
        }
    }
}

/// Which policies share the customers from now on; recoveries under way keep theirs.
package struct ExperimentDefined: BillingPayload {
    package static let type: EventType = "billing-retries.experiment-defined"
    package let experiment: Experiment
    package let at: Timestamp
    package var links: [Link] { [] }

    package init(experiment: Experiment, at: Timestamp) {
        self.experiment = experiment
        self.at = at
    }
}
