import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime

/// A log of many offers, from before any server: folding it takes long enough to be looked at.
enum ManyOffers {
    static func write(_ count: Int, in folder: TestFolder) async throws {
        let log = try SQLiteEventLog.open(folder: "\(folder.path)/log", clock: SystemClock())
        for start in stride(from: 0, to: count, by: 5_000) {
            let writes = try (start..<min(start + 5_000, count)).map { number in
                StreamWrite(
                    [
                        NewEvent(
                            id: .version5(namespace: UUID(), name: "o\(number)"), type: "audience-jobs.offer-declared",
                            data: try JSONText(object: #"{"at":"2026-01-01T00:00:00Z","offer":"o\#(number)"}"#))
                    ], to: try StreamName("offer-o\(number)"))
            }
            _ = try await log.append(Append(writes))
        }
        await log.close()
    }
}
