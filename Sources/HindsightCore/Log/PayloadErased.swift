/// Payloads were erased: stream ``PayloadErased/stream``. The event is what tells an erasure from damage, see ``ChainVerifier``.
public struct PayloadErased: EventPayload {
    public static let type: EventType = "hindsight.payload-erased"
    /// As many as one erasure may name.
    public static let mostPositions = 10_000

    /// Ascending, each before this event's own.
    public let positions: [Position]
    /// Why, in the operator's words: nothing of what was erased. `nil` in erasures that gave none.
    public let reason: String?

    public init(positions: [Position], reason: String?) {
        self.positions = positions
        self.reason = reason
    }

    /// Where erasures are told.
    public static func stream() throws(EventLogError) -> StreamName { try StreamName("log-erasures") }
}
