package import HindsightCore

/// A steward's word on a case.
package enum Verdict: String, Sendable, Codable {
    /// On a proposed match, or the division of a blocked group.
    case confirm, reject
    /// On a change that waits.
    case accept, refuse
}

/// One of several stewards has answered a case on his own; it is closed by an event of its kind when enough of them agree.
package struct ReviewAnswered: EventPayload {
    package static let type: EventType = "customer-mdm.review-answered"
    package var review: String
    package var verdict: Verdict
    /// Who answered, as in the event's metadata: nobody answers twice, and a decision knows nothing but payloads.
    package var by: String
    package var reason: String
    /// How many have to agree.
    package var needed: Int

    package init(review: String, verdict: Verdict, by: String, reason: String, needed: Int) {
        self.review = review
        self.verdict = verdict
        self.by = by
        self.reason = reason
        self.needed = needed
    }
}

/// An answer as it stands in a read model.
package struct StewardsAnswer: Sendable, Equatable, Codable {
    package var by: String
    package var verdict: Verdict
    package var reason: String
    package var at: Timestamp

    package init(by: String, verdict: Verdict, reason: String, at: Timestamp) {
        self.by = by
        self.verdict = verdict
        self.reason = reason
        self.at = at
    }
}
