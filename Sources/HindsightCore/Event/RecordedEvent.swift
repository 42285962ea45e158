/// A place in the global order of the log: 1, 2, 3… without gaps. 0 is before the first event.
public typealias Position = Int64

/// A place in one stream: 1, 2, 3…; 0 is a stream that does not exist.
public typealias StreamVersion = Int64

/// An event on its way into the log.
public struct NewEvent: Sendable, Hashable {
    public var id: EventID
    public var type: EventType
    public var schemaVersion: Int
    /// Business time; `nil` lets the log set it to the time of recording.
    public var occurredAt: Timestamp?
    public var data: JSONText
    public var metadata: JSONText
    /// At most 64; order and repeats are kept.
    public var tags: [Tag]

    public init(
        id: EventID, type: EventType, schemaVersion: Int = 1, occurredAt: Timestamp? = nil, data: JSONText, metadata: JSONText = .empty,
        tags: [Tag] = []
    ) {
        self.id = id
        self.type = type
        self.schemaVersion = schemaVersion
        self.occurredAt = occurredAt
        self.data = data
        self.metadata = metadata
        self.tags = tags
    }
}

/// An event as the log keeps it, with what proves that it was not changed.
public struct RecordedEvent: Sendable, Hashable {
    public var position: Position
    public var stream: StreamName
    public var version: StreamVersion
    public var id: EventID
    public var type: EventType
    public var schemaVersion: Int
    /// When the log recorded it: never before the event at the position before.
    public var recordedAt: Timestamp
    /// When it happened, as its writer says.
    public var occurredAt: Timestamp
    /// `nil` once erased.
    public var data: JSONText?
    public var metadata: JSONText
    public var tags: [Tag]
    /// How `data` is stored: 0 is plain JSON.
    public var encoding: Int
    /// Erased together with the data.
    public var salt: Salt?
    /// SHA-256 of salt and data.
    public var commitment: EventDigest
    /// SHA-256 over the digest before and every other column, see ``EventDigest``.
    public var digest: EventDigest

    public init(
        position: Position, stream: StreamName, version: StreamVersion, id: EventID, type: EventType, schemaVersion: Int,
        recordedAt: Timestamp, occurredAt: Timestamp, data: JSONText?, metadata: JSONText, tags: [Tag], encoding: Int, salt: Salt?,
        commitment: EventDigest, digest: EventDigest
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
        self.tags = tags
        self.encoding = encoding
        self.salt = salt
        self.commitment = commitment
        self.digest = digest
    }
}

/// The members of `metadata` that the engine itself writes and reads. Writers may add others.
public struct EventMetadata: Sendable, Hashable, Codable {
    /// Who did it: an opaque id, never a name.
    public var actor: String?
    /// The whole story that the event belongs to.
    public var correlationId: String?
    /// The id of the event or request that led to it directly.
    public var causationId: String?
    /// W3C Trace Context.
    public var traceparent: String?
    /// Of the request with an idempotency key that the event came with: lower-case hexadecimal SHA-256 of its body.
    public var requestDigest: String?

    public init(
        actor: String? = nil, correlationId: String? = nil, causationId: String? = nil, traceparent: String? = nil,
        requestDigest: String? = nil
    ) {
        self.actor = actor
        self.correlationId = correlationId
        self.causationId = causationId
        self.traceparent = traceparent
        self.requestDigest = requestDigest
    }
}

extension EventMetadata: JSONWritable {
    public func write(to members: inout MemberWriter) {
        members.write("actor", actor)
        members.write("causationId", causationId)
        members.write("correlationId", correlationId)
        members.write("requestDigest", requestDigest)
        members.write("traceparent", traceparent)
    }
}
