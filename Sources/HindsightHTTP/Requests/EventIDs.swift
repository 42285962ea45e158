import HindsightCore
import Synchronization

/// Ids for the events of a request that bring none: they follow from its idempotency key, if it has one.
final class EventIDs {
    private let key: IdempotentIdentities?
    private let identities: any IdentitySource
    private let clock: any WallClock
    /// Those that follow from the key, in the order of their events.
    private(set) var derived: [EventID] = []

    init(_ call: Call, _ key: String?, _ identities: any IdentitySource, _ clock: any WallClock) {
        self.key = key.map { IdempotentIdentities(name: call.idempotentName($0)) }
        self.identities = identities
        self.clock = clock
    }

    func make(in stream: StreamName) -> EventID {
        guard let key else { return identities.eventID(in: stream, version: 0, at: clock.now()) }
        let id = key.id(derived.count)
        derived.append(id)
        return id
    }
}

/// Ids of lines that follow from the key of their request and their order.
final class LineIdentities: IdentitySource {
    private let key: IdempotentIdentities
    private let count = Atomic(0)

    init(_ name: String) { key = IdempotentIdentities(name: name) }

    func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        key.id(count.add(1, ordering: .relaxed).oldValue)
    }
}
