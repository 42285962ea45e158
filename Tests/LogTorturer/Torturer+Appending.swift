import EventLogSQLite
import Glibc
import HindsightCore
import HindsightRuntime
import LogFaults
import SQLiteConnection

extension Torturer {
    /// Appends the workload; what fails is repeated with the same event ids until it is settled or given up.
    func append() async throws {
        let folder = word(1)
        let workload = try Workload(arguments: words(from: 2))
        let perSession = workload.batches / workload.sessions
        for session in 0..<workload.sessions {
            let last = session == workload.sessions - 1 ? workload.batches : (session + 1) * perSession
            guard let log = try openAgainAndAgain(folder, attempts: workload.attempts) else { continue }
            try await append(workload, numbers: (session * perSession)..<last, to: log)
            await log.close()
        }
        say("done")
    }

    /// A fault may hit the opening, too: it says so, and can be tried again. `nil` once it was tried often enough.
    private func openAgainAndAgain(_ folder: String, attempts: Int) throws -> SQLiteEventLog? {
        for _ in 0..<attempts {
            do throws(EventLogError) {
                return try SQLiteEventLog.open(folder: folder, clock: SystemClock())
            } catch {
                guard case .unavailable = error else { throw error }
                say("refused opening \(error)")
            }
        }
        say("gave-up opening")
        return nil
    }

    private func append(_ workload: Workload, numbers: Range<Int>, to log: SQLiteEventLog) async throws {
        let folder = word(1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<workload.tasks {
                group.addTask {
                    var answers = 0
                    for number in stride(from: numbers.lowerBound + task, to: numbers.upperBound, by: workload.tasks) {
                        try await settle(workload.batch(number), attempts: workload.attempts, on: log)
                        answers += 1
                        if workload.checkpointEvery > 0, answers % workload.checkpointEvery == 0 { try moveWriteAheadLog(of: folder) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func settle(_ batch: TortureBatch, attempts: Int, on log: SQLiteEventLog) async throws {
        for _ in 0..<attempts {
            do throws(EventLogError) {
                let receipt = try await log.append(batch.append)
                return say("ack \(batch.name) \(batch.size) \(receipt.firstPosition)")
            } catch {
                switch error {
                case .outcomeUnknown: say("unknown \(batch.name)")
                case .unavailable: say("refused \(batch.name) \(error)")
                default: throw error
                }
            }
            // Whatever became of the writer, reading goes on.
            say("head \(try await log.head().position)")
        }
        say("gave-up \(batch.name)")
    }

    /// What the log does by itself when its write-ahead log has grown, done early so that short runs see it often.
    private func moveWriteAheadLog(of folder: String) throws {
        let connection = try Connection(path: "\(folder)/events.sqlite", mode: .readWrite)
        defer { connection.close() }
        do {
            _ = try connection.integer("PRAGMA wal_checkpoint(RESTART)")
        } catch {
            // The injected fault has hit it: the log under test is what must cope.
            guard error.kind == .inputOutput || error.kind == .diskFull || error.kind == .busy else { throw error }
        }
    }

    // MARK: - Full disks

    /// Appends until there is no room, makes room, and sends the refused batch again.
    func fill(_ makeRoom: () throws -> Void) async throws {
        let log = try SQLiteEventLog.open(folder: word(1), clock: SystemClock())
        for number in 0... {
            let batch = try TortureBatch("full.\(number)", size: 5, bytes: 20_000)
            do throws(EventLogError) {
                say("ack \(batch.name) \(batch.size) \(try await log.append(batch.append).firstPosition)")
                continue
            } catch {
                say("refused \(batch.name) \(error)")
            }
            say("head \(try await log.head().position)")
            try makeRoom()
            say("ack \(batch.name) \(batch.size) \(try await log.append(batch.append).firstPosition)")
            break
        }
        await log.close()
        say("done")
    }

    func makeRoom(removing path: String) throws {
        guard unlink(path) == 0 else { throw Contradiction("\(path) cannot be removed") }
    }
}

/// A limit on the size of files that this process may write: past it, writing fails as on a full disk.
struct FileSizeLimit {
    private let before: rlimit

    init(bytes: Int) throws {
        // Without the signal, a write past the limit fails with an error.
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        before = limit
        limit.rlim_cur = UInt(bytes)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { throw Contradiction("no limit can be set") }
    }

    func lift() throws {
        var limit = before
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { throw Contradiction("the limit stays") }
    }
}
