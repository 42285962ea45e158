package import EventLogSQLite
import FoundationEssentials
package import HindsightCore
package import HindsightRuntime

/// Opens a log for a simulation, with a clock that stands where the log ends.
package enum SimulationLog {
    /// - Parameters:
    ///   - folder: Of the embedded log; made if it is missing.
    ///   - start: Where the clock stands on an empty log.
    package static func open(
        folder: String, start: Timestamp = SimulationPlan.defaultStart
    ) async throws -> (log: SQLiteEventLog, clock: ManualClock) {
        let clock = ManualClock(at: start)
        // A log refuses to be written by a clock behind its end, so its end is read first.
        if FileManager.default.fileExists(atPath: "\(folder)/events.sqlite") {
            let reader = try SQLiteEventLog.open(folder: folder, clock: clock, mode: .readOnly)
            if let recordedAt = try await reader.head().recordedAt { clock.advance(to: recordedAt) }
            await reader.close()
        }
        return (try SQLiteEventLog.open(folder: folder, clock: clock), clock)
    }
}
