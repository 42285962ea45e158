/// Which events a reader wants; kinds are AND-ed, several of one kind are OR-ed, an empty kind means any.
public struct EventFilter: Sendable, Hashable {
    public var stream: StreamName?
    public var categories: [Category]
    public var types: [EventType]
    public var tags: [Tag]

    public init(stream: StreamName? = nil, categories: [Category] = [], types: [EventType] = [], tags: [Tag] = []) {
        self.stream = stream
        self.categories = categories
        self.types = types
        self.tags = tags
    }

    public static let everything = EventFilter()

    public func matches(_ event: RecordedEvent) -> Bool {
        matches(stream: event.stream, type: event.type, tags: event.tags)
    }

    package func matches(stream: StreamName, type: EventType, tags eventTags: [Tag]) -> Bool {
        (self.stream == nil || self.stream == stream)
            && (categories.isEmpty || categories.contains(stream.category))
            && (types.isEmpty || types.contains(type))
            && (tags.isEmpty || tags.contains(where: eventTags.contains))
    }
}

public enum ReadDirection: Sendable, Hashable {
    case forwards, backwards
}

/// One page of a read: what to take, from where, in which order, and how much.
public struct EventSelection: Sendable, Hashable {
    public var filter: EventFilter
    /// Further narrows to events that a condition with this query would see.
    public var query: EventQuery?
    /// Exclusive, in reading direction: forwards `position > after`; backwards `position < after`. `nil` is the beginning or the head.
    public var after: Position?
    /// Inclusive, in reading direction: forwards `position ≤ until`; backwards `position ≥ until`.
    public var until: Position?
    public var direction: ReadDirection
    public var limit: Int

    public init(
        _ filter: EventFilter = .everything, query: EventQuery? = nil, after: Position? = nil, until: Position? = nil,
        direction: ReadDirection = .forwards, limit: Int = 1_000
    ) {
        self.filter = filter
        self.query = query
        self.after = after
        self.until = until
        self.direction = direction
        self.limit = limit
    }

    /// Refuses what no engine may answer: a page of no events, and a query that asks nothing.
    public func validate() throws(EventLogError) {
        guard limit >= 1 else { throw .invalid(field: "limit", reason: "a page holds at least one event") }
        guard query?.items.isEmpty != true else {
            throw .invalid(field: "query", reason: "a query holds at least one item; an empty item matches everything")
        }
    }

    public func matches(_ event: RecordedEvent) -> Bool {
        matches(position: event.position, stream: event.stream, type: event.type, tags: event.tags)
    }

    /// Whether an event with these properties is selected.
    package func matches(position: Position, stream: StreamName, type: EventType, tags: [Tag]) -> Bool {
        let isWithinBounds =
            switch direction {
            case .forwards: position > (after ?? 0) && position <= (until ?? .max)
            case .backwards: position < (after ?? .max) && position >= (until ?? 0)
            }
        return isWithinBounds && filter.matches(stream: stream, type: type, tags: tags) && query?.matches(type: type, tags: tags) ?? true
    }

    /// Whether the properties of an event's tags decide if it is selected.
    package var asksForTags: Bool { !filter.tags.isEmpty || query?.items.contains { !$0.tags.isEmpty } ?? false }
}

/// A selection as an asynchronous sequence: pages are read as they are consumed, so a slow reader holds one page and no more.
public struct EventSequence: AsyncSequence {
    public typealias Element = RecordedEvent

    let log: any EventLog
    let selection: EventSelection
    let goesOnLive: Bool

    public func makeAsyncIterator() -> Iterator { Iterator(log: log, selection: selection, goesOnLive: goesOnLive) }

    public struct Iterator: AsyncIteratorProtocol {
        let log: any EventLog
        var selection: EventSelection
        let goesOnLive: Bool
        private var page: ArraySlice<RecordedEvent> = []

        init(log: any EventLog, selection: EventSelection, goesOnLive: Bool) {
            self.log = log
            self.selection = selection
            self.goesOnLive = goesOnLive
        }

        public mutating func next() async throws -> RecordedEvent? { try await next(isolation: nil) }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> RecordedEvent? {
            while page.isEmpty {
                // The head is taken before the page: what is appended in between lies after it and is found by the next wait.
                let head = goesOnLive ? try await log.head().position : 0
                let events = try await log.read(selection)
                if let last = events.last {
                    selection.after = last.position
                    page = events[...]
                } else {
                    // Nothing up to the head concerns this reader, so the next page starts there.
                    let covered = Swift.max(head, selection.after ?? 0)
                    guard goesOnLive, selection.direction == .forwards, covered < selection.until ?? .max else { return nil }
                    try Task.checkCancellation()
                    try await log.waitForEvents(after: covered)
                    selection.after = covered
                }
            }
            return page.popFirst()
        }
    }
}
