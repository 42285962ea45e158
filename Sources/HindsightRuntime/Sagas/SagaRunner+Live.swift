import DequeModule
import HindsightCore

// Live: each instance goes on as soon as it can.

extension SagaRunner {
    private enum Work: Sendable {
        case turn(String)
        case errand(Errand)
    }

    public func work() async throws {
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.bell = bell
        // Listened to before everything is looked at, so that no part comes unnoticed in between.
        let gains = if case .shared(let shared) = right { shared.gains() } else { nil as AsyncStream<Void>? }
        beginAnew()
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.orEnd(bell) { try await self.follow() } }
            group.addTask { try await self.orEnd(bell) { try await self.watchClock() } }
            group.addTask { [limits] in await limits.watch() }
            if let gains {
                group.addTask {
                    for await _ in gains { await self.activateAll() }
                }
            }
            var rings = rings.makeAsyncIterator()
            while true {
                while let work = nextWork() {
                    group.addTask { try await self.orEnd(bell) { try await self.goOn(with: work) } }
                }
                // What a task threw is thrown by the group.
                guard await rings.next() != nil else { return try Task.checkCancellation() }
                try Task.checkCancellation()
            }
        }
    }

    /// An error in any task ends the work: the group cancels its tasks then, but not the loop that waits for the bell.
    private nonisolated func orEnd(_ bell: AsyncStream<Void>.Continuation, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            bell.finish()
            throw error
        }
    }

    private func nextWork() -> Work? {
        if let errand = nextErrand() { return .errand(errand) }
        guard errands.count < maximumConcurrentEffects, turns.count < Self.mostTurns, let id = popActive() else { return nil }
        turns[id] = false
        return .turn(id)
    }

    /// More would only wait longer for the same flushes.
    private static var mostTurns: Int { 1_000 }

    private func nextErrand() -> Errand? {
        guard errandsRunning < maximumConcurrentEffects, let errand = errands.popFirst() else { return nil }
        errandsRunning += 1
        return errand
    }

    /// Does the work, and what follows from it for as long as that is one thing after the other: mostly an instance's turn, its errand,
    /// its next turn.
    private func goOn(with work: Work) async throws {
        var next: Work? = work
        while let work = next {
            switch work {
            case .turn(let id): next = try await turn(of: id).map(Work.errand)
            case .errand(let errand): next = finish(errand, await run(errand)).map(Work.turn)
            }
        }
    }

    /// - Returns: An errand to go on with.
    private func turn(of id: String) async throws -> Errand? {
        defer {
            endTurn(of: id)
            callOthers()
        }
        do {
            try await fireTimers(of: id, at: instantOfTurn(of: id))
            _ = try await advanceFully(id)
            for errand in try await claim(id) { errands.append(errand) }
        } catch let error as EventLogError {
            // Another process has taken the part over; what it does is read like everything else.
            guard case .fenced = error, case .shared = right else { throw error }
        }
        return nextErrand()
    }

    /// - Returns: The instance, if its turn follows at once.
    private func finish(_ errand: Errand, _ answer: Answer) -> String? {
        errandsRunning -= 1
        callOthers()
        // The work ends: whoever comes next looks it up.
        guard !Task.isCancelled else { return nil }
        takeIn(answer, of: errand)
        guard isAtRest(errand.instance) else {
            activate(errand.instance)
            return nil
        }
        turns[errand.instance] = false
        return errand.instance
    }

    /// Lets other tasks do what this one leaves.
    private func callOthers() {
        if !errands.isEmpty || !active.isEmpty { bell?.yield() }
    }

    private func follow() async throws {
        while true {
            let before = consumedThrough
            try await log.waitForEvents(after: before)
            try Task.checkCancellation()
            // Mostly it was an append of this runner, which has passed it by.
            if consumedThrough == before { try await catchUp() }
        }
    }
}
