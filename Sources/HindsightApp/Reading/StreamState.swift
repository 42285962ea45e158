package import HindsightCore

/// A stream folded into one value: each member of the events' `data` as it was last set, in the order of the events.
///
/// This is what any stream has, without knowing its domain: a member set to `null` goes, a member that no later event names stays. What a
/// domain makes of its events beyond that stands in its projections.
package struct StreamState: Sendable, Equatable, Encodable {
    package let stream: StreamName
    package private(set) var version: StreamVersion = 0
    package private(set) var position: Position = 0
    package private(set) var recordedAt: Timestamp?
    package private(set) var lastType: EventType?
    package private(set) var state: JSONValue = [:]

    /// The state of the stream as of `position`.
    ///
    /// - Throws: ``NoSuchStream`` if it did not exist by then.
    package init(of stream: StreamName, at position: Position?, in log: some EventLog) async throws {
        self.stream = stream
        var members: [String: JSONValue] = [:]
        for try await event in log.events(EventSelection(EventFilter(stream: stream), until: position)) {
            version = event.version
            self.position = event.position
            recordedAt = event.recordedAt
            lastType = event.type
            // Erased data says nothing any more.
            guard let data = event.data else { continue }
            for (name, value) in try data.decoded(as: [String: JSONValue].self) { members[name] = value == .null ? nil : value }
        }
        guard version > 0 else { throw NoSuchStream(stream: stream, position: position) }
        state = .object(members)
    }
}

/// A stream has no event, or had none by then.
package struct NoSuchStream: Error, Sendable, Equatable, CustomStringConvertible {
    package let stream: StreamName
    package let position: Position?

    package init(stream: StreamName, position: Position?) {
        self.stream = stream
        self.position = position
    }

    package var description: String {
        "there is no stream \(stream)\(position.map { " at position \($0)" } ?? ""): `hindsight read --limit 20` shows some"
    }
}

/// One difference between two values.
package struct ValueChange: Sendable, Equatable, Encodable {
    /// JSON pointer; empty for the value as a whole.
    package let pointer: String
    /// `nil` where the value was added.
    package let from: JSONValue?
    /// `nil` where the value was removed.
    package let to: JSONValue?

    /// What leads from `old` to `new`: objects are compared member by member, everything else as a whole.
    package static func changes(from old: JSONValue, to new: JSONValue, at pointer: String = "") -> [ValueChange] {
        guard case .object(let before) = old, case .object(let after) = new else {
            return old == new ? [] : [ValueChange(pointer: pointer, from: old, to: new)]
        }
        return Set(before.keys).union(after.keys).sorted().flatMap { name -> [ValueChange] in
            let place = "\(pointer)/\(name.escapedForPointer)"
            guard let old = before[name], let new = after[name] else {
                return [ValueChange(pointer: place, from: before[name], to: after[name])]
            }
            return changes(from: old, to: new, at: place)
        }
    }
}
