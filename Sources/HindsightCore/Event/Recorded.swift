/// A decoded event with its place in the log.
public struct Recorded<Event: Sendable>: Sendable {
    public let position: Position
    public let stream: StreamName
    public let version: StreamVersion
    public let id: EventID
    public let recordedAt: Timestamp
    public let occurredAt: Timestamp
    public let event: Event

    public init(_ event: Event, from recorded: RecordedEvent) {
        position = recorded.position
        stream = recorded.stream
        version = recorded.version
        id = recorded.id
        recordedAt = recorded.recordedAt
        occurredAt = recorded.occurredAt
        self.event = event
    }

    public init(_ event: Event, from recorded: borrowing BorrowedEvent) {
        position = recorded.position
        stream = recorded.stream
        version = recorded.version
        id = recorded.id
        recordedAt = recorded.recordedAt
        occurredAt = recorded.occurredAt
        self.event = event
    }
}
