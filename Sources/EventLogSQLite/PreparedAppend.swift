import HindsightCore

/// A batch with all that can be computed before its events have positions, so that the writer's thread has less to do.
struct PreparedAppend: Sendable {
    let batch: Append
    /// In the order of their positions.
    let events: [PreparedEvent]
    /// Each stream that is written, once, in the order of its first event.
    let streams: [StreamName]
    /// Into ``streams``, for each write.
    let streamOfWrite: [Int]
    /// Each type that occurs, once.
    let types: [EventType]
    let hasAscendingIDs: Bool

    init(_ batch: Append) {
        self.batch = batch
        let count = batch.writes.reduce(0) { $0 + $1.events.count }
        var streams = Distinct<StreamName>()
        var types = Distinct<EventType>()
        var streamOfWrite: [Int] = []
        var events: [PreparedEvent] = []
        events.reserveCapacity(count)
        let salts = systemRandomSalts(count)
        var content = DigestedFields()
        for write in batch.writes {
            let stream = streams.index(of: write.stream)
            streamOfWrite.append(stream)
            for event in write.events {
                let type = types.index(of: event.type)
                events.append(PreparedEvent(event, stream: stream, type: type, salt: salts[events.count], &content))
            }
        }
        self.events = events
        self.streams = streams.values
        self.streamOfWrite = streamOfWrite
        self.types = types.values
        hasAscendingIDs = batch.hasAscendingIDs
    }

    /// About how many bytes it will write.
    var weight: Int { events.reduce(0) { $0 + $1.bytes.count } }
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

/// What the writer needs of an event: the bytes of its columns stand one after the other in one array.
struct PreparedEvent: Sendable {
    let id: EventID
    /// Into the streams of its append.
    let stream: Int
    /// Into the types of its append.
    let type: Int
    let schemaVersion: Int
    let occurredAt: Timestamp?
    let tags: [Tag]
    /// Salt ‖ data ‖ content as the digest covers it, with metadata and commitment in it ‖ list of tags.
    let bytes: [UInt8]
    private let dataCount: Int
    private let metadataCount: Int
    private let contentCount: Int

    /// - Parameter content: A buffer that serves many events.
    init(_ event: NewEvent, stream: Int, type: Int, salt: Salt, _ content: inout DigestedFields) {
        id = event.id
        self.stream = stream
        self.type = type
        schemaVersion = event.schemaVersion
        occurredAt = event.occurredAt
        tags = event.tags
        dataCount = event.data.bytes.count
        metadataCount = event.metadata.bytes.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Salt.byteCount + dataCount + metadataCount + 64 * tags.count + 64)
        salt.withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes += event.data.bytes
        let commitment = bytes.withUnsafeBytes { EventDigest.commitment(saltAndData: $0) }
        content.removeAll()
        event.metadata.bytes.withUnsafeBytes { content.appendContent(metadata: $0, tags: event.tags) }
        content.appendField(commitment)
        contentCount = content.bytes.count
        bytes += content.bytes
        TagList.append(tags, to: &bytes)
        self.bytes = bytes
    }

    // Offsets into `bytes`.
    var saltRange: Range<Int> { 0..<Salt.byteCount }
    var dataRange: Range<Int> { Salt.byteCount..<Salt.byteCount + dataCount }
    var contentRange: Range<Int> { dataRange.upperBound..<dataRange.upperBound + contentCount }
    /// The content begins with the length of the metadata, eight bytes, and ends with the commitment.
    var metadataRange: Range<Int> { contentRange.lowerBound + 8..<contentRange.lowerBound + 8 + metadataCount }
    var commitmentRange: Range<Int> { contentRange.upperBound - EventDigest.byteCount..<contentRange.upperBound }
    var tagsRange: Range<Int> { contentRange.upperBound..<bytes.count }
}
