import Synchronization

/// Decisions that will be stored together: loads streams, lets deciders decide on them, and collects what they decided.
///
/// A decision later in the batch sees the events of the earlier ones. Every stream that was read is written, or checked, at the version
/// that was read, so the append fails if anybody came between.
public final class DecisionBatch: Sendable {
    /// An event of the batch, before it has a position.
    public struct Decided: Sendable {
        public let stream: StreamName
        public let version: StreamVersion
        public let id: EventID
        public let event: any DomainEvent
    }

    private struct Contents {
        var loaded: [StreamName: [RecordedEvent]] = [:]
        var versions: [StreamName: StreamVersion] = [:]
        var writes: [StreamWrite] = []
        var condition: AppendCondition?
        var decided: [Decided] = []
        var basedOn: Position = 0
        var supposed: [StreamName: any Sendable] = [:]
        /// Of the decisions that follow.
        var metadata: JSONText
        var cause: EventID?
    }

    private let log: any EventLog
    private let identities: any IdentitySource
    private let writer: EventMetadata
    /// Of decisions that are attributed to nothing in particular.
    package let metadata: JSONText
    /// The clock when the batch began.
    public let now: Timestamp
    // Not an actor: a saga's plan takes a dozen steps here, and would leave its runner for each.
    private let contents: Mutex<Contents>

    public init(log: any EventLog, identities: any IdentitySource, now: Timestamp, metadata: EventMetadata = EventMetadata()) throws {
        self.log = log
        self.identities = identities
        self.now = now
        writer = metadata
        let text = try JSONText(encoding: metadata)
        self.metadata = text
        contents = Mutex(Contents(metadata: text))
    }

    /// In the order they will stand in the log.
    public var decided: [Decided] { contents.withLock(\.decided) }

    /// The latest position among the events that decisions were based on.
    public var basedOn: Position { contents.withLock(\.basedOn) }

    public var isEmpty: Bool { contents.withLock(\.writes.isEmpty) }

    /// Names what leads directly to the decisions that follow, and the story that they are part of.
    ///
    /// - Parameters:
    ///   - cause: `nil` if no event does.
    ///   - correlation: `nil` for that of the batch, if it has one.
    func attribute(to cause: EventID?, correlation: String?) throws {
        if contents.withLock({ $0.cause == cause }) { return }
        var metadata = writer
        if let cause { metadata.causationId = cause.description }
        if let correlation { metadata.correlationId = correlation }
        let text = try JSONText(encoding: metadata)
        contents.withLock { contents in (contents.cause, contents.metadata) = (cause, text) }
    }

    /// Lets the decider decide on the stream's state, and adds its events.
    ///
    /// - Returns: The new events; none if there was nothing to do.
    /// - Throws: The decider's rejection; then the batch is as it was before.
    @discardableResult
    nonisolated(nonsending) public func decide<D: Decider>(
        _ decider: D.Type, _ command: D.Command, on stream: StreamName
    ) async throws -> [D.Event] {
        let state = try await state(of: decider, on: stream)
        let events = try D.decide(command, given: state)
        try await append(events, to: stream)
        return events
    }

    /// The state of a stream, with what this batch adds to it.
    nonisolated(nonsending) public func state<D: Decider>(of decider: D.Type, on stream: StreamName) async throws -> D.State {
        let recorded = try await load(stream)
        var state = D.initialState
        if let supposed = contents.withLock({ $0.supposed[stream] }) as? D.State {
            state = supposed
        } else {
            for event in recorded {
                if let event = try D.Event.codec.decode(event) { D.evolve(&state, with: event) }
            }
        }
        for addition in decided where addition.stream == stream {
            if let event = try addition.event.member(of: D.Event.self) { D.evolve(&state, with: event) }
        }
        return state
    }

