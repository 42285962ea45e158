package import BillingRetries
package import HindsightCore

/// A version of a retry policy, and how it came to be in force.
package struct PolicyVersion: Sendable, Equatable, Encodable {
    package let version: Int
    package let policy: RetryPolicy
    /// Absent for a version that is there without being defined.
    package let definedAt: Timestamp?
    /// The version whose terms it brought back.
    package let restores: Int?
    package let reason: String?

    /// One that needs no event.
    init(builtIn policy: RetryPolicy) {
        (version, self.policy) = (policy.version, policy)
        (definedAt, restores, reason) = (nil, nil, nil)
    }

    init(_ event: PolicyEvent) {
        (version, policy) = (event.policy.version, event.policy)
        switch event {
        case .defined(let defined): (definedAt, restores, reason) = (defined.at, nil, nil)
        case .restored(let restored): (definedAt, restores, reason) = (restored.at, restored.restores, restored.reason)
        }
    }
}

/// What leads a policy back to the version that was in force at an earlier time.
package struct PolicyRollback: Sendable, Equatable, Encodable {
    package let policy: String
    /// The version in force now.
    package let from: Int
    /// The version that was in force then.
    package let restores: Int
    /// The number under which its terms hold again.
    package let becomes: Int
    package let appends: [PlannedEvent]
    /// By which it is carried out as it was shown.
    package let digest: String
}
