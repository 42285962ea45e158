/// What a stretch of the log did to the rows of one generation: stored together with the checkpoint, or not at all.
public struct RowBatch: Sendable {
    /// How far the log has been read.
    public var checkpoint: Position
    /// At most one for each key.
    public var updates: [RowUpdate]
    /// Rows whose past is told anew, since events were left out of it.
    public var rewrites: [RowRewrite]
    /// Events that wait until their stream can be folded again.
    public var parked: [ParkedEvent]
    /// Streams that events were parked of for the first time, or again.
    public var failures: [StreamFailure]
    /// Streams whose parked events have been folded.
    public var resumed: [StreamName]
    /// Whether whoever else follows the generation has to read it again.
    public var revises: Bool

    public init(
        checkpoint: Position, updates: [RowUpdate] = [], rewrites: [RowRewrite] = [], parked: [ParkedEvent] = [],
        failures: [StreamFailure] = [], resumed: [StreamName] = [], revises: Bool = false
    ) {
        self.checkpoint = checkpoint
        self.updates = updates
        self.rewrites = rewrites
        self.parked = parked
        self.failures = failures
        self.resumed = resumed
        self.revises = revises
    }
}

/// What a stretch of the log did to one row.
public struct RowUpdate: Sendable {
    public let key: String
    /// The events that concerned the row, ascending; never empty.
    public let touches: [Position]
    /// As the last of them left it: JSON with sorted keys; `nil` if there is no such row.
    public let body: [UInt8]?
    /// Further states that are worth keeping.
    public let snapshots: [RowSnapshot]
    /// Entries of declared indexes that began to hold and still do, and that of ``IndexEntry/existence``.
    public let opened: [EntrySpan]
    /// Entries that held before and ceased to: `since` is not told again.
    public let closed: [ClosedEntry]
    /// Entries that began and ceased to hold.
    public let passed: [EntrySpan]

    public init(
        key: String, touches: [Position], body: [UInt8]?, snapshots: [RowSnapshot], opened: [EntrySpan], closed: [ClosedEntry],
        passed: [EntrySpan]
    ) {
        self.key = key
        self.touches = touches
        self.body = body
        self.snapshots = snapshots
        self.opened = opened
        self.closed = closed
        self.passed = passed
    }
}

/// A row whose whole past is replaced.
public struct RowRewrite: Sendable {
    public let key: String
    /// All events that concern it, ascending.
    public let touches: [Position]
    public let body: [UInt8]?
    public let snapshots: [RowSnapshot]
    /// All entries that it has or had; those that are stored go.
    public let entries: [EntrySpan]

    public init(key: String, touches: [Position], body: [UInt8]?, snapshots: [RowSnapshot], entries: [EntrySpan]) {
        self.key = key
        self.touches = touches
        self.body = body
        self.snapshots = snapshots
        self.entries = entries
    }
}

/// A row as the event at `position` left it.
public struct RowSnapshot: Sendable, Hashable {
    public let position: Position
    /// `nil` if there was no such row.
    public let body: [UInt8]?

    public init(position: Position, body: [UInt8]?) {
        self.position = position
        self.body = body
    }
}

/// A value of a declared index; values are compared by bytes.
public struct IndexEntry: Sendable, Hashable {
    public let index: String
    public let value: String

    public init(index: String, value: String) {
        self.index = index
        self.value = value
    }

    /// That the row exists: what an unfiltered list goes by.
    public static let existence = IndexEntry(index: "", value: "")

    public static func == (left: IndexEntry, right: IndexEntry) -> Bool {
        left.index == right.index && left.value.hasSameBytes(as: right.value)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(index)
        value.hashBytes(into: &hasher)
    }
}

/// From which event on an entry held, and which one ended it.
public struct EntrySpan: Sendable, Hashable {
    public let entry: IndexEntry
    public let since: Position
    /// `nil` while it holds.
    public let until: Position?

    public init(entry: IndexEntry, since: Position, until: Position?) {
        self.entry = entry
        self.since = since
        self.until = until
    }
}

public struct ClosedEntry: Sendable, Hashable {
    public let entry: IndexEntry
    public let until: Position

    public init(entry: IndexEntry, until: Position) {
        self.entry = entry
        self.until = until
    }
}

// MARK: - Parked events

public struct ParkedEvent: Sendable, Hashable {
    public let stream: StreamName
    public let position: Position

    public init(stream: StreamName, position: Position) {
        self.stream = stream
        self.position = position
    }
}

/// Why the events of a stream are parked: the first of them could not be folded, and none may overtake it.
public struct StreamFailure: Sendable, Hashable, Codable {
    public let stream: StreamName
    /// Of the event that could not be folded.
    public let position: Position
    public let type: EventType
    /// Without any value of the event.
    public let error: String
    /// How often it was tried.
    public let attempts: Int
    /// How many events wait, that one included; counted by the store.
    public let events: Int

    public init(stream: StreamName, position: Position, type: EventType, error: String, attempts: Int, events: Int = 0) {
        self.stream = stream
        self.position = position
        self.type = type
        self.error = error
        self.attempts = attempts
        self.events = events
    }
}
