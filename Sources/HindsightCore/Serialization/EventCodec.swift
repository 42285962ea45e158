/// What one kind of event carries, and its name on the wire.
public protocol EventPayload: Codable, Sendable, Equatable {
    static var type: EventType { get }
    /// The version that `Codable` of this type writes; older ones reach it through upcasters.
    static var schemaVersion: Int { get }

    /// Reads the payload's JSON from borrowed bytes: through `Codable`, or faster where the type is ``JSONReadable``.
    init(json bytes: UnsafeRawBufferPointer) throws

    /// The payload as one compact line of JSON: through `Codable`, or faster where the type is ``JSONWritable``.
    func json() throws -> [UInt8]
}

extension EventPayload {
    public static var schemaVersion: Int { 1 }

    public init(json bytes: UnsafeRawBufferPointer) throws {
        self = try JSON.decode(Self.self, from: bytes)
    }

    public func json() throws -> [UInt8] { try JSON.encode(self) }
}

extension EventPayload where Self: JSONReadable {
    @inlinable
    public init(json bytes: UnsafeRawBufferPointer) throws {
        self = try JSON.read(Self.self, from: bytes)
    }
}

extension EventPayload where Self: JSONWritable {
    public func json() throws -> [UInt8] { try JSON.write(self) }
}

/// A closed set of events: an enum with one case for each payload.
public protocol DomainEvent: Sendable, Equatable {
    static var codec: EventCodec<Self> { get }

    var payload: any EventPayload { get }
    /// Business time, where it differs from the time of recording.
    var occurredAt: Timestamp? { get }
    /// Links across streams; opaque ids only.
    var tags: [Tag] { get }
}

extension DomainEvent {
    public var occurredAt: Timestamp? { nil }
    public var tags: [Tag] { [] }

    /// The event as the log takes it.
    public func encoded(id: EventID, metadata: JSONText = .empty) throws -> NewEvent {
        let payload = payload
        return NewEvent(
            id: id, type: Swift.type(of: payload).type, schemaVersion: Swift.type(of: payload).schemaVersion, occurredAt: occurredAt,
            data: try JSONText(object: payload.json()), metadata: metadata, tags: tags)
    }

    /// The same event as one of another set, a whole domain's for example; `nil` where that has no such kind.
    package func member<Other: DomainEvent>(of set: Other.Type) throws -> Other? {
        if let event = self as? Other { return event }
        let payload = payload
        guard let kind = Other.codec.kind(for: Swift.type(of: payload).type) else { return nil }
        return try kind.decode(JSONText(object: payload.json()), schemaVersion: Swift.type(of: payload).schemaVersion)
    }
}

/// Reads recorded events of a closed set by their wire names.
public struct EventCodec<Event: Sendable>: Sendable {
    /// One case of the set: `.kind(Event.paymentDeclined)`.
    public struct Kind: Sendable {
        public let type: EventType
        public let schemaVersion: Int
        @usableFromInline let read: @Sendable (UnsafeRawBufferPointer) throws -> Event
        /// One for each older version that is read, up to the one before ``schemaVersion``.
        fileprivate var upcasters: ArraySlice<Upcaster> = []

        @usableFromInline
        init(type: EventType, schemaVersion: Int, read: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Event) {
            (self.type, self.schemaVersion, self.read) = (type, schemaVersion, read)
        }

        // Inlinable, so that a payload is read where it is known, and not through its metadata.
        @inlinable
        public static func kind<Payload: EventPayload>(_ embed: @escaping @Sendable (Payload) -> Event) -> Kind {
            Kind(type: Payload.type, schemaVersion: Payload.schemaVersion) { embed(try Payload(json: $0)) }
        }
    }

    /// The wire names of the set, in byte order.
    public let types: [EventType]
    @usableFromInline let kinds: [Kind]
    private let table: EventTypeTable

    /// - Parameter upcasters: For each type those that lead from its oldest version that still is read to the one its payload writes, step
    ///   by step and in any order. One that leads nowhere is a mistake in the program, and stops it here rather than at an old event.
    public init(_ kinds: [Kind], upcasters: [Upcaster] = []) {
        types = kinds.map(\.type).sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
        table = EventTypeTable(kinds.map(\.type))
        let steps = Dictionary(grouping: upcasters, by: \.type)
        for type in steps.keys { precondition(table.index(of: type) != nil, "an upcaster is for \(type), which is not in the set") }
        self.kinds = kinds.map { kind in
            var kind = kind
            kind.upcasters = Upcaster.chain(of: steps[kind.type, default: []], to: kind.schemaVersion)
            return kind
        }
    }

    /// How to read events of this type; `nil` for one outside the set.
    public func kind(for type: EventType) -> Kind? {
        index(of: type).map { kinds[$0] }
    }

    /// Into ``kinds``.
    @usableFromInline
    func index(of type: EventType) -> Int? { table.index(of: type) }

    /// The versions of `type` that can be read; empty for a type outside the set.
    public func readableVersions(of type: EventType) -> ClosedRange<Int>? {
        kind(for: type)?.readableVersions
    }

