extension DecisionDifference {
    /// An event that only one side has, or that both have with other members.
    public struct Change: Sendable, Hashable, Codable {
        public var stream: StreamName
        public var type: EventType
        /// What the log has: the members that differ, or all of them where nothing was computed in the event's place; `nil` if it has none.
        public var recorded: JSONValue?
        /// What was computed, likewise.
        public var computed: JSONValue?
    }

    /// An event with what it is compared by.
    struct Side {
        let event: Event
        /// Its data without what a worker read off its clock, or has by chance; `nil` where it was erased.
        let content: JSONValue?

        init(_ recorded: RecordedEvent, acrossDefinitions: Bool) throws {
            event = try Event(recorded)
            let known = recorded.data == nil ? nil : try SagaLifecycle.codec.decode(recorded)
            content = try known.map { try Self.content($0, acrossDefinitions) } ?? event.data
        }

        init(_ decided: DecisionBatch.Decided, acrossDefinitions: Bool) throws {
            event = try Event(decided)
            content = try (decided.event as? SagaLifecycle).map { try Self.content($0, acrossDefinitions) } ?? event.data
        }

        private static func content(_ event: SagaLifecycle, _ acrossDefinitions: Bool) throws -> JSONValue {
            // The id is no part of the data.
            let id = EventID.version7(at: Timestamp(microsecondsSince1970: 0), entropy: [UInt8](repeating: 0, count: 10))
            return try JSON.decode(
                JSONValue.self, from: event.comparable(acrossDefinitions: acrossDefinitions).encoded(id: id).data.bytes)
        }

        func isSame(as other: Side) -> Bool {
            guard event.stream == other.event.stream, event.type == other.event.type else { return false }
            return content == nil || other.content == nil || content == other.content
        }

        /// Whether the other one stands for the same thing, said otherwise.
        func answers(_ other: Side) -> Bool {
            event.stream == other.event.stream && event.type == other.event.type
                && ["effect", "key", "timer"].allSatisfy { content?[$0] == other.content?[$0] }
        }
    }

    /// What the two sides don't have in common, in the order of the log, and then what was computed beside it.
    static func changes(from recorded: [Side], to computed: [Side]) -> [Change] {
        let difference = computed.difference(from: recorded) { $0.isSame(as: $1) }
        func elements(_ changes: [CollectionDifference<Side>.Change]) -> [Side] {
            changes.map { change in
                switch change {
                case .insert(_, let side, _), .remove(_, let side, _): side
                }
            }
        }
        var added = elements(difference.insertions)
        var changes: [Change] = []
        for side in elements(difference.removals) {
            guard let index = added.firstIndex(where: { $0.answers(side) }) else {
                changes.append(Change(stream: side.event.stream, type: side.event.type, recorded: side.event.data, computed: nil))
                continue
            }
            changes.append(Change(from: side, to: added.remove(at: index)))
        }
        return changes
            + added.map { Change(stream: $0.event.stream, type: $0.event.type, recorded: nil, computed: $0.event.data) }
    }
}

extension DecisionDifference.Change {
    fileprivate init(from recorded: DecisionDifference.Side, to computed: DecisionDifference.Side) {
        let names = Set((recorded.content?.objectValue ?? [:]).keys).union((computed.content?.objectValue ?? [:]).keys)
            .filter { recorded.content?[$0] != computed.content?[$0] }
        func members(_ side: DecisionDifference.Side) -> JSONValue {
            .object((side.event.data?.objectValue ?? [:]).filter { names.contains($0.key) })
        }
        self.init(
            stream: recorded.event.stream, type: recorded.event.type, recorded: members(recorded), computed: members(computed))
    }
}
