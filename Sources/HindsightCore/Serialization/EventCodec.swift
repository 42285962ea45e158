/// What one kind of event carries, and its name on the wire.
public protocol EventPayload: Codable, Sendable, Equatable {
    static var type: EventType { get }
    /// The version that `Codable` of this type writes; older ones reach it through upcasters.
    static var schemaVersion: Int { get }
}

extension EventPayload {
    public static var schemaVersion: Int { 1 }
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
            data: try JSONText(encoding: payload), metadata: metadata, tags: tags)
    }
}

/// Rewrites data of one older schema version into the next one, purely: `(2.0, "amount")` becomes `(200, "amountMinor")`.
public struct Upcaster: Sendable {
    public let type: EventType
    public let fromVersion: Int
    public let rewrite: @Sendable (JSONValue) -> JSONValue

    public init(_ type: EventType, from version: Int, rewrite: @escaping @Sendable (JSONValue) -> JSONValue) {
        self.type = type
        fromVersion = version
        self.rewrite = rewrite
    }
}

/// Reads recorded events of a closed set by their wire names.
public struct EventCodec<Event: Sendable>: Sendable {
    /// One case of the set: `.kind(Event.paymentDeclined)`.
    public struct Kind: Sendable {
        public let type: EventType
        public let schemaVersion: Int
        let decode: @Sendable ([UInt8]) throws -> Event

        public static func kind<Payload: EventPayload>(_ embed: @escaping @Sendable (Payload) -> Event) -> Kind {
            Kind(type: Payload.type, schemaVersion: Payload.schemaVersion) { embed(try JSON.decode(Payload.self, from: $0)) }
        }
    }

    /// The wire names of the set, in byte order.
    public let types: [EventType]
    private let kinds: [EventType: Kind]
    private let upcasters: [EventType: [Int: Upcaster]]

    public init(_ kinds: [Kind], upcasters: [Upcaster] = []) {
        self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0.type, $0) })
        types = kinds.map(\.type).sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
        self.upcasters = Dictionary(grouping: upcasters, by: \.type).mapValues {
            Dictionary(uniqueKeysWithValues: $0.map { ($0.fromVersion, $0) })
        }
    }

    /// The versions of `type` that can be read; empty for a type outside the set.
    public func readableVersions(of type: EventType) -> ClosedRange<Int>? {
        guard let kind = kinds[type] else { return nil }
        var oldest = kind.schemaVersion
        while upcasters[type]?[oldest - 1] != nil { oldest -= 1 }
        return oldest...kind.schemaVersion
    }

    /// `nil` for an event of a type outside the set, and for one whose data was erased.
    ///
    /// - Throws: ``UnreadableEvent`` for one of the set that cannot be read.
    public func decode(_ recorded: RecordedEvent) throws(UnreadableEvent) -> Event? {
        guard let data = recorded.data, kinds[recorded.type] != nil else { return nil }
        do {
            return try decode(data, type: recorded.type, schemaVersion: recorded.schemaVersion)
        } catch {
            throw UnreadableEvent(position: recorded.position, type: recorded.type, pointer: error.pointer, reason: error.reason)
        }
    }

    /// - Throws: ``UnreadableEvent`` for a type outside the set as well.
    public func decode(_ data: JSONText, type: EventType, schemaVersion: Int) throws(UnreadableEvent) -> Event {
        func unreadable(_ pointer: String, _ reason: String) -> UnreadableEvent {
            UnreadableEvent(position: nil, type: type, pointer: pointer, reason: reason)
        }
        guard let kind = kinds[type] else { throw unreadable("/type", "is unknown") }
        do {
            var bytes = data.bytes
            if schemaVersion != kind.schemaVersion {
                var value = try JSON.decode(JSONValue.self, from: bytes)
                for version in schemaVersion..<max(schemaVersion, kind.schemaVersion) {
                    guard let upcaster = upcasters[type]?[version] else {
                        throw unreadable("/schemaVersion", "version \(schemaVersion) is unknown")
                    }
                    value = upcaster.rewrite(value)
                }
                guard schemaVersion < kind.schemaVersion else { throw unreadable("/schemaVersion", "version \(schemaVersion) is unknown") }
                bytes = try JSON.encode(value)
            }
            return try kind.decode(bytes)
        } catch let error as UnreadableEvent {
            throw error
        } catch let error as DecodingError {
            let (pointer, reason) = error.pointerAndReason
            throw unreadable("/data" + pointer, reason)
        } catch {
            throw unreadable("/data", "cannot be read")
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

    public var description: String {
        "\(type)\(position.map { " at position \($0)" } ?? ""): \(pointer) \(reason)"
    }
}
