import Glibc
import Testing

/// The program that comes with Prometheus and checks what Prometheus is to read.
enum Promtool {
    static let advice: Comment = "promtool is not there: Debian has it in the package prometheus"

    /// Whether a program of this name can be started.
    static let isInstalled: Bool = {
        do {
            return try run(["--version"], input: []).status == 0
        } catch {
            return false
        }
    }()

    /// Has `page` checked.
    ///
    /// - Returns: 0 and nothing where all is well; what is wrong, otherwise.
    static func check(_ page: [UInt8]) throws -> (status: Int32, output: String) { try run(["check", "metrics"], input: page) }

    private static func run(_ arguments: [String], input: [UInt8]) throws -> (status: Int32, output: String) {
        // Files and not pipes: nobody has to read while somebody else writes.
        let (page, answer) = try (NamelessFile(), NamelessFile())
        try page.fill(input)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, page.descriptor, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, answer.descriptor, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, answer.descriptor, STDERR_FILENO)
        var words = (["promtool"] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var child = pid_t()
        let code = posix_spawnp(&child, "promtool", &actions, nil, &words, environ)
        guard code == 0 else { throw SystemFailure(call: "posix_spawnp", code: code) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemFailure(call: "waitpid") }
        }
        return (status, try answer.contents())
    }
}

/// A file that nobody else can find, and that is gone once it is closed.
private final class NamelessFile {
    let descriptor: Int32

    init() throws(SystemFailure) {
        var path = Array("/tmp/promtool-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw SystemFailure(call: "mkstemp") }
        unlink(path)
    }

    deinit { close(descriptor) }

    func fill(_ bytes: [UInt8]) throws(SystemFailure) {
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else { throw SystemFailure(call: "pwrite") }
    }

    func contents() throws(SystemFailure) -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw SystemFailure(call: "pread") }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

private struct SystemFailure: Error {
    let call: String
    var code = errno
}
