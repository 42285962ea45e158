import AsyncHTTPClient
import Foundation
import HindsightCore
import NIOCore
import NIOHTTP1
import Synchronization

/// A notebook runner as a process of its own, which can be killed and started again on the same state and port.
///
/// It ends with this process: its standard input is held here.
final class RunningNotebook: Sendable {
    struct NoPort: Error {}

    private struct Life {
        var process: Process
        /// Held open: its end is the runner's.
        var input: Pipe
    }

    let state: URL
    let port: Int
    private let options: [String]
    private let life: Mutex<Life>

    init(state: URL, _ options: [String]) async throws {
        self.state = state
        self.options = options
        let (life, port) = try await Self.start(state, port: 0, options)
        self.life = Mutex(life)
        self.port = port
    }

    deinit { life.withLock { $0.process.terminate() } }

    var address: String { "http://127.0.0.1:\(port)" }

    /// Ends it as a power cut would. Returns when it is gone.
    func kill() {
        life.withLock { life in
            Foundation.kill(life.process.processIdentifier, SIGKILL)
            life.process.waitUntilExit()
        }
    }

    var isRunning: Bool { life.withLock { $0.process.isRunning } }

    func startAgain() async throws {
        let (started, _) = try await Self.start(state, port: port, options)
        life.withLock { $0 = started }
    }

    private static func start(_ state: URL, port: Int, _ options: [String]) async throws -> (Life, Int) {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = Bundle.main.bundleURL.appending(path: "notebook-runner")
        process.arguments = ["--state", state.path, "--port", String(port), "--parent-pipe"] + options
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = await withCheckedContinuation { continuation in
            // Off the few threads that run tasks, because it blocks.
            Thread.detachNewThread { continuation.resume(returning: output.fileHandleForReading.availableData) }
        }
        guard !line.isEmpty, let port = try JSONDecoder().decode([String: Int].self, from: line)["port"] else { throw NoPort() }
        return (Life(process: process, input: input), port)
    }

    /// Arms a fault for the next request of an operation.
    func arm(_ fault: String, at operation: String, times: Int = 1) async throws {
        var request = HTTPClientRequest(url: address + "/faults")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(Array(#"{"operation":"\#(operation)","fault":"\#(fault)","times":\#(times)}"#.utf8))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        guard response.status == .ok else { throw NoPort() }
    }

    /// The witness: what really happened, in order.
    func journal(_ kind: String? = nil) throws -> [JSONValue] {
        let text = try String(contentsOf: state.appending(path: "journal.ndjson"), encoding: .utf8)
        return try text.split(separator: "\n").map { try JSON.decode(JSONValue.self, from: Array($0.utf8)) }
            .filter { kind == nil || $0["kind"]?.stringValue == kind }
    }

    /// The paragraphs in the order in which they were started.
    func startedParagraphs() throws -> [String] { try journal("run-started").compactMap { $0["paragraph"]?.stringValue } }
}
