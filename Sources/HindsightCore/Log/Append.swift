/// The version a decision was based on.
public enum ExpectedVersion: Sendable, Hashable, CustomStringConvertible {
    case any
    case none
    case exists
    /// Exactly this version; `.exactly(0)` is `.none`.
    case exactly(StreamVersion)

    public func admits(_ actual: StreamVersion) -> Bool {
        switch self {
        case .any: true
        case .none: actual == 0
        case .exists: actual > 0
        case .exactly(let version): actual == version
        }
    }

    public var description: String {
        switch self {
        case .any: "any"
        case .none: "none"
        case .exists: "exists"
        case .exactly(let version): String(version)
        }
    }
}

/// Events for one stream, in the order they happened.
public struct StreamWrite: Sendable, Hashable {
    public var stream: StreamName
    /// Where an append names a stream twice, the second means the version after the first.
    public var expected: ExpectedVersion
    public var events: [NewEvent]

    public init(_ events: [NewEvent], to stream: StreamName, expecting expected: ExpectedVersion = .any) {
        self.stream = stream
        self.expected = expected
        self.events = events
    }
}

/// A stream that an append depends on without writing to it.
public struct StreamCheck: Sendable, Hashable {
    public var stream: StreamName
    public var expected: ExpectedVersion

    public init(_ stream: StreamName, expecting expected: ExpectedVersion) {
        self.stream = stream
        self.expected = expected
    }
}

/// Which events concern a decision: items are OR-ed; in an item types are OR-ed and tags AND-ed; an empty item matches everything.
///
/// The semantics are those of the dynamic consistency boundary specification, https://dcb.events/specification/ (read 2026-11).
public struct EventQuery: Sendable, Hashable {
    public struct Item: Sendable, Hashable {
        public var types: [EventType]
        public var tags: [Tag]

        public init(types: [EventType] = [], tags: [Tag] = []) {
            self.types = types
            self.tags = tags
        }

        public func matches(type: EventType, tags eventTags: [Tag]) -> Bool {
            (types.isEmpty || types.contains(type)) && tags.allSatisfy(eventTags.contains)
        }
    }

    public var items: [Item]

    public init(_ items: [Item]) { self.items = items }

    public func matches(type: EventType, tags: [Tag]) -> Bool {
        items.contains { $0.matches(type: type, tags: tags) }
    }
}

/// Fails an append if an event matching `query` lies after position `after`.
public struct AppendCondition: Sendable, Hashable {
    public var query: EventQuery
    public var after: Position

    public init(noneMatching query: EventQuery, after: Position) {
        self.query = query
        self.after = after
    }
}

/// The right to work on something, as it was when the work began: an append with it fails once the lease has passed on.
public struct Fence: Sendable, Hashable {
    public var lease: String
    public var epoch: Int64

    public init(lease: String, epoch: Int64) {
        self.lease = lease
        self.epoch = epoch
    }
}

/// Everything that is stored together, or not at all: the events take contiguous positions in the order written here.
public struct Append: Sendable, Hashable {
    public var writes: [StreamWrite]
    public var checks: [StreamCheck]
    public var condition: AppendCondition?
    public var fence: Fence?

    public init(_ writes: [StreamWrite], checks: [StreamCheck] = [], condition: AppendCondition? = nil, fence: Fence? = nil) {
        self.writes = writes
        self.checks = checks
        self.condition = condition
        self.fence = fence
    }

    /// Refuses what no engine may store: empty writes, one id twice, a condition that asks nothing, and anything over ``Limits``.
    public func validate() throws(EventLogError) { _ = try validatedExtent() }

    /// What one look at every event shows.
    package struct Extent {
        package var events = 0
        /// Of data and metadata.
        package var bytes = 0
        /// Whether each id is greater than the one before, as time-ordered ones are that one writer made.
        package var hasAscendingIDs = true
    }

    /// ``validate()``, and what it found on the way.
    package func validatedExtent() throws(EventLogError) -> Extent {
        var extent = Extent()
        guard !writes.isEmpty, writes.allSatisfy({ !$0.events.isEmpty }) else {
            throw .invalid(field: "events", reason: "an append holds at least one event for each stream it names")
        }
        var last: EventID?
        for write in writes {
            // A span, because a copy of each event would count the references to all that it holds.
            let events = write.events.span
            for index in events.indices {
                let bytes = try events[index].validatedSize()
                let id = events[index].id
                if let last, id <= last { extent.hasAscendingIDs = false }
                last = id
                extent.events += 1
                extent.bytes += bytes
            }
        }
        guard extent.events <= Limits.batchEvents else { throw .limitExceeded(.batchEvents, actual: extent.events) }
        guard extent.bytes <= Limits.batchBytes else { throw .limitExceeded(.batchBytes, actual: extent.bytes) }
        guard condition?.query.items.isEmpty != true else {
            throw .invalid(field: "condition", reason: "a query holds at least one item; an empty item matches everything")
        }
        // Ids of one writer mostly ascend, and then no two are the same.
        if !extent.hasAscendingIDs { try checkIDs() }
        return extent
    }

    private func checkIDs() throws(EventLogError) {
        var ids: Set<EventID> = []
        for event in writes.lazy.flatMap(\.events) {
            guard ids.insert(event.id).inserted else { throw .invalid(field: "id", reason: "\(event.id) stands twice in one append") }
        }
    }
}

extension NewEvent {
    /// Bytes of data and metadata, of an event within the limits.
    fileprivate func validatedSize() throws(EventLogError) -> Int {
        guard schemaVersion >= 1 else { throw .invalid(field: "schemaVersion", reason: "starts at 1") }
        let bytes = data.bytes.count + metadata.bytes.count
        guard bytes <= Limits.eventBytes else { throw .limitExceeded(.eventBytes, actual: bytes) }
        guard tags.count <= Limits.tagsPerEvent else { throw .limitExceeded(.tagsPerEvent, actual: tags.count) }
        return bytes
    }
}

/// The log's answer to an append.
public struct AppendReceipt: Sendable, Hashable {
    public struct Stream: Sendable, Hashable {
        public var stream: StreamName
        /// The stream's version after its last event of this append.
        public var version: StreamVersion

        public init(stream: StreamName, version: StreamVersion) {
            self.stream = stream
            self.version = version
        }
    }

    public var firstPosition: Position
    public var lastPosition: Position
    /// Of the last event.
    public var recordedAt: Timestamp
    public var streams: [Stream]
    /// Whether this is the answer of an earlier append that held the same events.
    public var isRepeat: Bool

    public init(firstPosition: Position, lastPosition: Position, recordedAt: Timestamp, streams: [Stream], isRepeat: Bool) {
        self.firstPosition = firstPosition
        self.lastPosition = lastPosition
        self.recordedAt = recordedAt
        self.streams = streams
        self.isRepeat = isRepeat
    }
}
