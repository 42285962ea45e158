import EventLogSQLite
import HindsightTesting
import Testing

extension EventLogEngine {
    fileprivate static let sqlite = EventLogEngine(closing: { (log: SQLiteEventLog) in await log.close() }) { body in
        try await withTemporaryFolder { folder in
            try await body { clock in try SQLiteEventLog.open(folder: folder, clock: clock) }
        }
    }
}

@Suite("SQLite event log") struct SQLiteEventLogConformanceTests {
    @Test("keeps every promise", arguments: EventLogCheck.all)
    func conforms(_ check: EventLogCheck) async throws { try await check.run(on: .sqlite) }

    @Test("keeps step with a plain model over random histories", arguments: EventLogHistory.seeds(100))
    func keepsStep(_ history: EventLogHistory) async throws { try await history.run(on: .sqlite) }
}
