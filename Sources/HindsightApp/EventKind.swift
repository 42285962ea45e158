package import HindsightCore

/// One event type of the built-in code, apart from the enum it is a case of.
package struct EventKind: Sendable {
    package let type: EventType
    /// The newest is the one that is written.
    package let readableVersions: ClosedRange<Int>
    private let rewrite: @Sendable (JSONText, Int) throws -> NewEvent

    /// All types of a closed set.
    package static func all<Event: DomainEvent>(of events: Event.Type) -> [EventKind] {
        Event.codec.types.compactMap { type in
            Event.codec.readableVersions(of: type).map { versions in
                EventKind(type: type, readableVersions: versions) { data, version in
                    let event = try Event.codec.decode(data, type: type, schemaVersion: version)
                    return try event.encoded(
                        id: .version7(at: Timestamp(microsecondsSince1970: 0), entropy: [UInt8](repeating: 0, count: 10)))
                }
            }
        }
    }

    /// Reads data of any known version, and writes it as the code writes it today.
    package func rewritten(_ data: JSONText, version: Int) throws -> NewEvent { try rewrite(data, version) }
}
