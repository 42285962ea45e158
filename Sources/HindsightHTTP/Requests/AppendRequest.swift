import HindsightApp
import HindsightCore

/// What a call wants to append, with all that the server adds to it.
struct AppendRequest {
    /// As the client sent it, but for ids.
    private let sent: Append
    /// With what the server adds.
    private var batch: Append
    /// Where each event stands in the body, by write and index, as a JSON pointer.
    private let pointer: (_ write: Int, _ event: Int) -> String
    private let gate: AppendGate
    private let log: any EventLog
    /// With an idempotency key: the id that the request is found by, and the digest of its body.
    private var key: (firstID: EventID, digest: String)?

    /// - Parameters:
    ///   - body: As it was sent, for the digest that goes with an idempotency key.
    ///   - pointer: Where an event stands in the body.
    ///   - derived: Ids that follow from the key, by write and index: those of events that brought none.
    init(
        _ batch: Append, of call: Call, body: [UInt8], derived: [EventID], gate: AppendGate, log: any EventLog,
        pointer: @escaping (_ write: Int, _ event: Int) -> String
    ) throws {
        sent = batch
        self.batch = batch
        self.pointer = pointer
        self.gate = gate
        self.log = log
        if let firstID = derived.first { key = (firstID, IdempotentIdentities.digest(of: try Self.compact(body))) }
        let added = try AddedMetadata(call)
        for write in batch.writes.indices {
            for index in batch.writes[write].events.indices {
                let event = batch.writes[write].events[index]
                do {
                    try gate.check(event, to: batch.writes[write].stream)
                    self.batch.writes[write].events[index].metadata = try added.added(
                        to: event.metadata, requestDigest: event.id == key?.firstID ? key?.digest : nil)
                } catch {
                    throw Problem(error)?.below(pointer(write, index)) ?? error
                }
            }
        }
    }

    /// Space between the tokens of a body doesn't make it another.
    private static func compact(_ body: [UInt8]) throws -> [UInt8] {
        do {
            return try JSONText.compact(body, maximumDepth: .max)
        } catch {
            throw EventLine.refusal(of: error)
        }
    }

    /// Stores it, or finds that it was stored before.
    func perform() async throws -> AppendReceipt {
        do {
            return try await append(batch)
        } catch EventLogError.limitExceeded(.eventBytes, let actual) {
            // With what the server adds now it may be too large, and have been stored with what it added then.
            let repeated = try await withStoredAdditions()
            guard repeated != batch else { throw EventLogError.limitExceeded(.eventBytes, actual: actual) }
            return try await append(repeated)
        } catch EventLogError.idempotencyConflict(let id, let position, let reason) {
            if let key, try await isOtherRequest(key, at: position) {
                throw Problem(
                    .idempotencyKeyReused, "Idempotency-Key: stands for another body of the same call", field: "Idempotency-Key")
            }
            // What the server added differs from one sending to the next; what the client sent may still be the same.
            let repeated = try await withStoredAdditions()
            guard repeated != batch else {
                throw EventLogError.idempotencyConflict(id: id, position: position, reason: reason)
            }
            return try await append(repeated)
        }
    }

    private func append(_ batch: Append) async throws -> AppendReceipt {
        do {
            return try await gate.append(batch, in: log)
        } catch let refused as RefusedFact {
            throw Problem(refused)?.below(pointer(refused.write, refused.event)) ?? refused
        }
    }

    private func isOtherRequest(_ key: (firstID: EventID, digest: String), at position: Position) async throws -> Bool {
        guard let position = try await log.position(of: key.firstID), let stored = try await event(at: position) else { return false }
        return try AddedMetadata.requestDigest(in: stored.metadata) != key.digest
    }

    /// The batch with the metadata that the log holds, wherever that is what was sent now and additions of the server.
    private func withStoredAdditions() async throws -> Append {
        var repeated = batch
        for write in batch.writes.indices {
            for index in batch.writes[write].events.indices {
                let event = sent.writes[write].events[index]
                guard let position = try await log.position(of: event.id), let stored = try await self.event(at: position) else { continue }
                if AddedMetadata.isAddition(stored.metadata, to: event.metadata) {
                    repeated.writes[write].events[index].metadata = stored.metadata
                }
            }
        }
        return repeated
    }

    private func event(at position: Position) async throws -> RecordedEvent? {
        try await log.read(EventSelection(after: position - 1, limit: 1)).first
    }
}
