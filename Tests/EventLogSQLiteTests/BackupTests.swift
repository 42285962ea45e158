import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import HindsightTesting
import LogFaults
import SQLiteConnection
import Testing

@Suite("SQLite event log, backed up", .serialized) struct BackupTests {
    @Test("A backup made while others append is a log of its own, whole up to its head") func copiesBesideWriter() async throws {
        try await withTemporaryFolder { folder in
            let busy = try TortureRun.start(Workload(), in: folder)
            // Two processes may make the same log.
            let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
            try await log.waitForEvents(after: 50)
            let head = try await log.backUp(to: "\(folder)/backup")
            busy.kill()
            #expect(busy.waitForEnd() == .killed(signal: SIGKILL))
            #expect(head.position > 50)
            let copy = try SQLiteEventLog.open(folder: "\(folder)/backup", clock: SystemClock())
            #expect(try await copy.head() == head)
            let (original, copied) = (EventSelection(until: head.position, limit: .max), EventSelection(limit: .max))
            #expect(try await copy.read(copied) == log.read(original))
            #expect(try await copy.check() == [])
            try await copy.append([.sample()], to: StreamName("room-1"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/backup").allSatisfy { $0.hasPrefix("events.sqlite") })
            await copy.close()
            await log.close()
        }
    }

    @Test("Until a backup is complete and verified, there is no log at its target") func appearsAtOnce() async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder, events: 2_000)
            let (log, target) = (try open(folder), "\(folder)/backup")
            var stages: Set<BackupStage> = []
            _ = try await log.backUp(to: target) { stage, _, _ in
                stages.insert(stage)
                #expect(!FileManager.default.fileExists(atPath: "\(target)/events.sqlite"))
            }
            #expect(stages == [.copying, .verifying])
            #expect(FileManager.default.fileExists(atPath: "\(target)/events.sqlite"))
            await log.close()
        }
    }

    @Test("A backup that is cancelled leaves no log, and the next one clears away what it left") func cancels() async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            let (log, target) = (try open(folder), "\(folder)/backup")
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await log.backUp(to: target)
            }
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(!FileManager.default.fileExists(atPath: "\(target)/events.sqlite"))
            try Data("half a page".utf8).write(to: URL(fileURLWithPath: "\(target)/incomplete-backup/events.sqlite"))
            #expect(try await log.backUp(to: target).position == 5)
            #expect(try FileManager.default.contentsOfDirectory(atPath: target) == ["events.sqlite"])
            await log.close()
        }
    }

    @Test("A damaged log is not backed up", arguments: ["metadata = '{}'", "digest = zeroblob(32)"]) func refusesDamage(change: String)
        async throws
    {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            try changingHistory(of: folder) { try $0.execute("UPDATE events SET \(change) WHERE position = 3") }
            let log = try open(folder)
            await #expect {
                _ = try await log.backUp(to: "\(folder)/backup")
            } throws: { error in
                guard case .damaged(position: 3, _)? = error as? EventLogError else { return false }
                return true
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/backup/events.sqlite"))
            await log.close()
        }
    }

    @Test("A target that holds a log, or a part of one, is refused and stays as it is", arguments: ["events.sqlite", "events.sqlite-wal"])
    func refusesTarget(file: String) async throws {
        try await withTemporaryFolder { folder in
            try await makeSample(in: folder)
            let (log, target) = (try open(folder), "\(folder)/backup")
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(target)/\(file)"))
            await #expect(throws: EventLogError.unavailable(reason: "\(target) holds a log already (\(file)): name an empty folder")) {
                _ = try await log.backUp(to: target)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: target) == [file])
            await log.close()
        }
    }

    private func open(_ folder: String) throws -> SQLiteEventLog {
        try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart), mode: .readOnly)
    }
}
