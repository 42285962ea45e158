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
            if let gains {
                group.addTask {
                    for await _ in gains { await self.activateAll() }
                }
            }
            var rings = rings.makeAsyncIterator()
            while true {
                while let work = nextWork() {
                    switch work {
                    case .turn(let id): group.addTask { try await self.orEnd(bell) { try await self.turn(of: id) } }
                    case .errand(let errand): group.addTask { await self.finish(errand, self.run(errand)) }
                    }
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
        if errandsRunning < maximumConcurrentEffects, let errand = errands.popFirst() {
            errandsRunning += 1
            return .errand(errand)
        }
        guard errands.count < maximumConcurrentEffects, let id = popActive() else { return nil }
        turns[id] = false
        return .turn(id)
    }

    private func turn(of id: String) async throws {
        defer {
            if turns.removeValue(forKey: id) == true { activate(id) }
            bell?.yield()
        }
        do {
            try await fireTimers(of: id, at: instantOfTurn(of: id))
            _ = try await advanceFully(id)
            for errand in try await claim(id) { errands.append(errand) }
        } catch let error as EventLogError {
            // Another process has taken the part over; what it does is read like everything else.
            guard case .fenced = error, case .shared = right else { throw error }
        }
    }

    private func finish(_ errand: Errand, _ answer: Answer) {
        errandsRunning -= 1
        // The work ends: whoever comes next looks it up.
        guard !Task.isCancelled else { return }
        end(errand, answer)
        bell?.yield()
    }

    private func follow() async throws {
        while true {
            try await catchUp()
            try await log.waitForEvents(after: consumedThrough)
            try Task.checkCancellation()
        }
    }
}
