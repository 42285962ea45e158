import HindsightCore
import Synchronization

/// A peer run as a process of its own, which a test may kill and start again.
///
/// It fits every program that prints a line `{"port":N}` once it listens on the loopback, ends with its standard input, and takes
/// `--port N`: `recording-peer`, `payment-gateway` and `notebook-runner` do, with `--parent-pipe`.
public final class PeerProcess: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private struct Announcement: Decodable { let port: Int }

    private let program: String
    private let arguments: [String]
    private let child: Mutex<ChildProcess>
    private let port: Int

    /// Starts the program and returns once it listens.
    ///
    /// - Parameters:
    ///   - program: Its path.
    ///   - arguments: Without `--port`: it gets a free one.
    public init(_ program: String, _ arguments: [String]) throws {
        let (child, port) = try Self.start(program, arguments, port: 0)
        self.program = program
        self.arguments = arguments
        self.port = port
        self.child = Mutex(child)
    }

    deinit { kill() }

    /// The same for as long as this lives, whatever happens to the process.
    public var address: String { "http://127.0.0.1:\(port)" }

    /// Ends it as a crash would, and returns when it is gone. Nothing if it is gone already.
    public func kill() {
        child.withLock { child in
            child.kill()
            child.waitForEnd()
        }
    }

    /// Starts it anew, at the same address and with the same arguments, after killing it if it still runs.
    public func restart() throws {
        try child.withLock { child in
            child.kill()
            child.waitForEnd()
            child = try Self.start(program, arguments, port: port).child
        }
    }

    private static func start(_ program: String, _ arguments: [String], port: Int) throws -> sending (child: ChildProcess, port: Int) {
        let child = try ChildProcess(program, arguments + ["--port", String(port)])
        guard let line = try child.nextLine() else {
            child.waitForEnd()
            throw Failure(description: "\(program) ended before it listened: it says why on standard error")
        }
        do {
            return (child, try JSON.decode(Announcement.self, from: Array(line.utf8)).port)
        } catch {
            child.kill()
            child.waitForEnd()
            throw Failure(description: "\(program) has to print {\"port\":N} as its first line, and printed something else")
        }
    }
}
