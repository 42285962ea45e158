import BillingRetries
package import HindsightCore
import HindsightRuntime

extension BillingDesk {
    /// All versions of a policy, oldest first; none for one that nobody knew by then.
    package func versions(of name: String, at position: Position) async throws -> [PolicyVersion] {
        var events: [PolicyEvent] = []
        let selection = EventSelection(EventFilter(stream: try BillingRetries.policy(name)), until: position)
        try await log.replay(PolicyEvent.codec, selection) { event, _ in events.append(event) }
        let written = Set(events.map(\.policy.version))
        let builtIn = RetryPolicy.builtIn.filter { $0.name == name && !written.contains($0.version) }
        return builtIn.map(PolicyVersion.init(builtIn:)) + events.map(PolicyVersion.init)
    }

    /// What a rollback would append: the terms in force at `to`, as the next version.
    ///
    /// - Throws: ``RollbackError``; `PolicyBook.Rejection` where those terms are in force already.
    package func previewRollback(of name: String, to: Position, reason: String? = nil) async throws -> PolicyRollback {
        try await plan(name, to: to, from: log.head().position, reason: reason)
    }

    /// Lets the terms in force at `to` hold again. Nothing is deleted, and invoices keep the version that they were given.
    ///
    /// - Parameter digest: Of the preview; `nil` takes what is there now.
    /// - Throws: ``RollbackError``; ``HoldOutNeeded``; `PolicyBook.Rejection`.
    package func rollBack(_ name: String, to: Position, reason: String, digest: String? = nil, _ act: Act) async throws -> PolicyRollback {
        let stream = try BillingRetries.policy(name)
        let receipt = try await handler(act).decide(metadata: act.metadata) { batch in
            let book = try await batch.state(of: PolicyBook.self, on: stream)
            let earlier = try await inForce(name, at: to, now: book)
            if let digest, try Self.plan(earlier, in: book, reason: nil, on: stream).digest != digest {
                throw RollbackError.outdatedPreview("policy \(name)")
            }
            try await requireHoldOut(beside: earlier, at: log.head().position)
            try await batch.decide(PolicyBook.self, .restore(earlier, reason: reason, at: batch.now), on: stream)
        }
        guard let receipt else { preconditionFailure("a version is restored by an event, or not at all") }
        return try await rollback(of: name, to: to, recordedAt: receipt.firstPosition)
    }

    /// The rollback that the event at `position` carried out, as its plan was.
    package func rollback(of name: String, to: Position, recordedAt position: Position) async throws -> PolicyRollback {
        let reason = try await versions(of: name, at: position).last?.reason
        return try await plan(name, to: to, from: position - 1, reason: reason)
    }

    private func plan(_ name: String, to: Position, from: Position, reason: String?) async throws -> PolicyRollback {
        let stream = try BillingRetries.policy(name)
        let book: PolicyBook.State = try await state(of: PolicyBook.self, on: stream, at: from)
        return try Self.plan(await inForce(name, at: to, now: book), in: book, reason: reason, on: stream)
    }

    /// - Parameter book: As it is now: tells a policy that is younger from one that is unknown.
    private func inForce(_ name: String, at position: Position, now book: PolicyBook.State) async throws -> RetryPolicy {
        let then = try await state(of: PolicyBook.self, on: BillingRetries.policy(name), at: position)
        if let policy = then.known(as: name).last { return policy }
        throw book.versions.isEmpty ? RollbackError.unknown("policy \(name)") : .nothingThen("policy \(name)")
    }

    private static func plan(
        _ earlier: RetryPolicy, in book: PolicyBook.State, reason: String?, on stream: StreamName
    ) throws -> PolicyRollback {
        // A preview needs no reason, and nobody knows yet when it will be carried out.
        let command = PolicyBook.Command.restore(earlier, reason: reason ?? "preview", at: Timestamp(microsecondsSince1970: 0))
        let events = try PolicyBook.decide(command, given: book)
        let current = book.known(as: earlier.name).last ?? earlier
        let becomes = events.last?.policy.version ?? current.version
        let bare = try events.map { try PlannedEvent($0, on: stream, without: ["at", "reason"]) }
        return PolicyRollback(
            policy: earlier.name, from: current.version, restores: earlier.version, becomes: becomes,
            appends: reason == nil ? bare : try events.map { try PlannedEvent($0, on: stream, without: ["at"]) },
            digest: try SignedPlan(from: current.version, appends: bare).digest)
    }
}
