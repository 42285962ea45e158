/// An engine that takes events over from another log as they were recorded there: with their places, ids, times, salts and digests.
public protocol EventLogImporting: EventLog {
    /// Stores recorded events behind the head, all of them or none; durable when it returns.
    ///
    /// Every event must follow from the one before it, the first from the head: position and version contiguous, an id that the log does
    /// not hold, a time that does not fall, and a digest that follows from its content. Erased events stay erased.
    /// - Parameter events: 1…10,000 events in the order of their positions.
    /// - Returns: The new head.
    /// - Throws: ``ImportRefusal`` for the first event that does not follow; `EventLogError` as an append does, also for no event or too many,
    ///   and `.clockBehind` for events of a time that the clock has not reached: a log with them could not be opened.
    func importRecorded(_ events: [RecordedEvent]) async throws -> LogHead
}

/// Why an event cannot be taken over; nothing of its batch was stored.
public struct ImportRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    public let position: Position
    /// The member of the exported event that is at fault.
    public let field: String
    public let reason: String

    public init(position: Position, field: String, reason: String) {
        self.position = position
        self.field = field
        self.reason = reason
    }

    public var description: String { "the event at position \(position) cannot be taken over: \(field): \(reason)" }
}

/// The part of an import that is the same in every engine: whether the events follow from each other and keep to the limits.
package struct ImportedEvents: Sendable {
    package let events: [RecordedEvent]

    /// How far ahead of the clock an event may have been recorded, as when a log is opened.
    package static let clockTolerance = Duration.seconds(60)

    package init(_ events: [RecordedEvent]) { self.events = events }

    /// - Parameters:
    ///   - head: What the first event must follow from.
    ///   - version: The version of a stream in the log as it is.
    ///   - position: The position that an id has in the log already.
    package func check(
        after head: LogHead, clock: Timestamp, version: (StreamName) throws -> StreamVersion, position: (EventID) throws -> Position?
    ) throws {
        guard let last = events.last?.recordedAt else {
            throw EventLogError.invalid(field: "events", reason: "an import holds at least one event")
        }
        guard events.count <= Limits.batchEvents else { throw EventLogError.limitExceeded(.batchEvents, actual: events.count) }
        guard last.since(clock) <= Self.clockTolerance else { throw EventLogError.clockBehind(head: last, clock: clock) }
        var (link, head) = (ChainLink(), head)
        var versions: [StreamName: StreamVersion] = [:]
        var ids: Set<EventID> = []
        for event in events {
            func refusal(_ field: String, _ reason: String) -> ImportRefusal {
                ImportRefusal(position: event.position, field: field, reason: reason)
            }
            let check = event.lend { event in
                Result { () throws(ChainLink.Break) in try link.check(event, after: head) }
            }
            if case .failure(let broken) = check { throw refusal(broken.field, broken.reason) }
            let before = try versions[event.stream] ?? version(event.stream)
            guard event.version == before + 1 else {
                throw refusal("version", "\(event.version) follows version \(before) of stream \(event.stream)")
            }
            if let position = try position(event.id) { throw refusal("id", "stands at position \(position) already") }
            guard ids.insert(event.id).inserted else { throw refusal("id", "stands twice") }
            if let excess = event.excess { throw refusal("data", "\(excess)") }
            versions[event.stream] = event.version
            head = LogHead(position: event.position, digest: event.digest, recordedAt: event.recordedAt)
        }
    }
}

extension RecordedEvent {
    /// The limit that the event is over, as an error.
    fileprivate var excess: EventLogError? {
        let bytes = (data?.bytes.count ?? 0) + metadata.bytes.count
        if bytes > Limits.eventBytes { return .limitExceeded(.eventBytes, actual: bytes) }
        return tags.count > Limits.tagsPerEvent ? .limitExceeded(.tagsPerEvent, actual: tags.count) : nil
    }
}
