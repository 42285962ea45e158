import Foundation

/// This program once more, in the background: it goes on when the terminal is closed, and says nothing.
enum DetachedProcess {
    /// POSIX_SPAWN_SETSID, which Swift does not see: glibc declares it under _GNU_SOURCE only.
    private static let newSession: Int16 = 0x80

    static func start(_ arguments: [String]) throws {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Self.newSession)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        // Whoever waits for the end of a pipe or a lock that this process was given would wait for the other one too.
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            if let descriptor = Int32(name), descriptor > STDERR_FILENO { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        let program = "/proc/self/exe"
        let words = ([CommandLine.arguments[0]] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, words + [nil], environ)
        guard code == 0 else { throw InputError(reason: "no process can be started in the background: \(String(cString: strerror(code)))") }
    }
}
