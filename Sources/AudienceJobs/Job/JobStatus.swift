/// Where a job stands, in the words of the API.
package enum JobStatus: String, Codable, Sendable, CaseIterable {
    /// Waits for its turn.
    case requested
    case awaitingApproval = "awaiting-approval"
    case cloning, preparing, running, checking
    case finished, failed, cancelled
    /// Nobody approved of it.
    case rejected

    /// Whether the job holds the notebook's session. One whose file is looked at has no more to do there: what it waits for by then keeps
    /// nobody else.
    package var holdsSession: Bool {
        switch self {
        case .cloning, .preparing, .running: true
        case .requested, .awaitingApproval, .checking, .finished, .failed, .cancelled, .rejected: false
        }
    }

    /// Whether its run is under way.
    package var isAtWork: Bool {
        switch self {
        case .cloning, .preparing, .running, .checking: true
        case .requested, .awaitingApproval, .finished, .failed, .cancelled, .rejected: false
        }
    }

    package var isOver: Bool {
        switch self {
        case .finished, .failed, .cancelled, .rejected: true
        case .requested, .awaitingApproval, .cloning, .preparing, .running, .checking: false
        }
    }
}
