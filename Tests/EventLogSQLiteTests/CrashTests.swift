import EventLogSQLite
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("SQLite event log, when processes die or meet", .serialized) struct CrashTests {
    @Test("kill -9 loses nothing acknowledged and leaves no half of a batch", arguments: [1, 10, 33, 70])
    func survivesKill(acknowledgements: Int) async throws {
        try await withTemporaryFolder { folder in
            var promised: [String: Int] = [:]
            // Each process goes on where the one before was killed.
            for run in 0..<3 {
                let torturer = try Torturer("append", folder, "run\(run)")
                promised.merge(acknowledged(try torturer.linesUntilKilled(after: acknowledgements))) { $1 }
            }
            #expect(promised.count >= 3 * acknowledgements)
            try await expectWholeBatches(in: folder, promised: promised)
        }
    }

    @Test("Several processes append to one folder at the same time") func sharesFolder() async throws {
        try await withTemporaryFolder { folder in
            let torturers = try (0..<3).map { try Torturer("append", folder, "process\($0)", "40") }
            var promised: [String: Int] = [:]
            for torturer in torturers { promised.merge(acknowledged(try torturer.lines())) { $1 } }
            #expect(promised.count == 120)
            try await expectWholeBatches(in: folder, promised: promised)
        }
    }

    @Test("A process that appends without a pause keeps no other out") func takesTurns() async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
            let greedy = try Torturer("append", folder, "greedy")
            try await log.waitForEvents(after: 0)
            for _ in 0..<50 { try await log.append([.sample("torture.other")], to: StreamName("room-1")) }
            _ = try greedy.linesUntilKilled(after: 1)
            #expect(try await ChainVerifier.verify(log).verified)
            await log.close()
        }
    }

    @Test("Events of another process wake a reader that waits") func wakesAcrossProcesses() async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
            let waiting = Task { try await log.waitForEvents(after: 0) }
            _ = try Torturer("append", folder, "other", "1").lines()
            try await waiting.value
            #expect(try await log.head().position == 1)
            await log.close()
        }
    }

    @Test("A full disk is one clear error, loses nothing, and is over when there is room") func survivesFullDisk() async throws {
        try await withTemporaryFolder { folder in
            let lines = try Torturer("fill", folder, "2000000").lines()
            let refusal = lines.first { $0.hasPrefix("refused") }
            #expect(refusal?.contains("nothing was stored: the disk is full") == true, "\(lines)")
            #expect(lines.last == "ack after.0 5")
            try await expectWholeBatches(in: folder, promised: acknowledged(lines))
        }
    }

    @Test("The folder's lock is refused by name while another process holds it, and free when that is killed")
    func locksFolder() async throws {
        try await withTemporaryFolder { folder in
            let holder = try Torturer("hold", folder)
            let lines = try holder.linesUntilKilled(after: 1) {
                #expect {
                    try FolderLock.acquire(folder: folder)
                } throws: { error in
                    "\(error)".contains("is in use by log-torturer (process ")
                }
            }
            #expect(lines == ["held"])
            _ = try FolderLock.acquire(folder: folder)
        }
    }
}

/// Expects the chain to verify, every promised batch to be there, and each that is there to be whole and contiguous.
private func expectWholeBatches(in folder: String, promised: [String: Int]) async throws {
    let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
    let stored = try await storedBatches(in: log)
    for (name, size) in promised { #expect(stored[name]?.positions.count == size, "batch \(name)") }
    for (name, batch) in stored {
        let first = try #require(batch.positions.first)
        #expect(batch.positions == Array(first..<first + Position(batch.size)), "batch \(name)")
    }
    #expect(try await ChainVerifier.verify(log).verified)
    #expect(try await log.head().position == Position(stored.values.reduce(0) { $0 + $1.size }))
    await log.close()
}
