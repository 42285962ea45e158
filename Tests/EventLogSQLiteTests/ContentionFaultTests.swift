import EventLogSQLite
import HindsightCore
import HindsightRuntime
import LogFaults
import Testing
import HindsightTesting

@Suite("SQLite event log, when processes meet", .serialized, .timeLimit(.minutes(5))) struct ContentionFaultTests {
    @Test("Several processes append to one folder, one of them is killed, and nothing acknowledged to any is lost", arguments: 0..<6)
    func sharesFolder(seed: Int) async throws {
        try await FaultRound.crowd.run(seed: seed)
    }

    @Test("Of processes that want the same by expected version and condition, exactly one gets it each time", arguments: 0..<6)
    func decidesContests(seed: Int) async throws {
        try await FaultRound.contest.run(seed: seed)
    }

    @Test("A storm of other programs that take SQLite's lock for moments delays appends and loses none", arguments: 0..<5)
    func ridesOutStorms(seed: Int) async throws {
        try await FaultRound.storm.run(seed: seed)
    }

    /// Takes as long as the log waits for the lock.
    @Test("A program that keeps SQLite's lock makes appends fail with nothing stored; reads go on, and so do appends once it lets go")
    func outlastsHeldLock() async throws {
        try await withScratchFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
            let holder = try TortureRun.start("seize", folder)
            #expect(try holder.nextLine() == "seized")
            let event = try NewEvent.sample()
            let stream = try StreamName("room-1")
            await #expect {
                try await log.append([event], to: stream)
            } throws: { error in
                guard case EventLogError.unavailable = error else { return false }
                return "\(error)".contains("another process holds the lock")
            }
            #expect(try await log.head().position == 0)
            holder.closeInput()
            #expect(try holder.remainingLines() == ["done"])
            holder.waitForEnd()
            let receipt = try await log.append([event], to: stream)
            #expect(receipt.firstPosition == 1 && !receipt.isRepeat)
            await log.close()
        }
    }

    @Test("A copy of the files made while they are written is the log of some moment, or is found to be damaged", arguments: 0..<20)
    func findsTornCopies(seed: Int) async throws {
        try await FaultRound.copiedFiles.run(seed: seed)
    }
}
