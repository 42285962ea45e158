// Appends to a log until it is killed, and says on standard output what was acknowledged: one line "ack BATCH EVENTS" each.
//
//   log-torturer append FOLDER NAME [BATCHES]     batches of 1 to 20 events over three streams, from four tasks at once
//   log-torturer fill FOLDER BYTES                appends until no file may grow past BYTES, then again without that limit
//   log-torturer hold FOLDER                      takes the lock of the folder, says "held", and keeps it until it is killed

import EventLogSQLite
import FoundationEssentials
import Glibc
import HindsightCore
import HindsightRuntime

let arguments = CommandLine.arguments

/// One batch, recognisable afterwards: each event says how many belong to it.
func batch(_ name: String, size: Int, bytes: Int = 40) throws -> Append {
    let filler = String(repeating: "x", count: bytes)
    let events = try (0..<size).map { index in
        NewEvent(
            id: EventID(UUID()), type: "torture.happened",
            data: try JSONText(object: #"{"batch":"\#(name)","index":\#(index),"size":\#(size),"filler":"\#(filler)"}"#),
            tags: [try Tag("batch:\(name)")])
    }
    let writes = try events.enumerated().map { StreamWrite([$1], to: try StreamName("torture-\($0 % 3)")) }
    return Append(writes)
}

func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    precondition(write(STDOUT_FILENO, bytes, bytes.count) == bytes.count, "the test that reads this has gone")
}

func append(to log: SQLiteEventLog, name: String, batches: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<4 {
            group.addTask {
                for number in stride(from: task, to: batches, by: 4) {
                    let size = 1 + number * 7 % 20
                    _ = try await log.append(batch("\(name).\(number)", size: size))
                    say("ack \(name).\(number) \(size)")
                }
            }
        }
        try await group.waitForAll()
    }
}

func fill(_ log: SQLiteEventLog, until bytes: UInt) async throws {
    // Without the signal, a write past the limit fails like one on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    var unlimited = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &unlimited)
    var limited = rlimit(rlim_cur: bytes, rlim_max: unlimited.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limited)
    var number = 0
    do {
        while true {
            _ = try await log.append(batch("full.\(number)", size: 5, bytes: 20_000))
            say("ack full.\(number) 5")
            number += 1
        }
    } catch {
        say("refused \(error)")
    }
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &unlimited)
    _ = try await log.append(batch("after.0", size: 5, bytes: 20_000))
    say("ack after.0 5")
}

do {
    switch arguments[1] {
    case "append":
        let log = try SQLiteEventLog.open(folder: arguments[2], clock: SystemClock())
        try await append(to: log, name: arguments[3], batches: arguments.count > 4 ? Int(arguments[4]) ?? 0 : .max)
        await log.close()
    case "fill":
        let log = try SQLiteEventLog.open(folder: arguments[2], clock: SystemClock())
        try await fill(log, until: UInt(arguments[3]) ?? 0)
        await log.close()
    default:
        let lock = try FolderLock.acquire(folder: arguments[2], holder: "log-torturer")
        say("held")
        withExtendedLifetime(lock) { while true { pause() } }
    }
} catch {
    say("failed \(error)")
    exit(1)
}
