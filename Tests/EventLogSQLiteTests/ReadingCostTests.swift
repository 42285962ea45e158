import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import LogFaults
import SQLiteConnection
import Synchronization
import Testing
import HindsightTesting

@Suite("SQLite event log, what reading costs", .serialized) struct ReadingCostTests {
    @Test(
        "A sparse filter reads its events and not the log",
        arguments: [("stream", "needle-1"), ("category", "needle"), ("type", "check.needle"), ("tag", "needle:1")])
    func readsSparsely(property: String, name: String) async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
            let padding = String(repeating: "x", count: 400)
            // Ten needles among so many others that nearly all of them are in complete blocks.
            for number in 0..<10 {
                let others = try (0..<2_047).map { _ in try NewEvent.sample(data: #"{"padding":"\#(padding)"}"#) }
                let needle = try NewEvent.sample("check.needle", tags: [Tag("needle:1")])
                _ = try await log.append(
                    Append([StreamWrite(others, to: StreamName("room-\(number)")), StreamWrite([needle], to: StreamName("needle-1"))]))
            }
            await log.close()
            let sparse = try cost(folder, property, name)
            let everything = try cost(folder, "type", "check.opened")
            #expect(sparse.events == 10)
            #expect(everything.events == 20_470)
            #expect(sparse.bytes * 20 < everything.bytes, "\(sparse.bytes) of \(everything.bytes) bytes")
        }
    }

    private func cost(_ folder: String, _ property: String, _ name: String) throws -> (events: Int, bytes: Int) {
        let reader = try TortureRun.start("read", folder, property, name)
        let words = try #require(try reader.nextLine()).split(separator: " ")
        #expect(reader.waitForEnd() == .exited(0))
        return try (#require(Int(words[1])), #require(Int(words[2])))
    }

    private static let tight = {
        var policy = CheckpointPolicy()
        (policy.duePages, policy.overduePages, policy.patience) = (16, 64, .milliseconds(5))
        return policy
    }()

    @Test("A slow reader does not let the write-ahead log grow, and misses nothing") func boundsWriteAheadLog() async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock(), checkpoints: Self.tight)
            let padding = String(repeating: "x", count: 8_000)
            let total: Position = 2_000
            var (seen, largest) = (Position(0), 0)
            try await log.append([.sample()], to: StreamName("room-1"))
            // It always has a page of events in hand while others append, and is never done before them.
            for try await event in log.events(EventSelection(limit: 7), goingOnLive: true) {
                seen += 1
                #expect(event.position == seen)
                guard seen < total else { break }
                try await log.append([.sample(data: #"{"padding":"\#(padding)"}"#)], to: StreamName("room-1"))
                largest = max(largest, try sizeOfWriteAheadLog(folder))
            }
            // Twice what is due, for the pages of the transaction that notices it.
            #expect(largest < 2 * Self.tight.duePages * 8_192, "\(largest) bytes")
            await log.close()
        }
    }

    @Test("A reader that does not end is reported once, and the write-ahead log begins anew when it lets go") func reportsEndlessReader()
        async throws
    {
        try await withTemporaryFolder { folder in
            let notices = Mutex<[LogNotice]>([])
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock(), checkpoints: Self.tight) { notice in
                notices.withLock { $0.append(notice) }
            }
            let padding = String(repeating: "x", count: 8_000)
            func append(_ count: Int) async throws {
                for _ in 0..<count { try await log.append([.sample(data: #"{"padding":"\#(padding)"}"#)], to: StreamName("room-1")) }
            }
            try await append(1)
            let endless = try rawConnection(folder)
            try endless.execute("BEGIN")
            _ = try endless.integer("SELECT count(*) FROM events")
            try await append(400)
            let held = notices.withLock { $0 }
            guard case .checkpointsHeldBack(let bytes)? = held.first, held.count == 1 else {
                Issue.record("expected one notice of a reader that does not end, got \(held)")
                return
            }
            #expect(bytes >= Self.tight.overduePages * 8_192)
            let size = try sizeOfWriteAheadLog(folder)
            try endless.execute("ROLLBACK")
            endless.close()
            try await append(200)
            #expect(try sizeOfWriteAheadLog(folder) <= size + 2 * Self.tight.duePages * 8_192)
            #expect(notices.withLock { $0 } == held)
            await log.close()
        }
    }

    private func sizeOfWriteAheadLog(_ folder: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/events.sqlite-wal")
        return try #require(attributes[.size] as? Int)
    }
}
