package import HindsightCore

/// One event type of the built-in code, apart from the enum it is a case of.
package struct EventKind: Sendable {
    package let type: EventType
    /// The newest is the one that is written.
    package let readableVersions: ClosedRange<Int>
    private let rewrite: @Sendable (JSONText, Int) throws -> NewEvent
    private let read: @Sendable (UnsafeRawBufferPointer, Int) -> UnreadableEvent?

    /// All types of a closed set.
    package static func all<Event: DomainEvent>(of events: Event.Type) -> [EventKind] {
        Event.codec.types.compactMap { type in
            Event.codec.kind(for: type).map { EventKind($0) }
        }
    }

    private init<Event: DomainEvent>(_ kind: EventCodec<Event>.Kind) {
        type = kind.type
        readableVersions = kind.readableVersions
        rewrite = { data, version in
            let event = try kind.decode(data, schemaVersion: version)
            return try event.encoded(
                id: .version7(at: Timestamp(microsecondsSince1970: 0), entropy: [UInt8](repeating: 0, count: 10)))
        }
        read = { data, version in
            do throws(UnreadableEvent) {
                _ = try kind.decode(data, schemaVersion: version)
                return nil
            } catch {
                return error
            }
        }
    }

    /// Reads data of any known version, and writes it as the code writes it today.
    package func rewritten(_ data: JSONText, version: Int) throws -> NewEvent { try rewrite(data, version) }

    /// What keeps data that is borrowed for the call from being read; `nil` if nothing does.
    package func trouble(reading data: UnsafeRawBufferPointer, version: Int) -> UnreadableEvent? { read(data, version) }
}
