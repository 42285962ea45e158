import FoundationEssentials
import Glibc

/// A program that was started beside this one, with what it says on its standard output.
///
/// Every descriptor is opened so that no other program which this process starts inherits it. Foundation's `Process` cannot promise that:
/// it learns of a child's end from a socket that any other child may have inherited, and then waits for that one too.
package final class ChildProcess {
    private let identifier: pid_t
    /// Our end of the channel that is its standard input and its standard output.
    private let channel: Int32
    private var unread: [UInt8] = []
    private var end: End?

    /// How it ended.
    package enum End: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// - Parameter program: A path, or a name to be found in `PATH`.
    package init(_ program: String, _ arguments: [String]) throws {
        // Not two pipes: only a pair of sockets can be made so that it is closed in other programs from the first moment on.
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ChildProcessFailure(description: "no channel can be made: error \(errno)")
        }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var started = pid_t()
        let code = posix_spawnp(&started, program, &actions, nil, &words, environ)
        guard code == 0 else {
            close(ends[0])
            throw ChildProcessFailure(description: "\(program) cannot be started: error \(code)")
        }
        (identifier, channel) = (started, ends[0])
    }

    deinit { close(channel) }

    /// Whether a program of this name ends with success when it is run with `arguments`: to ask what a machine allows.
    package static func succeeds(_ program: String, _ arguments: [String]) -> Bool {
        do {
            let child = try ChildProcess(program, arguments)
            _ = try child.remainingLines()
            return child.waitForEnd() == .exited(0)
        } catch {
            return false
        }
    }

    /// The next line that it says, without its end; `nil` once it says no more. A line that was cut off is none.
    package func nextLine() throws -> String? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeSubrange(...end) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = read(channel, &bytes, bytes.count)
            if count == 0 { return nil }
            guard count > 0 || errno == EINTR else {
                throw ChildProcessFailure(description: "what a child says cannot be read: error \(errno)")
            }
            if count > 0 { unread += bytes[..<count] }
        }
    }

    package func remainingLines() throws -> [String] {
        var lines: [String] = []
        while let line = try nextLine() { lines.append(line) }
        return lines
    }

    /// Lets it read the end of its standard input, for which it may be waiting.
    package func closeInput() { shutdown(channel, Int32(SHUT_WR)) }

    /// Nothing once its end is known: its number may be another program's by then.
    package func kill() {
        guard end == nil else { return }
        Glibc.kill(identifier, SIGKILL)
    }

    /// It gets no turn until it may go on; returns once it stands still.
    package func stop() {
        send(SIGSTOP)
        var state = siginfo_t()
        while end == nil, waitid(P_PID, id_t(identifier), &state, WSTOPPED | WEXITED | WNOWAIT) < 0 {
            precondition(errno == EINTR, "nobody else waits for this child")
        }
    }

    package func goOn() { send(SIGCONT) }

    private func send(_ signal: Int32) {
        guard end == nil else { return }
        Glibc.kill(identifier, signal)
    }

    /// Waits until it has ended; once it has, the answer stays.
    @discardableResult
    package func waitForEnd() -> End {
        if let end { return end }
        closeInput()
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 { precondition(errno == EINTR, "nobody else waits for this child") }
        let signal = status & 0x7f
        let end: End = signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: signal)
        self.end = end
        return end
    }
}

/// Why a program could not be run beside this one.
package struct ChildProcessFailure: Error, CustomStringConvertible {
    package let description: String
}
