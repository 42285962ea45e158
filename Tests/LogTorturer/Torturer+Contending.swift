import EventLogSQLite
import Glibc
import HindsightCore
import HindsightRuntime
import HindsightTesting
import LogFaults
import SQLiteConnection

extension Torturer {
    /// Takes slots that other processes want, too. Each is an event in one stream, at the version that was read before, on the condition
    /// that nobody has the slot: `won SLOT VERSION` or `lost SLOT`.
    func compete() async throws {
        let (name, slots) = (word(2), try number(3))
        let stream = try StreamName(Contest.stream)
        let log = try SQLiteEventLog.open(folder: word(1), clock: SystemClock())
        var version = try await log.version(of: stream)
        for slot in 0..<slots {
            // Once for each batch, so that the events of a lost race are never sent again.
            var isOpen = true
            while isOpen {
                let claim = try Contest.claim(slot: slot, by: name, at: version + 1)
                do throws(EventLogError) {
                    version = try await log.append(claim).streams[0].version
                    say("won \(slot) \(version)")
                    isOpen = false
                } catch {
                    switch error {
                    case .versionConflict(_, _, let actual): version = actual
                    case .conditionFailed:
                        say("lost \(slot)")
                        isOpen = false
                    default: throw error
                    }
                }
            }
        }
        await log.close()
        say("done")
    }

    /// A storm: takes SQLite's write lock for moments of up to 3 ms, as a program would that knows nothing of us.
    func seizeOften() throws {
        let (folder, times) = (word(1), try number(3))
        var chance = SeededGenerator(UInt64(try number(2)))
        let connection = try Connection(path: "\(folder)/events.sqlite", mode: .readWrite)
        defer { connection.close() }
        say("seizing")
        // Nothing is waited for: the lock is held for a while, and left alone for a while.
        for _ in 0..<times {
            try connection.transaction(.immediate) { _ = usleep(.random(in: 0..<3_000, using: &chance)) }
            usleep(.random(in: 0..<1_000, using: &chance))
        }
        say("done")
    }

    func seizeUntilTold() throws {
        let connection = try Connection(path: "\(word(1))/events.sqlite", mode: .readWrite)
        defer { connection.close() }
        try connection.transaction(.immediate) {
            say("seized")
            while readLine() != nil {}
        }
        say("done")
    }
}
