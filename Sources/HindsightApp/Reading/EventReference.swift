package import HindsightCore

/// Which event it was that said something, without what else it said.
package struct EventReference: Sendable, Equatable, Encodable {
    package let position: Position
    package let version: StreamVersion
    package let id: EventID
    package let type: EventType
    package let recordedAt: Timestamp
    package let occurredAt: Timestamp
    /// Who did it, where its metadata says so.
    package let actor: String?

    package init(_ event: borrowing BorrowedEvent) throws {
        (position, version, id, type) = (event.position, event.version, event.id, event.type)
        (recordedAt, occurredAt) = (event.recordedAt, event.occurredAt)
        // Metadata is the writer's: a member of this name need not be a text.
        actor = try JSON.decode(JSONValue.self, from: event.metadata)["actor"]?.stringValue
    }
}
