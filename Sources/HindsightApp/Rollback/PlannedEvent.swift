import AudienceJobs
package import HindsightCore

/// An event as it would be appended: what a preview shows of it.
package struct PlannedEvent: Sendable, Equatable, Encodable {
    package let stream: StreamName
    package let type: EventType
    /// Less what only the append itself knows.
    package let data: JSONValue

    /// - Parameter members: Those of the data that are left out, like the time.
    package init(_ event: some DomainEvent, on stream: StreamName, without members: Set<String> = []) throws {
        self.stream = stream
        let payload = event.payload
        type = Swift.type(of: payload).type
        let data = try JSON.decode([String: JSONValue].self, from: JSON.encode(payload))
        self.data = .object(data.filter { !members.contains($0.key) })
    }

    /// What a batch has decided, in the order in which it would stand in the log.
    package static func all(of batch: DecisionBatch, without members: Set<String> = []) throws -> [PlannedEvent] {
        try batch.decided.map { try PlannedEvent($0.event, on: $0.stream, without: members) }
    }
}

/// What a preview's digest stands for: what would be appended, and after which version.
struct SignedPlan: Encodable {
    let from: Int
    let appends: [PlannedEvent]

    var digest: String { get throws { try Digest.hexadecimal(of: self) } }
}
