package import CoreMetrics
package import HindsightCore
package import HindsightRuntime
package import Logging

/// Work that follows the log: it does all there is to do, then waits for new events or for its next timer.
package struct Worker: Sendable {
    package let name: String
    /// Does what there is to do now.
    ///
    /// Returns the instant of its next timer; `nil` if none is set.
    private let work: @Sendable () async throws -> Timestamp?

    package init(_ name: String, work: @escaping @Sendable () async throws -> Timestamp?) {
        self.name = name
        self.work = work
    }

    /// Work that follows the log by itself until its task is cancelled.
    package init(_ name: String, endless: @escaping @Sendable () async throws -> Void) {
        self.init(name) {
            try await endless()
            try Task.checkCancellation()
            return nil
        }
    }

    /// Measures how late a timer of a saga fires.
    package static func lateness(_ metrics: any MetricsFactory) -> @Sendable (Duration) -> Void {
        let timer = CoreMetrics.Timer(label: "hindsight_saga_timer_lateness_seconds", factory: metrics)
        return { timer.recordNanoseconds($0.microseconds * 1_000) }
    }

    private static let firstPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(30)

    /// Works until the task is cancelled. Trouble is told, counted, and tried again with growing pauses: it never ends the work.
    package func run(on log: any EventLog, clock: any AwaitableClock, metrics: any MetricsFactory, logger: Logger) async {
        let errors = Counter(label: "hindsight_worker_errors_total", dimensions: [("worker", name)], factory: metrics)
        errors.increment(by: 0)
        var pause = Self.firstPause
        while !Task.isCancelled {
            do {
                let seen = try await log.head().position
                let due = try await work()
                pause = Self.firstPause
                try await Self.wait(for: log, after: seen, or: due, clock)
            } catch is CancellationError {
                return
            } catch {
                guard !Task.isCancelled else { return }
                errors.increment()
                logger.error("work failed and is tried again", metadata: ["worker": "\(name)", "error": "\(error)", "pause": "\(pause)"])
                do { try await Task.sleep(for: pause) } catch { return }
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private static func wait(for log: any EventLog, after seen: Position, or due: Timestamp?, _ clock: any AwaitableClock) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await log.waitForEvents(after: seen) }
            if let due { group.addTask { try await clock.wait(until: due) } }
            try await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }
}
