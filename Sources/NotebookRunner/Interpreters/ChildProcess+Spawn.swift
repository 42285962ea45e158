import FoundationEssentials
import Glibc
import Synchronization

extension ChildProcess {
    /// Held from making pipes to having started the child: in between, another child would inherit the ends.
    static let spawning = Mutex(())

    /// Two ends, numbered so high that they cannot be mistaken for the child's own 0 to 5, and closed in every other child.
    struct Pipe {
        let reading: Int32
        let writing: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw ChildProcess.failure("pipe", errno) }
            defer { ends.forEach { close($0) } }
            reading = fcntl(ends[0], F_DUPFD_CLOEXEC, 10)
            writing = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
            guard reading >= 0, writing >= 0 else { throw ChildProcess.failure("fcntl", errno) }
        }
    }

    static func failure(_ call: String, _ number: Int32) -> SpawnFailure {
        SpawnFailure(description: "\(call): \(String(cString: strerror(number)))")
    }

    /// Starts a process in a new group and the runner's own directory, with default signals, no standard input, and the given
    /// descriptors.
    static func spawn(_ arguments: [String], _ environment: [String: String], _ descriptors: [Int32: Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (target, source) in descriptors { posix_spawn_file_actions_adddup2(&actions, source, target) }
        // A connection that a child held as well could not be closed, nor reset.
        let firstClosed = (descriptors.keys.max() ?? 2) + 1
        for other in firstClosed..<max(firstClosed, try openDescriptors()) { posix_spawn_file_actions_addclose(&actions, other) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        return try withCStrings(arguments) { arguments in
            try withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                var id = pid_t()
                let result = posix_spawnp(&id, arguments[0]!, &actions, &attributes, arguments, environment)
                guard result == 0 else { throw failure("cannot start \(String(cString: arguments[0]!))", result) }
                return id
            }
        }
    }

    /// One more than the highest descriptor that is open, or may be soon.
    private static func openDescriptors() throws -> Int32 {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return (names.compactMap { Int32($0) }.max() ?? 0) + 32
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Result
    ) rethrows -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return try body(copies + [nil])
    }
}
