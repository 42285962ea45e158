import EventLogSQLite
import Foundation
import HindsightCore
import HindsightTesting
import LogFaults
import SQLiteConnection
import Testing

@Suite("SQLite event log, recorded by earlier programs") struct FormatTests {
    private static let later = Timestamp.testStart.advanced(by: .days(305))

    @Test("A recorded log is read as it is, and not a byte of it changes", arguments: [1, 2, 3]) func reads(format: Int)
        async throws
    {
        try await withTemporaryFolder { folder in
            try RecordedLog.restore(format: format, in: folder)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/events.sqlite"))
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: Self.later), mode: .readOnly)
            try await expectWhole(log)
            #expect(try await log.check() == [])
            let info = try await log.info()
            #expect(info.format == format)
            await log.close()
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/events.sqlite")) == bytes)
        }
    }

    @Test("A recorded log opens for writing, keeps its history, and goes on", arguments: [1, 2, 3])
    func goesOn(format: Int) async throws {
        try await withTemporaryFolder { folder in
            try RecordedLog.restore(format: format, in: folder)
            let reader = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: Self.later), mode: .readOnly)
            let before = try await reader.read(EventSelection(limit: .max))
            await reader.close()
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: Self.later))
            try await expectWhole(log)
            #expect(try await log.read(EventSelection(limit: .max)) == before)
            let lease = try await log.acquireLease("saga:merge", holder: "worker-2", for: .seconds(10), supersedes: false)
            #expect(lease?.epoch == 2)
            // Past the end of the next block of the index.
            try await log.append((0..<1_000).map { _ in try .sample(tags: [Tag("customer:1")]) }, to: StreamName("order-1"))
            #expect(try await log.head().position == 2_100)
            #expect(try await log.check() == [])
            try await expectWhole(log, events: 2_100)
            await log.close()
        }
    }

    @Test("A migration that fails in the middle leaves the old log as it was") func failedMigration() async throws {
        try await withTemporaryFolder { folder in
            try RecordedLog.restore(format: 1, in: folder)
            // Tags that no append can have written: the index cannot be made.
            try changingHistory(of: folder) { try $0.execute("UPDATE events SET tags = '[broken' WHERE position = 900") }
            let clock = AdjustableClock(at: Self.later)
            #expect {
                try SQLiteEventLog.open(folder: folder, clock: clock)
            } throws: { error in
                guard case .damaged(position: 900, _)? = error as? EventLogError else { return false }
                return true
            }
            let log = try SQLiteEventLog.open(folder: folder, clock: clock, mode: .readOnly)
            let info = try await log.info()
            #expect(info.format == 1)
            #expect(try await log.head().position == RecordedLog.head)
            #expect(try await ChainVerifier.verify(log).badPosition == 900)
            await log.close()
        }
    }

    @Test("kill -9 while a log is migrated leaves it whole, in one format or the other", arguments: 0..<4) func killedMigration(round: Int)
        async throws
    {
        try await withTemporaryFolder { folder in
            try RecordedLog.restore(format: 1, in: folder)
            let migrating = try TortureRun.start(Workload(), in: folder)
            // The transaction has begun to write, or is over already.
            let log = "\(folder)/events.sqlite-wal"
            while try !FileManager.default.fileExists(atPath: log)
                || (FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0) < round * 60_000
            { await Task.yield() }
            migrating.kill()
            #expect(migrating.waitForEnd() == .killed(signal: SIGKILL))
            let opened = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: Timestamp.testStart.advanced(by: .days(3_650))))
            #expect(try await ChainVerifier.verify(opened).verified)
            #expect(try await opened.check() == [])
            #expect(try await opened.head().position >= RecordedLog.head)
            await opened.close()
        }
    }

    /// Expects the chain to hold, and each way of reading to agree with a walk through everything.
    private func expectWhole(_ log: SQLiteEventLog, events count: Int = 1_100) async throws {
        #expect(try await ChainVerifier.verify(log).verified)
        let all = try await log.read(EventSelection(limit: .max))
        #expect(all.count == count)
        #expect(all.filter { $0.data == nil }.map(\.position) == [7, 1_000])
        let filters =
            Set(all.map(\.type)).map { EventFilter(types: [$0]) } + Set(all.map(\.stream.category)).map { EventFilter(categories: [$0]) }
            + Set(all.flatMap(\.tags)).map { EventFilter(tags: [$0]) } + Set(all.map(\.stream)).map { EventFilter(stream: $0) }
        #expect(filters.count > 100)
        for filter in filters {
            let (found, wanted) = (try await log.read(EventSelection(filter, limit: .max)), all.filter(filter.matches))
            #expect(found == wanted, "\(filter)")
        }
    }
}
