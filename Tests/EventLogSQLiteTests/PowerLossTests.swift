import LogFaults
import Testing

@Suite(
    "SQLite event log, when the power fails", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: Strace.isUsable, "strace, which records what is written and flushed, is not there or may not trace"))
struct PowerLossTests {
    @Test("Everything acknowledged survives a loss of power at any moment, and every batch is whole", arguments: 0..<10)
    func survives(seed: Int) async throws {
        try await FaultRound.powerLoss.run(seed: seed)
    }

    @Test("Nothing acknowledged is lost and no batch halved before any single write and flush of a run") func survivesAnywhere()
        async throws
    {
        var workload = Workload()
        (workload.batches, workload.tasks, workload.checkpointEvery) = (6, 2, 3)
        var run = try await PowerLoss(of: workload, seed: 1)
        let report = try await run.expectPromisesKeptBeforeEachStep()
        #expect(report.acknowledged == 6)
        #expect(report.states > 100)
    }

    @Test("Appends of several tasks share their flushes") func sharesFlushes() async throws {
        var workload = Workload()
        (workload.batches, workload.tasks) = (60, 6)
        var run = try await PowerLoss(of: workload, seed: 1)
        let report = try await run.expectPromisesKept(states: 1)
        #expect(report.acknowledged == 60)
        // Opening and closing take some as well.
        #expect(report.flushes < 45, "\(report.flushes) flushes")
    }

    @Test("What a repeat is told after kill -9 survives a loss of power, too", arguments: 0..<10)
    func survivesAfterKill(seed: Int) async throws {
        try await FaultRound.powerLossAfterKill.run(seed: seed)
    }

    @Test("What is acknowledged after flushes that failed survives a loss of power, too", arguments: 0..<10)
    func survivesAfterBrokenFlush(seed: Int) async throws {
        try await FaultRound.powerLossAfterBrokenFlush.run(seed: seed)
    }

    @Test(
        "What a failed opening left in the write-ahead log is on the disk before anything is moved out of it or stored behind it",
        arguments: [5...5, 6...6, 7...9, 9...11, 10...12, 11...13, 12...14, 13...15])
    func securesWhatWasLeft(failing: ClosedRange<Int>) async throws {
        var workload = Workload()
        (workload.batches, workload.tasks, workload.bytes, workload.checkpointEvery, workload.sessions) = (8, 4, 1_000, 5, 2)
        var run = try await PowerLoss(of: workload, injecting: .init(.inputOutputError, at: "fdatasync", failing), seed: 59)
        #expect(try await run.expectPromisesKept(states: 60).acknowledged == 8)
    }

    @Test("A new log whose making fails, and is then ended by the power, can be made again", arguments: 0..<12) func makesNewLogAgain(
        seed: Int
    )
        async throws
    {
        var workload = Workload()
        (workload.batches, workload.tasks) = (1, 1)
        let first = 1 + seed % 6
        let failing = Strace.Injection(.inputOutputError, at: "fdatasync", first...first + 1 + seed % 2)
        var run = try await PowerLoss(of: workload, injecting: failing, seed: seed)
        // Nearly every state: a page of which half is there is met in few of them.
        #expect(try await run.expectPromisesKept(states: 300).acknowledged == 1)
    }

    /// The shortest way to two failures in a row: the flush of a commit, and that of the closing which follows it.
    @Test("After two flushes in a row have failed, a repeat is not acknowledged from pages that no flush writes", arguments: 7...10)
    func writesDoubtfulPagesAgain(nth: Int) async throws {
        var workload = Workload()
        (workload.batches, workload.tasks) = (6, 1)
        var run = try await PowerLoss(of: workload, injecting: .init(.inputOutputError, at: "fdatasync", nth...(nth + 1)), seed: nth)
        #expect(try await run.expectPromisesKept(states: 60).acknowledged == 6)
    }
}