    /// The newest event of a stream that has one of these types, with what this batch adds to it, for streams of which only that counts:
    /// nothing before it is read.
    nonisolated(nonsending) public func newest<Event: DomainEvent>(
        _ event: Event.Type, among types: [EventType], on stream: StreamName
    ) async throws -> Event? {
        for addition in decided.reversed() where addition.stream == stream {
            if types.contains(type(of: addition.event.payload).type) { return try addition.event.member(of: Event.self) }
        }
        // The version first: what comes between makes the append fail.
        guard try await version(of: stream) > 0 else { return nil }
        let selection = EventSelection(EventFilter(stream: stream, types: types), after: .max, direction: .backwards, limit: 1)
        guard let recorded = try await log.read(selection).first else { return nil }
        contents.withLock { $0.basedOn = max($0.basedOn, recorded.position) }
        return try Event.codec.decode(recorded)
    }

    /// Lets the stream's state be this one, whatever the log has: for questions of what would have been.
    public func suppose<D: Decider>(_ state: D.State, of decider: D.Type, on stream: StreamName) {
        contents.withLock { $0.supposed[stream] = state }
    }

    /// Adds events without asking a decider.
    ///
    /// - Returns: The ids the events will have.
    @discardableResult
    nonisolated(nonsending) public func append(_ events: [some DomainEvent], to stream: StreamName) async throws -> [EventID] {
        guard !events.isEmpty else { return [] }
        let known = try await version(of: stream)
        return try contents.withLock { contents in
            let expected = contents.versions[stream] ?? known
            var version = expected
            var (encoded, added): ([NewEvent], [Decided]) = ([], [])
            for event in events {
                version += 1
                let ordinal = contents.decided.count + added.count
                let id = identities.eventID(ordinal: ordinal, in: stream, version: version, at: now)
                encoded.append(try event.encoded(id: id, metadata: contents.metadata))
                added.append(Decided(stream: stream, version: version, id: id, event: event))
            }
            contents.decided += added
            contents.versions[stream] = version
            if let last = contents.writes.indices.last, contents.writes[last].stream == stream {
                contents.writes[last].events += encoded
            } else {
                contents.writes.append(StreamWrite(encoded, to: stream, expecting: .exactly(expected)))
            }
            return added.map(\.id)
        }
    }

    /// Bases the batch on the stream at this version, as the caller knows it from reading it before.
    public func base(on version: StreamVersion, of stream: StreamName) {
        contents.withLock { $0.versions[stream] = version }
    }

    /// Makes the append fail if an event matching the query lies after `position`.
    public func requireNone(matching query: EventQuery, after position: Position) {
        contents.withLock { $0.condition = AppendCondition(noneMatching: query, after: position) }
    }

    /// Whether an event matching the query lies after `position` now: then a condition on it would fail for ever.
    nonisolated(nonsending) public func hasEvents(matching query: EventQuery, after position: Position) async throws -> Bool {
        try await !log.read(EventSelection(query: query, after: position, limit: 1)).isEmpty
    }

    /// Everything decided, for one append. Streams that were only read are checked.
    public func append(fencedBy fence: Fence? = nil) -> Append {
        contents.withLock { contents in
            let written = Set(contents.writes.map(\.stream))
            let onlyRead = contents.versions.filter { !written.contains($0.key) }.sorted { $0.key < $1.key }
            return Append(
                contents.writes, checks: onlyRead.map { StreamCheck($0.key, expecting: .exactly($0.value)) },
                condition: contents.condition, fence: fence)
        }
    }

    nonisolated(nonsending) private func version(of stream: StreamName) async throws -> StreamVersion {
        if let version = contents.withLock({ $0.versions[stream] }) { return version }
        let version = try await log.version(of: stream)
        contents.withLock { $0.versions[stream] = $0.versions[stream] ?? version }
        return version
    }

    nonisolated(nonsending) private func load(_ stream: StreamName) async throws -> [RecordedEvent] {
        if let loaded = contents.withLock({ $0.loaded[stream] }) { return loaded }
        var events: [RecordedEvent] = []
        for try await event in log.events(EventSelection(EventFilter(stream: stream))) { events.append(event) }
        return contents.withLock { contents in
            contents.loaded[stream] = events
            if contents.versions[stream] == nil { contents.versions[stream] = events.last?.version ?? 0 }
            contents.basedOn = max(contents.basedOn, events.last?.position ?? 0)
            return events
        }
    }
}
