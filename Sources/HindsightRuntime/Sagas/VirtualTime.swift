public import HindsightCore

/// Lets sagas live through a stretch of time on a clock that stands still while they work.
public struct VirtualTime: Sendable {
    private let clock: ManualClock
    private let sagas: [any SagaRunning]

    public init(clock: ManualClock, sagas: [any SagaRunning]) {
        self.clock = clock
        self.sagas = sagas
    }

    /// Does everything that is due up to `end`, instant by instant, and leaves the clock at `end`.
    public func run(until end: Timestamp, onInstant: (@Sendable (Timestamp) async throws -> Void)? = nil) async throws {
        while true {
            try await settle()
            var due: [Timestamp] = []
            for saga in sagas { if let next = await saga.nextDue { due.append(next) } }
            guard let next = due.min(), next <= end else { break }
            try Task.checkCancellation()
            clock.advance(to: next)
            try await onInstant?(next)
            for saga in sagas { try await saga.fireDueTimers() }
        }
        clock.advance(to: end)
    }

    /// Settles all sagas until none has anything left to do now: one's events may be another's inputs.
    public func settle() async throws {
        var isBusy = true
        while isBusy {
            isBusy = false
            for saga in sagas {
                try await saga.catchUp()
                if try await saga.settle() { isBusy = true }
            }
        }
    }
}
