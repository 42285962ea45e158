import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import LogFaults
import Testing
import HindsightTesting

@Suite("SQLite event log, when the device fails", .serialized, .timeLimit(.minutes(5))) struct DeviceFaultTests {
    /// Eight batches from two tasks, some of them with the write-ahead log moved into the file behind them.
    private static func workload(attempts: Int = 20) -> Workload {
        var workload = Workload()
        (workload.batches, workload.tasks, workload.checkpointEvery, workload.attempts) = (8, 2, 3, attempts)
        return workload
    }

    @Test(
        "A flush that fails is an unknown outcome, which a repeat with the same ids settles: each flush in turn",
        .enabled(if: Strace.isUsable, "strace is not there or may not trace"))
    func settlesFailedFlush() async throws {
        var unknown = 0
        // More than one thread of the process flushes; the later ones are those of tidying up.
        for nth in 1...16 {
            let fault = Strace.Injection(.inputOutputError, at: "fdatasync", nth...nth)
            let account = try await FailingDevice(fault, Self.workload()).expectPromisesKept()
            #expect(account.acknowledged.count == 8)
            // Behind each failure the log was read.
            #expect(account.headsAfterFailures.count >= account.unknown.count)
            unknown += account.unknown.count
        }
        #expect(unknown >= 4)
    }

    @Test(
        "A flush of the folder that fails, of which SQLite would say nothing, is tried again, and loses nothing",
        .enabled(if: Strace.isUsable, "strace is not there or may not trace"), arguments: 1...3)
    func survivesBrokenFlushOfFolder(nth: Int) async throws {
        let account = try await FailingDevice(.init(.inputOutputError, at: "fsync", nth...nth), Self.workload()).expectPromisesKept()
        #expect(account.acknowledged.count == 8)
    }

    @Test(
        "While every flush fails, each append has its answer, nothing is acknowledged, and reading goes on",
        .enabled(if: Strace.isUsable, "strace is not there or may not trace"), arguments: [1, 4, 6, 8, 10])
    func survivesBrokenFlushes(first: Int) async throws {
        let fault = Strace.Injection(.inputOutputError, at: "fdatasync", first...)
        let account = try await FailingDevice(fault, Self.workload(attempts: 3)).expectPromisesKept()
        #expect(!account.givenUp.isEmpty)
    }

    @Test(
        "Flushes that fail at random lose nothing acknowledged",
        .enabled(if: Strace.isUsable, "strace is not there or may not trace"), arguments: 0..<20)
    func survivesFailingFlushes(seed: Int) async throws {
        try await FaultRound.brokenFlush.run(seed: seed)
    }

    @Test(
        "Writes that fail lose nothing acknowledged and leave no half of a batch",
        .enabled(if: Strace.isUsable, "strace is not there or may not trace"), arguments: 0..<10)
    func survivesFailingWrites(seed: Int) async throws {
        try await FaultRound.brokenWrite.run(seed: seed)
    }

    // MARK: - Full

    @Test(
        "A disk that is full at any write is one clear error, loses nothing, and is over when there is room",
        .enabled(if: Strace.isUsable, "strace is not there or may not trace"), arguments: 0..<10)
    func survivesNoRoom(seed: Int) async throws {
        try await FaultRound.fullDisk.run(seed: seed)
    }

    @Test(
        "A small disk that is full is one clear error, loses nothing, and is over when there is room",
        .enabled(if: Mounts.arePossible, "only root may mount a small disk"))
    func survivesFullDisk() async throws {
        try await withScratchFolder { folder in try await expectOneRefusal(Mounts.fillSmallDisk(copyingTo: folder), in: folder) }
    }

    /// A quota or a limit stops a write like a full disk, but with an error that SQLite does not know.
    @Test("A limit on the size of files is one clear error, loses nothing, and is over when it is lifted")
    func survivesLimit() async throws {
        try await withScratchFolder { folder in
            let child = try TortureRun.start("limit", folder, "2000000")
            let account = try Account(child.remainingLines())
            #expect(child.waitForEnd() == .exited(0))
            try await expectOneRefusal(account, in: folder)
        }
    }

    private func expectOneRefusal(_ account: Account, in folder: String) async throws {
        #expect(account.isDone)
        #expect(account.refused.count == 1)
        let (batch, reason) = try #require(account.refused.first)
        #expect(reason.contains("nothing was stored: the disk is full"))
        // Sent again when there was room.
        #expect(account.acknowledged[batch] != nil)
        try await Inspection(folder: folder).expectPromisesKept(account)
    }

    // MARK: - Only to be read

    @Test("A folder that may only be read is one clear error for who appends, and stays as it is", arguments: [0o555, 0o000])
    func refusesForbiddenFolder(permissions: Int) async throws {
        try await withScratchFolder { folder in
            try await makeSample(in: folder)
            try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: folder)
            let child = try TortureRun.start("unprivileged", "append", folder, "batches=1", "attempts=1")
            let account = try Account(child.remainingLines())
            child.waitForEnd()
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
            expectRefusedOpening(account)
            try await expectSampleUntouched(in: folder)
        }
    }

    @Test(
        "A disk that can only be read is one clear error for who appends",
        .enabled(if: Mounts.arePossible, "only root may mount a disk for reading only"))
    func refusesReadOnlyDisk() async throws {
        try await withScratchFolder { folder in
            try await makeSample(in: folder)
            expectRefusedOpening(try Mounts.appendOnReadOnlyDisk(folder))
            try await expectSampleUntouched(in: folder)
        }
    }

    private func expectRefusedOpening(_ account: Account) {
        let reason = account.refused["opening"] ?? ""
        #expect(["may not be written", "cannot be opened"].contains { reason.contains($0) }, "\(reason)")
        #expect(account.acknowledged.isEmpty)
    }

    private func expectSampleUntouched(in folder: String) async throws {
        let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock(), mode: .readOnly)
        #expect(try await log.head().position == 5)
        #expect(try await ChainVerifier.verify(log).verified)
        await log.close()
    }
}
