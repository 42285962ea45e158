public import HindsightCore

/// How a projection stands.
public struct ProjectionStatus: Sendable, Equatable, Codable {
    public enum Condition: String, Sendable, Codable, CaseIterable {
        case current
        case catchingUp = "catching-up"
        /// The events of some streams wait for a fix; all others are folded.
        case parked
        /// The rows cannot be read or stored; it is tried again.
        case failed
    }

    public let name: String
    public let version: Int
    /// Of the rows that serve.
    public let generation: Int
    public let position: Position
    public let head: Position
    /// Positions between `position` and `head`.
    public let lag: Int64
    public let status: Condition
    /// What is in the way, with the position of the event.
    public let error: String?
    /// The streams whose events wait, oldest first.
    public let parked: [StreamFailure]

    init(
        _ projection: any AnyProjection, generation: Int, position: Position, head: Position, trouble: String?, parked: [StreamFailure]
    ) {
        name = projection.name
        version = projection.code.version
        self.generation = generation
        self.position = position
        self.head = head
        lag = head - position
        self.parked = parked
        if let trouble {
            (status, error) = (.failed, trouble)
        } else if let first = parked.first {
            (status, error) = (.parked, "\(first.type) at position \(first.position): \(first.error)")
        } else {
            (status, error) = (position < head ? .catchingUp : .current, nil)
        }
    }
}
