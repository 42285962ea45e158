public import HindsightCore

extension SagaRunner {
    /// Lets deciders decide, and stores in the same append what this saga makes of it where it begins with that.
    ///
    /// For a service that runs the saga in its own process: a request and the first intent are one commit. What concerns instances that
    /// have begun already, or that other processes work on, is left to who follows the log.
    /// - Parameter own: Of the events of this append; the runner's unless given.
    /// - Returns: The log's receipt; `nil` if there was nothing to decide.
    /// - Throws: The decider's rejection; `EventLogError`.
    @discardableResult
    public func decide(
        metadata: EventMetadata = EventMetadata(), identities own: (any IdentitySource)? = nil,
        _ body: @Sendable (DecisionBatch) async throws -> Void
    ) async throws -> AppendReceipt? {
        let identities = (own ?? identities).forNextCommand()
        var tries = 0
        while true {
            let batch = try DecisionBatch(log: log, identities: identities, now: clock.now(), metadata: metadata)
            try await body(batch)
            if batch.isEmpty { return nil }
            let begun = try await begin(in: batch)
            do {
                let receipt = try await log.append(batch.append(fencedBy: begun.fence))
                for var plan in begun.plans {
                    plan.adopt(receipt)
                    take(plan, after: nil)
                }
                if try isAll(of: batch, in: begun.plans) { pass(receipt) }
                for plan in begun.plans { try await release(plan.id) }
                return receipt
            } catch {
                for plan in begun.plans { try await release(plan.id) }
                guard let error = error as? EventLogError, error.isConflict, tries < 20 else { throw error }
                tries += 1
                try await catchUp()
            }
        }
    }

    /// Plans what new instances make of the decisions. Their appends need one fence, so only those of one part begin here.
    private func begin(in batch: DecisionBatch) async throws -> (plans: [SagaInstance<S>], fence: Fence?) {
        var plans: [String: SagaInstance<S>] = [:]
        var fence: Fence?
        guard startsNew else { return ([], nil) }
        for decided in batch.decided {
            guard let event = try decided.event.member(of: S.Event.self) else { continue }
            for id in S.instances(for: event, in: decided.stream) {
                guard plans[id] != nil || isUnknown(id), case .yes(let own) = right.answer(for: S.name, id) else { continue }
                if plans.isEmpty { fence = own } else if own != fence { continue }
                var plan = try plans[id] ?? SagaInstance<S>(id: id)
                try plan.consume(
                    event, in: decided.stream, version: decided.version, id: decided.id, at: 0, metadata: batch.metadata)
                plans[id] = plan
            }
        }
        // Before anything waits, so that no other append begins them as well.
        for id in plans.keys { hold(id) }
        var planned: [SagaInstance<S>] = []
        do {
            for var plan in plans.values.sorted(by: { $0.id < $1.id }) {
                try await plan.plan(in: batch, epoch: fence?.epoch ?? 0)
                planned.append(plan)
            }
        } catch {
            for id in plans.keys { try await release(id) }
            throw error
        }
        return (planned, fence)
    }

    /// Waits until an instance has finished.
    ///
    /// - Returns: Its outcome.
    /// - Throws: `CancellationError`.
    public func end(of id: String) async throws -> String {
        while true {
            if case .finished(let outcome) = status(of: id) { return outcome }
            for await _ in ending(of: id) { break }
            try Task.checkCancellation()
        }
    }
}
