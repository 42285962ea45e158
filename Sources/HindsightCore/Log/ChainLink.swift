/// Decides whether an event follows from the head before it: the one rule of the chain, for those who verify a log and those who import
/// one.
package struct ChainLink: Sendable {
    /// Where an event does not follow.
    package struct Break: Error, Sendable, Hashable {
        /// As an exported event names it.
        package let field: String
        package let reason: String
    }

    /// One block of memory for all events: what a digest covers is put together here.
    private var arena = ByteArena(capacity: 1_024)

    package init() {}

    /// Checks all that an event alone can show: its place, its time, its payload against the commitment, and its digest.
    ///
    /// The version is not looked at: what it must be, its stream says.
    package mutating func check(_ event: borrowing BorrowedEvent, after head: LogHead) throws(Break) {
        guard event.position == head.position + 1 else {
            throw Break(field: "position", reason: "the event is missing: position \(event.position) follows \(head.position)")
        }
        if let before = head.recordedAt, event.recordedAt < before {
            throw Break(field: "recordedAt", reason: "recorded before the event at the position before")
        }
        guard event.encoding == 0 else { throw Break(field: "encoding", reason: "unknown encoding \(event.encoding)") }
        try Self.checkPayload(of: event)
        guard try digest(of: event, after: head.digest) == event.digest else {
            throw Break(field: "digest", reason: "the digest does not follow from the digest before and what is stored")
        }
    }

    private static func checkPayload(of event: borrowing BorrowedEvent) throws(Break) {
        switch (event.data, event.salt) {
        case (let data?, let salt?):
            guard EventDigest.commitment(salt: salt, data: data) == event.commitment else {
                throw Break(field: "commitment", reason: "data and salt are not those of the commitment")
            }
        case (nil, nil): break
        default: throw Break(field: "salt", reason: "data and salt are erased together, and only one of them is missing")
        }
    }

    private mutating func digest(of event: borrowing BorrowedEvent, after previous: EventDigest) throws(Break) -> EventDigest {
        // A copy of this link has it too, and may be at work.
        if !isKnownUniquelyReferenced(&arena) { arena = ByteArena(capacity: 1_024) }
        arena.removeAll()
        let fields: DigestedFields
        do {
            fields = try DigestedFields(
                stream: event.stream, id: event.id, type: event.type, schemaVersion: event.schemaVersion, metadata: event.metadata,
                commitment: event.commitment, in: arena
            ) { arena throws(EventLogError) in
                try event.appendTags(to: arena)
            }
        } catch {
            throw Break(field: "tags", reason: "the tags are no list of texts of the form key:value")
        }
        return fields.chain(
            to: previous, position: event.position, version: event.version, recordedAt: event.recordedAt, occurredAt: event.occurredAt,
            in: arena)
    }
}
