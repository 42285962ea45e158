/// A random history of a log that follows from a seed: appends under all conditions, repeats and conflicts, appends at the same time,
/// reads, clocks that step back, leases, and openings, closings and crashes between; after each step the log answers as a plain model does.
///
/// It finds what nobody thought to check. An engine's test target runs many, and a failure names the seed that repeats it:
/// ```swift
/// @Test("keeps step with a plain model over random histories", arguments: EventLogHistory.seeds(200))
/// func keepsStep(_ history: EventLogHistory) async throws { try await history.run(on: .memory) }
/// ```
public struct EventLogHistory: Sendable, CustomStringConvertible {
    public let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// The histories of the seeds 0, 1, 2…
    public static func seeds(_ count: Int) -> [EventLogHistory] { (0..<UInt64(count)).map { EventLogHistory(seed: $0) } }

    public var description: String { "seed \(seed)" }

    /// Plays the history on a log of its own.
    ///
    /// - Throws: ``CheckFailure`` with the step at which log and model part.
    public func run(on engine: EventLogEngine) async throws {
        try await engine.withLog { check in
            var play = HistoryPlay(seed: seed, check)
            try await play.run()
        }
    }
}
