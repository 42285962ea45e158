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

    /// Arms a fault for the nth request of an operation that comes from now on, and those right after it.
    func arm(_ fault: String, at operation: String, times: Int = 1, nth: Int = 1, milliseconds: Int = 0) async throws {
        _ = try await send(
            .POST, "/faults",
            [
                "operation": .string(operation), "fault": .string(fault), "times": .integer(Int64(times)), "nth": .integer(Int64(nth)),
                "milliseconds": .integer(Int64(milliseconds)),
            ])
    }

    /// Takes all armed faults away.
    func disarm() async throws { _ = try await send(.DELETE, "/faults") }

    func expireSessions() async throws { _ = try await send(.DELETE, "/faults/sessions") }

    /// What somebody else does with the notebook, without the client that is tested.
    ///
    /// - Returns: The answer's `body`.
    func call(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, cookie: String? = nil) async throws -> JSONValue {
        let answer = try await send(method, "/api" + path, body, cookie: cookie)
        return try JSON.decode(JSONValue.self, from: answer)["body"] ?? .null
    }

    /// - Returns: The cookie of a session of the analyst, whom a stage with credentials knows.
    func logInAsAnalyst() async throws -> String {
        var request = HTTPClientRequest(url: address + "/api/login")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(Array("userName=ann&password=analyst".utf8))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        guard let cookie = response.headers["Set-Cookie"].last(where: { $0.hasPrefix("JSESSIONID=") }) else {
            throw Refused(path: "/login")
        }
        return String(cookie.prefix { $0 != ";" })
    }

    struct Refused: Error { let path: String }

    private func send(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, cookie: String? = nil) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address + path)
        request.method = method
        if let cookie { request.headers.add(name: "Cookie", value: cookie) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(try JSON.encode(body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let bytes = Array(try await response.body.collect(upTo: 8 << 20).readableBytesView)
        guard response.status == .ok else { throw Refused(path: path) }
        return bytes
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
