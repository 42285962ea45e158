import HindsightCore

/// A batch with all that can be computed before its events have positions, so that the writer's thread has less to do.
struct PreparedAppend: Sendable {
    let batch: Append
    /// In the order of their positions.
    let events: [PreparedEvent]
    let hasAscendingIDs: Bool

    init(_ batch: Append) {
        self.batch = batch
        let contents = batch.events
        var randomness = RandomBlock(salts: contents.count)
        events = contents.map { PreparedEvent($0.event, in: $0.stream, salt: Salt(using: &randomness)) }
        hasAscendingIDs = batch.hasAscendingIDs
    }

    /// About how many bytes it will write.
    var weight: Int { events.reduce(0) { $0 + $1.bytes.count } }
}

/// An event with its salt, its commitment and the bytes of its columns, one after the other in one array.
struct PreparedEvent: Sendable {
    let event: NewEvent
    let stream: StreamName
    /// Salt ‖ data ‖ content as the digest covers it, with metadata and commitment in it ‖ list of tags.
    let bytes: [UInt8]
    private let dataCount: Int
    private let contentCount: Int

    init(_ event: NewEvent, in stream: StreamName, salt: Salt) {
        self.event = event
        self.stream = stream
        dataCount = event.data.bytes.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Salt.byteCount + dataCount + event.metadata.bytes.count + 40 * event.tags.count + 128)
        salt.withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes += event.data.bytes
        let commitment = bytes.withUnsafeBytes { EventDigest.commitment(saltAndData: $0) }
        var content = DigestedFields()
        event.metadata.bytes.withUnsafeBytes { content.appendContent(metadata: $0, tags: event.tags) }
        content.appendField(commitment)
        contentCount = content.bytes.count
        bytes += content.bytes
        TagList.append(event.tags, to: &bytes)
        self.bytes = bytes
    }

    // Offsets into `bytes`.
    var salt: Range<Int> { 0..<Salt.byteCount }
    var data: Range<Int> { Salt.byteCount..<Salt.byteCount + dataCount }
    var content: Range<Int> { data.upperBound..<data.upperBound + contentCount }
    /// The content begins with the length of the metadata, eight bytes, and ends with the commitment.
    var metadata: Range<Int> { content.lowerBound + 8..<content.lowerBound + 8 + event.metadata.bytes.count }
    var commitment: Range<Int> { content.upperBound - EventDigest.byteCount..<content.upperBound }
    var tags: Range<Int> { content.upperBound..<bytes.count }
}

/// Random bytes for salts, asked of the system all at once: asking for each costs more than the hash it goes into.
private struct RandomBlock: RandomNumberGenerator {
    private var bytes: [UInt64]
    private var index = 0

    init(salts: Int) {
        bytes = [UInt64](repeating: 0, count: salts * Salt.byteCount / 8)
        bytes.withUnsafeMutableBytes { systemRandomBytes($0) }
    }

    mutating func next() -> UInt64 {
        defer { index += 1 }
        return bytes[index]
    }
}
