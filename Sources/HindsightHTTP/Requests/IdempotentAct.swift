import HindsightApp
import HindsightCore
import HindsightRuntime
import Synchronization

/// A wish to a domain: done once for an idempotency key, and answered from the log, so that the answer is the same for ever.
struct IdempotentAct: Sendable {
    let log: any EventLog
    let call: Call
    private let key: Key?

    private struct Key: Sendable {
        let firstID: EventID
        let name: String
        let digest: String
    }

    /// - Parameter body: What tells this request from another with the same key.
    init(_ call: Call, body: JSONValue, log: any EventLog) throws {
        self.log = log
        self.call = call
        key = try call.idempotencyKey().map { key in
            let name = call.idempotentName(key)
            return Key(
                firstID: IdempotentIdentities(name: name).id(0), name: name, digest: IdempotentIdentities.digest(of: try JSON.encode(body)))
        }
    }

    /// The metadata of what the act leads to.
    func metadata() throws -> EventMetadata {
        EventMetadata(
            actor: call.actor, correlationId: try call.correlationID(), traceparent: try call.traceparent(), requestDigest: key?.digest)
    }

    /// The ids of what the act leads to.
    var identities: any IdentitySource {
        if let key { KeyedIdentities(name: key.name) } else { RandomIdentities() }
    }

    /// What the log holds of an act: its first event and its last position; the head where nothing had to be recorded.
    struct Trace: Sendable {
        let first: RecordedEvent?
        let position: Position
        /// Whether it was done by an earlier request.
        let isRepeat: Bool
    }

    /// Does the act, unless it was done before. Of requests with one key that come at once the later ones wait for the first.
    ///
    /// - Throws: `idempotency-key-reused`; what the act throws.
    func perform(_ act: () async throws -> Void) async throws -> Trace {
        guard let key else {
            try await act()
            return Trace(first: nil, position: try await log.head().position, isRepeat: false)
        }
        await Self.turns.take(key.name)
        let result = await Result { () async throws -> Trace in
            if let before = try await trace(isRepeat: true) { return before }
            try await act()
            if let done = try await trace(isRepeat: false) { return done }
            return Trace(first: nil, position: try await log.head().position, isRepeat: false)
        }
        await Self.turns.pass(key.name)
        return try result.get()
    }

    private static let turns = KeyTurns()

    /// How many events the act led to, over all of its commands.
    func eventCount() async throws -> Int {
        guard let key else { return 0 }
        var count = 0
        for command in 0... {
            guard let first = try await log.position(of: KeyedIdentities.ids(of: command, key.name).id(0)) else { break }
            count += try await events(from: first, key).count
        }
        return count
    }

    /// What the act led to first; `nil` if the log holds nothing of it.
    private func trace(isRepeat: Bool) async throws -> Trace? {
        guard let key, let first = try await log.position(of: key.firstID) else { return nil }
        let trace = try await events(from: first, key)
        guard let event = trace.first, let last = trace.last else {
            throw Problem(.idempotencyKeyReused, "Idempotency-Key: stands for another body of the same call", field: "Idempotency-Key")
        }
        return Trace(first: event, position: last.position, isRepeat: isRepeat)
    }

    /// The events of one append stand side by side, recorded at once, with the digest of their request.
    private func events(from first: Position, _ key: Key) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        for event in try await log.read(EventSelection(after: first - 1, limit: 1_000)) {
            guard try AddedMetadata.requestDigest(in: event.metadata) == key.digest,
                events.isEmpty || event.recordedAt == events[0].recordedAt
            else { break }
            events.append(event)
        }
        return events
    }
}

/// Whose turn it is, key by key.
private actor KeyTurns {
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    func take(_ key: String) async {
        guard waiting[key] != nil else {
            waiting[key] = []
            return
        }
        await withCheckedContinuation { waiting[key]?.append($0) }
    }

    /// The turn goes to who has waited longest.
    func pass(_ key: String) {
        if waiting[key]?.isEmpty == false { waiting[key]?.removeFirst().resume() } else { waiting[key] = nil }
    }
}

/// What an act has made, for its answer.
actor ResultBox<Value: Sendable> {
    private(set) var value: Value?

    func set(_ value: Value) { self.value = value }
}

/// Ids that follow from an idempotency key, the ordinal of a command, and the event's in it.
private final class KeyedIdentities: IdentitySource {
    private let name: String
    private let commands = Atomic(0)

    init(name: String) { self.name = name }

    func forNextCommand() -> any IdentitySource {
        let command = commands.add(1, ordering: .relaxed).oldValue
        return OfCommand(ids: Self.ids(of: command, name))
    }

    static func ids(of command: Int, _ name: String) -> IdempotentIdentities {
        IdempotentIdentities(name: command == 0 ? name : "\(name)\u{0}command \(command)")
    }

    func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        preconditionFailure("the events of an act are those of its commands")
    }

    private struct OfCommand: IdentitySource {
        let ids: IdempotentIdentities

        func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID { ids.id(0) }

        func eventID(ordinal: Int, in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID { ids.id(ordinal) }
    }
}
