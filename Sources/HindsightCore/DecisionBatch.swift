/// Decisions that will be stored together: loads streams, lets deciders decide on them, and collects what they decided.
///
/// A decision later in the batch sees the events of the earlier ones. Every stream that was read is written, or checked, at the version
/// that was read, so the append fails if anybody came between.
public actor DecisionBatch {
    /// An event of the batch, before it has a position.
    public struct Decided: Sendable {
        public let stream: StreamName
        public let version: StreamVersion
        public let id: EventID
        public let event: any DomainEvent
    }

    private let log: any EventLog
    private let identities: any IdentitySource
    private let metadata: JSONText
    /// The clock when the batch began.
    public let now: Timestamp

    private var loaded: [StreamName: [RecordedEvent]] = [:]
    private var versions: [StreamName: StreamVersion] = [:]
    private var writes: [StreamWrite] = []
    private var checks: [StreamCheck] = []
    private var condition: AppendCondition?
    /// In the order they will stand in the log.
    public private(set) var decided: [Decided] = []
    /// The latest position among the events that decisions were based on.
    public private(set) var basedOn: Position = 0

    public init(log: any EventLog, identities: any IdentitySource, now: Timestamp, metadata: EventMetadata = EventMetadata()) throws {
        self.log = log
        self.identities = identities
        self.now = now
        self.metadata = try JSONText(encoding: metadata)
    }

    /// Lets the decider decide on the stream's state, and adds its events.
    ///
    /// - Returns: The new events; none if there was nothing to do.
    /// - Throws: The decider's rejection; then the batch is as it was before.
    @discardableResult
    public func decide<D: Decider>(_ decider: D.Type, _ command: D.Command, on stream: StreamName) async throws -> [D.Event] {
        let state = try await state(of: decider, on: stream)
        let events = try D.decide(command, given: state)
        try await append(events, to: stream)
        return events
    }

    /// The state of a stream, with what this batch adds to it.
    public func state<D: Decider>(of decider: D.Type, on stream: StreamName) async throws -> D.State {
        try await load(stream)
        var state = D.initialState
        for recorded in loaded[stream, default: []] {
            if let event = try D.Event.codec.decode(recorded) { D.evolve(&state, with: event) }
        }
        for addition in decided where addition.stream == stream {
            if let event = addition.event as? D.Event { D.evolve(&state, with: event) }
        }
        return state
    }

    /// Adds events without asking a decider.
    ///
    /// - Returns: The ids the events will have.
    @discardableResult
    public func append(_ events: [some DomainEvent], to stream: StreamName) async throws -> [EventID] {
        guard !events.isEmpty else { return [] }
        var version = try await version(of: stream)
        let expected = version
        var encoded: [NewEvent] = []
        for event in events {
            version += 1
            let id = identities.eventID(ordinal: decided.count, in: stream, version: version, at: now)
            encoded.append(try event.encoded(id: id, metadata: metadata))
            decided.append(Decided(stream: stream, version: version, id: id, event: event))
        }
        versions[stream] = version
        if let last = writes.indices.last, writes[last].stream == stream {
            writes[last].events += encoded
        } else {
            writes.append(StreamWrite(encoded, to: stream, expecting: .exactly(expected)))
        }
        return encoded.map(\.id)
    }

    /// Bases the batch on the stream at this version, as the caller knows it from reading it before.
    public func base(on version: StreamVersion, of stream: StreamName) {
        versions[stream] = version
    }

    /// Makes the append fail if an event matching the query lies after `position`.
    public func requireNone(matching query: EventQuery, after position: Position) {
        condition = AppendCondition(noneMatching: query, after: position)
    }

    /// Whether an event matching the query lies after `position` now: then a condition on it would fail for ever.
    public func hasEvents(matching query: EventQuery, after position: Position) async throws -> Bool {
        try await !log.read(EventSelection(query: query, after: position, limit: 1)).isEmpty
    }

    public var isEmpty: Bool { writes.isEmpty }

    /// Everything decided, for one append. Streams that were only read are checked.
    public func append(fencedBy fence: Fence? = nil) -> Append {
        let written = Set(writes.map(\.stream))
        let onlyRead = versions.filter { !written.contains($0.key) }.sorted { $0.key < $1.key }
        return Append(
            writes, checks: onlyRead.map { StreamCheck($0.key, expecting: .exactly($0.value)) }, condition: condition, fence: fence)
    }

    private func version(of stream: StreamName) async throws -> StreamVersion {
        if let version = versions[stream] { return version }
        let version = try await log.version(of: stream)
        versions[stream] = version
        return version
    }

    private func load(_ stream: StreamName) async throws {
        guard loaded[stream] == nil else { return }
        var events: [RecordedEvent] = []
        for try await event in log.events(EventSelection(EventFilter(stream: stream))) { events.append(event) }
        loaded[stream] = events
        if versions[stream] == nil { versions[stream] = events.last?.version ?? 0 }
        basedOn = max(basedOn, events.last?.position ?? 0)
    }
}
