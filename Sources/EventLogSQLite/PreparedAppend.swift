import HindsightCore

/// A batch with all that can be computed before its events have positions, so that the writer's thread has less to do.
final class PreparedAppend: Sendable {
    let batch: Append
    /// In the order of their positions.
    let events: [PreparedEvent]
    /// What the events are made of. The writer fills in what depends on their places.
    let arena: ByteArena
    /// Each type that occurs, once.
    let types: [EventType]
    let hasAscendingIDs: Bool

    /// - Throws: What ``Append/validate()`` does.
    init(_ batch: Append) throws(EventLogError) {
        let extent = try batch.validatedExtent()
        self.batch = batch
        hasAscendingIDs = extent.hasAscendingIDs
        // Names, tags, times and hashes take about as much again; more is found where they take more.
        arena = ByteArena(capacity: extent.bytes + 384 * extent.events)
        var events: [PreparedEvent] = []
        events.reserveCapacity(extent.events)
        let salts = systemRandomSalts(extent.events)
        var types = Distinct<EventType>()
        var tagList: [UInt8] = []
        for write in batch.writes {
            // A span, because a copy of each event would count the references to all that it holds.
            let given = write.events.span
            for index in given.indices {
                let type = types.index(of: given[index].type)
                events.append(
                    PreparedEvent(given[index], of: write.stream, type: type, salt: salts[events.count], in: arena, tagList: &tagList))
            }
        }
        self.events = events
        self.types = types.values
    }

    /// About how many bytes it will write.
    var weight: Int { arena.count }
}

/// Values in the order of their first use, each once.
private struct Distinct<Value: Hashable> {
    private(set) var values: [Value] = []
    private var indices: [Value: Int] = [:]

    mutating func index(of value: Value) -> Int {
        // Mostly the one before, or the only one: then no table is asked.
        if let last = values.indices.last, values[last] == value { return last }
        if let known = indices[value] { return known }
        indices[value] = values.count
        values.append(value)
        return values.count - 1
    }
}

/// What the writer needs of an event, whose bytes lie in the arena of its append.
struct PreparedEvent: Sendable {
    let id: EventID
    /// Into the types of its append.
    let type: Int
    let schemaVersion: Int
    let occurredAt: Timestamp?
    let places: EventRow.Places
    private let fields: DigestedFields

    /// - Parameter tagList: A buffer that serves many events.
    fileprivate init(
        _ event: borrowing NewEvent, of stream: StreamName, type: Int, salt: Salt, in arena: ByteArena, tagList: inout [UInt8]
    ) {
        id = event.id
        self.type = type
        schemaVersion = event.schemaVersion
        occurredAt = event.occurredAt
        let salt = salt.withUnsafeBytes(arena.append)
        let data = event.data.bytes.withUnsafeBytes(arena.append)
        let commitment = EventDigest.commitment(saltAndData: arena[salt.lowerBound..<data.upperBound])
        fields = event.metadata.bytes.withUnsafeBytes { metadata in
            DigestedFields(
                stream: stream, id: event.id, type: event.type, schemaVersion: event.schemaVersion, metadata: metadata, tags: event.tags,
                commitment: commitment, in: arena)
        }
        tagList.removeAll(keepingCapacity: true)
        TagList.append(event.tags, to: &tagList)
        let tags = tagList.withUnsafeBytes(arena.append)
        let digest = arena.appendGap(of: EventDigest.byteCount)
        places = EventRow.Places(
            id: fields.id, tags: tags, metadata: fields.metadata, commitment: fields.commitment,
            digest: digest..<digest + EventDigest.byteCount, salt: salt, data: data)
    }

    // Into the arena.
    /// The name of its stream.
    var stream: Range<Int> { fields.stream }
    /// See ``DigestedTags``.
    var tags: Range<Int> { fields.tags }

    /// The event's digest in its place, which also enters the arena.
    func chain(
        to previous: EventDigest, position: Position, version: StreamVersion, recordedAt: Timestamp, in arena: ByteArena
    ) -> EventDigest {
        let digest = fields.chain(
            to: previous, position: position, version: version, recordedAt: recordedAt, occurredAt: occurredAt ?? recordedAt, in: arena)
        arena.store(digest, at: places.digest.lowerBound)
        return digest
    }
}
