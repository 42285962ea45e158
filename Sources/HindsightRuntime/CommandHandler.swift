public import HindsightCore

/// Carries out commands: load, decide, append; and once more from the start if another writer came first.
public struct CommandHandler: Sendable {
    public let log: any EventLog
    public let clock: any WallClock
    public let identities: any IdentitySource
    /// After so many conflicts in a row the conflict itself is the answer.
    private let maximumTries = 20

    public init(log: any EventLog, clock: any WallClock, identities: any IdentitySource) {
        self.log = log
        self.clock = clock
        self.identities = identities
    }

    /// Lets one decider decide on one stream.
    ///
    /// - Returns: The log's receipt; `nil` if there was nothing to do.
    /// - Throws: The decider's rejection; `EventLogError`.
    @discardableResult
    public func handle<D: Decider>(
        _ decider: D.Type, _ command: D.Command, on stream: StreamName, metadata: EventMetadata = EventMetadata()
    ) async throws -> AppendReceipt? {
        try await decide(metadata: metadata) { batch in
            try await batch.decide(decider, command, on: stream)
        }
    }

    /// Lets several deciders decide; what they decide is stored together.
    @discardableResult
    public func decide(
        metadata: EventMetadata = EventMetadata(), _ body: @Sendable (DecisionBatch) async throws -> Void
    ) async throws -> AppendReceipt? {
        let identities = identities.forNextCommand()
        var tries = 0
        while true {
            let batch = try DecisionBatch(log: log, identities: identities, now: clock.now(), metadata: metadata)
            try await body(batch)
            if batch.isEmpty { return nil }
            let append = batch.append()
            do {
                return try await log.append(append)
            } catch {
                guard error.isConflict, tries < maximumTries else { throw error }
                tries += 1
            }
        }
    }
}
