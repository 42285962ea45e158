import Glibc
import HindsightTesting

/// `strace`, which lets a system call of a program fail, kills the program at one, or writes down what it does to its files.
package enum Strace {
    /// What happens to the n-th call of a kind; strace counts the calls of each thread by themselves.
    package struct Injection: Sendable, CustomStringConvertible {
        package enum Effect: String, Sendable, CaseIterable {
            /// The process is killed with -9 before the call does anything.
            case kill = "signal=KILL"
            /// The device is broken.
            case inputOutputError = "error=EIO"
            case diskFull = "error=ENOSPC"
        }

        package let call: String
        package let effect: Effect
        /// The first call of a thread that is hit.
        package let first: Int
        /// The last one; `nil` for all that follow.
        package let last: Int?

        package init(_ effect: Effect, at call: String, _ calls: ClosedRange<Int>) {
            (self.effect, self.call, first, last) = (effect, call, calls.lowerBound, calls.upperBound)
        }

        package init(_ effect: Effect, at call: String, _ calls: PartialRangeFrom<Int>) {
            (self.effect, self.call, first, last) = (effect, call, calls.lowerBound, nil)
        }

        package var description: String { "\(call):\(effect.rawValue):when=\(first)\(last.map { "..\($0)" } ?? "+")" }
    }

    /// Whether strace is there and may do its work: containers often forbid it.
    package static let isUsable = ChildProcess.succeeds("strace", ["-f", "-qq", "-o", "/dev/null", "-e", "trace=none", "true"])

    /// The arguments that let `command` run with an injection.
    static func arguments(injecting injection: Injection, into command: [String]) -> [String] {
        ["-f", "-qq", "-o", "/dev/null", "-e", "trace=\(injection.call)", "-e", "inject=\(injection)"] + command
    }

    /// The arguments that write what `command` does to its files, and what it says, into `record`.
    ///
    /// - Parameter injection: A call of ``recordedCalls`` that fails on the way.
    static func arguments(recordingInto record: String, injecting injection: Injection? = nil, command: [String]) -> [String] {
        let failing = injection.map { ["-e", "inject=\($0)"] } ?? []
        return ["-f", "-qq", "-y", "-xx", "-s", "\(longestWrite)", "-o", record, "-e", "trace=\(recordedCalls)"] + failing + command
    }

    /// So that no write is recorded in part.
    private static let longestWrite = 64 << 20

    /// Everything that changes a file or a folder, or makes it durable.
    private static let recordedCalls =
        "openat,pwrite64,write,ftruncate,fallocate,fdatasync,fsync,unlink,unlinkat,rename,renameat,renameat2"
}