    /// `nil` for an event of a type outside the set, and for one whose data was erased.
    ///
    /// - Throws: ``UnreadableEvent`` for one of the set that cannot be read.
    public func decode(_ recorded: RecordedEvent) throws(UnreadableEvent) -> Event? {
        guard let data = recorded.data, let kind = kind(for: recorded.type) else { return nil }
        do {
            return try kind.decode(data, schemaVersion: recorded.schemaVersion)
        } catch {
            throw error.at(recorded.position)
        }
    }

    /// Decodes an event straight from the engine's bytes; see ``decode(_:)-(RecordedEvent)``.
    public func decode(_ recorded: borrowing BorrowedEvent) throws(UnreadableEvent) -> Event? {
        guard let data = recorded.data, let index = index(of: recorded.type) else { return nil }
        do {
            return try kinds[index].decode(data, schemaVersion: recorded.schemaVersion)
        } catch {
            throw error.at(recorded.position)
        }
    }

    /// - Throws: ``UnreadableEvent`` for a type outside the set as well.
    public func decode(_ data: JSONText, type: EventType, schemaVersion: Int) throws(UnreadableEvent) -> Event {
        guard let kind = kind(for: type) else { throw UnreadableEvent(position: nil, type: type, pointer: "/type", reason: "is unknown") }
        return try kind.decode(data, schemaVersion: schemaVersion)
    }
}

extension EventCodec.Kind {
    /// The last is the one that is written.
    public var readableVersions: ClosedRange<Int> { schemaVersion - upcasters.count...schemaVersion }

    public func decode(_ data: JSONText, schemaVersion: Int) throws(UnreadableEvent) -> Event {
        try data.bytes.withUnsafeBufferPointer { bytes throws(UnreadableEvent) in
            try decode(UnsafeRawBufferPointer(bytes), schemaVersion: schemaVersion)
        }
    }

    /// Reads an event whose data is borrowed for the call, without copying it.
    @inlinable
    public func decode(_ data: UnsafeRawBufferPointer, schemaVersion: Int) throws(UnreadableEvent) -> Event {
        do {
            return try schemaVersion == self.schemaVersion ? read(data) : readOlder(data, schemaVersion: schemaVersion)
        } catch {
            throw unreadable(error)
        }
    }

    @usableFromInline
    func readOlder(_ data: UnsafeRawBufferPointer, schemaVersion: Int) throws -> Event {
        guard readableVersions.contains(schemaVersion) else {
            throw unreadable("/schemaVersion", UnreadableEvent.reason(forVersion: schemaVersion, outside: readableVersions))
        }
        var value = try JSON.decode(JSONValue.self, from: data)
        for step in upcasters.suffix(self.schemaVersion - schemaVersion) { value = step.rewrite(value) }
        let current = try JSON.encode(value)
        do {
            return try current.withUnsafeBytes { try read($0) }
        } catch {
            // The pointer is into what the upcasters made, which may look little like what was recorded.
            let trouble = unreadable(error)
            throw unreadable(trouble.pointer, "\(trouble.reason), once brought from version \(schemaVersion) to \(self.schemaVersion)")
        }
    }

    @usableFromInline
    func unreadable(_ error: any Error) -> UnreadableEvent {
        if let error = error as? UnreadableEvent { return error }
        guard let error = error as? DecodingError else { return unreadable("/data", "cannot be read") }
        let (pointer, reason) = error.pointerAndReason
        return unreadable("/data" + pointer, reason)
    }

    private func unreadable(_ pointer: String, _ reason: String) -> UnreadableEvent {
        UnreadableEvent(position: nil, type: type, pointer: pointer, reason: reason)
    }
}

/// The types of a set by the length of their names, of which few share one: a replay looks up the type of every event, and hashing a name
/// costs as much as reading a member or two.
private struct EventTypeTable {
    private var byLength = [[(name: String, index: Int)]](repeating: [], count: Limits.typeBytes + 1)

    init(_ types: [EventType]) {
        for (index, type) in types.enumerated() {
            precondition(self.index(of: type) == nil, "a set of events names \(type) once")
            byLength[type.description.utf8.count].append((type.description, index))
        }
    }

    func index(of type: EventType) -> Int? {
        var text = type.description
        return text.withUTF8 { text in
            let text = UnsafeRawBufferPointer(text)
            for (name, index) in byLength[text.count] {
                var name = name
                if name.withUTF8({ UnsafeRawBufferPointer($0).holds(text, at: 0) }) { return index }
            }
            return nil
        }
    }
}

/// A recorded event that the current code cannot read, and where.
public struct UnreadableEvent: Error, Sendable, Equatable, CustomStringConvertible {
    public let position: Position?
    public let type: EventType
    /// JSON pointer into the event.
    public let pointer: String
    public let reason: String

    /// Why data of a schema version that is not among the `readable` ones is not read.
    package static func reason(forVersion version: Int, outside readable: ClosedRange<Int>) -> String {
        version > readable.upperBound
            ? "version \(version) is newer than \(readable.upperBound), the newest that is known"
            : "version \(version) is older than \(readable.lowerBound), the oldest that is still read"
    }

    @usableFromInline
    func at(_ position: Position) -> UnreadableEvent {
        UnreadableEvent(position: position, type: type, pointer: pointer, reason: reason)
    }

    public var description: String {
        "\(type)\(position.map { " at position \($0)" } ?? ""): \(pointer) \(reason)"
    }
}
