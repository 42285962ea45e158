/// An event whose bytes belong to the engine that lends it: good for as long as the call that it is handed to.
///
/// A replay of millions of events copies nothing that its fold does not ask for.
public struct BorrowedEvent: ~Copyable {
    public let position: Position
    public let stream: StreamName
    public let version: StreamVersion
    public let id: EventID
    public let type: EventType
    public let schemaVersion: Int
    public let recordedAt: Timestamp
    public let occurredAt: Timestamp
    /// UTF-8, not to be used after the call; `nil` once erased.
    public let data: UnsafeRawBufferPointer?
    /// UTF-8, not to be used after the call.
    public let metadata: UnsafeRawBufferPointer
    public let encoding: Int
    public let salt: Salt?
    public let commitment: EventDigest
    public let digest: EventDigest
    /// The engine's own number for the type, if it has one: the same for each event of the type.
    package let typeNumber: Int64?
    private let tagSource: TagSource

    /// Where the tags are: most folds never look.
    package enum TagSource {
        case tags([Tag])
        /// As ``TagList`` writes them.
        case list(UnsafeRawBufferPointer)
    }

    package init(
        position: Position, stream: StreamName, version: StreamVersion, id: EventID, type: EventType, schemaVersion: Int,
        recordedAt: Timestamp, occurredAt: Timestamp, data: UnsafeRawBufferPointer?, metadata: UnsafeRawBufferPointer, tags: TagSource,
        encoding: Int, salt: Salt?, commitment: EventDigest, digest: EventDigest, typeNumber: Int64? = nil
    ) {
        self.position = position
        self.stream = stream
        self.version = version
        self.id = id
        self.type = type
        self.schemaVersion = schemaVersion
        self.recordedAt = recordedAt
        self.occurredAt = occurredAt
        self.data = data
        self.metadata = metadata
        tagSource = tags
        self.encoding = encoding
        self.salt = salt
        self.commitment = commitment
        self.digest = digest
        self.typeNumber = typeNumber
    }

    /// - Throws: `.damaged` if they are not what an append wrote.
    public func tags() throws(EventLogError) -> [Tag] { try tags(TagList.tags(in:)) }

    private func tags(_ read: (UnsafeRawBufferPointer) -> [Tag]?) throws(EventLogError) -> [Tag] {
        switch tagSource {
        case .tags(let tags): return tags
        case .list(let bytes):
            guard let tags = read(bytes) else { throw damagedTags }
            return tags
        }
    }

    private var damagedTags: EventLogError {
        .damaged(position: position, reason: "the tags are no list of texts of the form key:value")
    }

    /// Appends each tag as digests cover it, without making a value of it.
    ///
    /// - Returns: How many there are.
    /// - Throws: `.damaged`, see ``tags()``; some may have been appended.
    package func appendTags(to arena: ByteArena) throws(EventLogError) -> Int {
        switch tagSource {
        case .tags(let tags):
            for tag in tags { arena.appendField(tag.description) }
            return tags.count
        case .list(let bytes):
            var count = 0
            let isWellFormed = TagList.forEachText(in: bytes) { text in
                guard TagList.isTag(text) else { return false }
                arena.appendField(text)
                count += 1
                return true
            }
            guard isWellFormed else { throw damagedTags }
            return count
        }
    }

    /// The event to keep.
    ///
    /// - Throws: `.damaged`, see ``tags()``.
    public func copy() throws(EventLogError) -> RecordedEvent { try copy(readingTags: TagList.tags(in:)) }

    /// - Parameter readTags: Reads what ``TagList`` wrote; an engine may know it already.
    package func copy(readingTags readTags: (UnsafeRawBufferPointer) -> [Tag]?) throws(EventLogError) -> RecordedEvent {
        RecordedEvent(
            position: position, stream: stream, version: version, id: id, type: type, schemaVersion: schemaVersion, recordedAt: recordedAt,
            occurredAt: occurredAt, data: data.map { JSONText(trusted: Array($0)) }, metadata: JSONText(trusted: Array(metadata)),
            tags: try tags(readTags), encoding: encoding, salt: salt, commitment: commitment, digest: digest)
    }
}

extension RecordedEvent {
    /// Lends this event for the time of one call.
    package func lend<Result>(_ body: (borrowing BorrowedEvent) throws -> Result) rethrows -> Result {
        try metadata.bytes.withUnsafeBytes { metadata in
            func lend(_ data: UnsafeRawBufferPointer?) throws -> Result {
                try body(
                    BorrowedEvent(
                        position: position, stream: stream, version: version, id: id, type: type, schemaVersion: schemaVersion,
                        recordedAt: recordedAt, occurredAt: occurredAt, data: data, metadata: metadata, tags: .tags(tags),
                        encoding: encoding, salt: salt, commitment: commitment, digest: digest))
            }
            return if let data { try data.bytes.withUnsafeBytes { try lend($0) } } else { try lend(nil) }
        }
    }
}

extension EventSelection {
    package func matches(_ event: borrowing BorrowedEvent) throws(EventLogError) -> Bool {
        matches(
            position: event.position, stream: event.stream, type: event.type, tags: asksForTags ? try event.tags() : [])
    }
}
