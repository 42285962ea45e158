/// Decides once more everything that a saga decided, from the log alone, and holds it against what the log has.
///
/// A saga's decisions follow from its inputs: the events of the domain, the answers of peers, timers that fired, what people did. All of
/// them are in the log, so a decision can be made again at any later time, over the log as it was then, with nobody to send anything to.
/// ``verify(instance:through:onDifference:)`` makes each with the definition that made it: a difference means that the definition was
/// changed without a new version, or that somebody wrote into the saga's streams.
/// ``compare(with:instance:through:supposing:onDifference:)`` asks another definition, or the same one in another world, what it would have
/// decided each time.
///
/// Instances of another version than `S.version` are left to the definition of that version.
public struct SagaReplay<S: Saga>: Sendable {
    private let log: any EventLog

    public init(_ saga: S.Type = S.self, log: any EventLog) { self.log = log }

    /// Makes each recorded decision again.
    ///
    /// - Parameters:
    ///   - instance: The only one that is looked at; `nil` looks at all.
    ///   - end: What came later is not read; `nil` reads up to the head.
    ///   - onDifference: Is told of each decision that comes out otherwise, in the order of the log.
    /// - Throws: `EventLogError`; `UnreadableEvent`; what `onDifference` throws.
    public func verify(
        instance: String? = nil, through end: Position? = nil, onDifference: (DecisionDifference) async throws -> Void
    ) async throws -> SagaReplayReport {
        var pass = ReplayPass<S, S>(log, only: instance, through: try await position(end), comparing: nil)
        return try await pass.run(onDifference)
    }

    /// Asks another definition what it would have decided at each recorded decision, with the inputs that there were.
    ///
    /// The past stays as it was: also what follows upon a decision that would have been another one is what followed in truth. So each
    /// difference stands for itself, and an answer that the other definition would not have asked for reaches it all the same.
    /// - Parameter supposing: What shall have been otherwise when the other definition decides, such as the terms of a policy
    ///   (``DecisionBatch/suppose(_:of:on:)``).
    /// - Throws: As ``verify(instance:through:onDifference:)``.
    public func compare<Other: Saga>(
        with other: Other.Type, instance: String? = nil, through end: Position? = nil,
        supposing: @escaping @Sendable (DecisionBatch) -> Void = { _ in },
        onDifference: (DecisionDifference) async throws -> Void
    ) async throws -> SagaReplayReport {
        var pass = ReplayPass<S, Other>(log, only: instance, through: try await position(end), comparing: supposing)
        return try await pass.run(onDifference)
    }

    private func position(_ end: Position?) async throws -> Position {
        if let end { return end }
        return try await log.head().position
    }
}

/// What a replay of a saga's decisions came to.
public struct SagaReplayReport: Sendable, Hashable, Codable {
    public var saga: String
    /// Of the definition that the instances were begun with.
    public var definitionVersion: Int
    public var through: Position
    /// Those of that version that have begun.
    public var instances = 0
    public var decisions = 0
    /// Decisions that came out otherwise.
    public var differences = 0
    /// Instances that nothing more can be said of, since data of their events was erased.
    public var erased = 0
    /// Instances that were begun with other definitions, and are left to them.
    public var ofOtherVersions = 0
    /// Inputs at the end of the log that no worker has come to yet.
    public var unhandled = 0
}

/// A decision of the log, and what a definition makes of the same inputs.
public struct DecisionDifference: Sendable, Hashable, Codable {
    /// An event of a decision; without data where that was erased.
    public struct Event: Sendable, Hashable, Codable {
        public var stream: StreamName
        public var type: EventType
        public var data: JSONValue?

        init(_ recorded: RecordedEvent) throws {
            (stream, type) = (recorded.stream, recorded.type)
            data = try recorded.data.map { try JSON.decode(JSONValue.self, from: $0.bytes) }
        }

        init(_ decided: DecisionBatch.Decided) throws {
            let event = try decided.event.encoded(id: decided.id)
            (stream, type) = (decided.stream, event.type)
            data = try JSON.decode(JSONValue.self, from: event.data.bytes)
        }
    }

    public var instance: String
    /// Where the decision stands in the log.
    public var position: Position
    public var recorded: [Event]
    public var computed: [Event]
    /// What the two don't have in common, apart from what follows from when a decision is made, like deadlines.
    public var changes: [Change]
    /// What is wrong with an input of the decision itself; `nil` if only what follows from it differs.
    public var reason: String?
}
