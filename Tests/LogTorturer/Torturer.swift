import EventLogSQLite
import Glibc
import HindsightCore
import HindsightRuntime
import LogFaults

/// Says a line at once and as a whole.
func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    precondition(write(STDOUT_FILENO, bytes, bytes.count) == bytes.count, "whoever reads this has gone")
}

/// Carries out one command.
struct Torturer {
    private let words: [String]

    init(arguments: [String]) { words = arguments }

    func run() async throws {
        switch (words.first, words.count) {
        case ("append", 2...): try await append()
        case ("fill", 3): try await fill { try makeRoom(removing: words[2]) }
        case ("limit", 3):
            let limit = try FileSizeLimit(bytes: try number(2))
            try await fill { try limit.lift() }
        case ("compete", 4): try await compete()
        case ("seize", 4): try seizeOften()
        case ("seize", 2): try seizeUntilTold()
        case ("hold", 2):
            let lock = try FolderLock.acquire(folder: words[1], holder: "log-torturer")
            say("held")
            withExtendedLifetime(lock) { while true { pause() } }
        case ("open", 2...3): try await open()
        case ("read", 4): try await read()
        case ("unprivileged", 2...):
            try becomeNobody()
            try await Torturer(arguments: Array(words.dropFirst())).run()
        case ("round", 2...3): say("kept \(try await SoakRound(seed: try number(1), of: words.count == 3 ? word(2) : nil).run())")
        default: throw Contradiction("what is to be done? see Tests/LogTorturer/main.swift")
        }
    }

    func word(_ index: Int) -> String { words[index] }

    func words(from index: Int) -> ArraySlice<String> { words[index...] }

    func number(_ index: Int) throws -> Int {
        guard let number = Int(words[index]) else { throw Contradiction("\(words[index]) is no number") }
        return number
    }

    private func open() async throws {
        do throws(EventLogError) {
            let mode: SQLiteEventLog.Mode = words.count == 3 ? .readOnly : .readWrite
            let log = try SQLiteEventLog.open(folder: words[1], clock: SystemClock(), mode: mode)
            say("opened \(try await log.head().position)")
            await log.close()
        } catch {
            say("refused \(error)")
        }
    }

    private func becomeNobody() throws {
        // Who is nobody in particular already has no more to give up.
        guard geteuid() == 0 else { return }
        let nobody: uid_t = 65_534
        guard setgroups(0, nil) == 0, setgid(nobody) == 0, setuid(nobody) == 0 else { throw Contradiction("the user cannot be changed") }
    }
}
