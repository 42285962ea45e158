package import HindsightCore

package enum PolicyEvent: BillingEvent, Equatable {
    case defined(PolicyDefined)

    package static let codec = EventCodec<PolicyEvent>([.kind(PolicyEvent.defined)])

    package var content: any BillingPayload {
        switch self {
        case .defined(let payload): payload
        }
    }
}

/// A version of a policy is in the book; invoices that began with an earlier one keep it.
package struct PolicyDefined: BillingPayload {
    package static let type: EventType = "billing-retries.policy-defined"
    package let policy: RetryPolicy
    package let at: Timestamp
    package var links: [Link] { [] }
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
}
