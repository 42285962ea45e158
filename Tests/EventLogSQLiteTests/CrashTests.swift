import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import LogFaults
import Testing
import HindsightTesting

@Suite("SQLite event log, when processes die", .serialized, .timeLimit(.minutes(5))) struct CrashTests {
    @Test("kill -9 at any moment loses nothing acknowledged and leaves no half of a batch", arguments: 0..<30)
    func survivesKill(seed: Int) async throws {
        try await FaultRound.killedAnytime.run(seed: seed)
    }

    @Test(
        "kill -9 at a chosen system call loses nothing acknowledged and leaves no half of a batch",
        .enabled(if: Strace.isUsable, "strace is not there or may not trace"), arguments: 0..<30)
    func survivesKillAtCall(seed: Int) async throws {
        try await FaultRound.killedAtCall.run(seed: seed)
    }

    @Test(
        "kill -9 at each flush and at each write in turn loses nothing acknowledged and leaves no half of a batch",
        .enabled(if: Strace.isUsable, "strace is not there or may not trace"), arguments: [("fdatasync", 8), ("pwrite64", 3)])
    func survivesKillAtEach(call: String, batches: Int) async throws {
        var workload = Workload()
        (workload.batches, workload.tasks, workload.checkpointEvery) = (batches, 2, 2)
        var kills = 0
        // Until there is no such flush any more, and the process comes to its end.
        for nth in 1... {
            let end = try await withScratchFolder { folder in
                let (account, end) = try TortureRun.run(workload, in: folder, injecting: .init(.kill, at: call, nth...nth))
                try await Inspection(folder: folder).expectPromisesKept(account)
                return end
            }
            guard end == .killed(signal: 9) else {
                #expect(end == .exited(0))
                break
            }
            kills += 1
        }
        #expect(kills > workload.batches / workload.tasks)
    }

    @Test("Who only reads leaves everything where a process that was killed left it") func readsWithoutMoving() async throws {
        try await withScratchFolder { folder in
            let account = try TortureRun.killed(after: 10, Workload(), in: folder)
            func files() throws -> [Data] {
                try ["events.sqlite", "events.sqlite-wal"].map { try Data(contentsOf: URL(filePath: "\(folder)/\($0)")) }
            }
            let before = try files()
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock(), mode: .readOnly)
            let head = try await log.head()
            // Asked behind all appends, for which the lock is taken.
            #expect(try await log.position(at: #require(head.recordedAt)) == head.position)
            #expect(head.position >= account.acknowledged.count)
            await log.close()
            #expect(try files() == before)
        }
    }

    @Test("A process that appends without a pause keeps no other out") func takesTurns() async throws {
        try await withScratchFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
            let greedy = try TortureRun.start(Workload(), in: folder)
            try await log.waitForEvents(after: 0)
            for _ in 0..<50 { try await log.append([.sample("torture.other")], to: StreamName("room-1")) }
            greedy.kill()
            _ = try greedy.remainingLines()
            greedy.waitForEnd()
            #expect(try await ChainVerifier.verify(log).verified)
            await log.close()
        }
    }

    @Test("Events of another process wake a reader that waits") func wakesAcrossProcesses() async throws {
        try await withScratchFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
            let waiting = Task { try await log.waitForEvents(after: 0) }
            var workload = Workload()
            workload.batches = 1
            let other = try TortureRun.start(workload, in: folder)
            #expect(try Account(other.remainingLines()).isDone)
            other.waitForEnd()
            try await waiting.value
            #expect(try await log.head().position == 1)
            await log.close()
        }
    }

    @Test("The folder's lock is refused by name while another process holds it, and free when that is killed")
    func locksFolder() async throws {
        try await withScratchFolder { folder in
            let holder = try TortureRun.start("hold", folder)
            #expect(try holder.nextLine() == "held")
            #expect {
                try FolderLock.acquire(folder: folder)
            } throws: { error in
                "\(error)".contains("is in use by log-torturer (process ")
            }
            holder.kill()
            holder.waitForEnd()
            _ = try FolderLock.acquire(folder: folder)
        }
    }
}
