import EventLogSQLite
import HindsightTesting
import Synchronization
import Testing

@Suite("SQLite event log") struct SQLiteEventLogConformanceTests {
    @Test("keeps every promise", arguments: EventLogCheck.all)
    func conforms(_ check: EventLogCheck) async throws {
        try await withTemporaryFolder { folder in
            let opened = Mutex<SQLiteEventLog?>(nil)
            try await check.run { clock in
                let log = try SQLiteEventLog.open(folder: folder, clock: clock)
                opened.withLock { $0 = log }
                return log
            }
            await opened.withLock { $0 }?.close()
        }
    }
}
