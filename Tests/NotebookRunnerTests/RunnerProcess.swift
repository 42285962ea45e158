import AsyncHTTPClient
import Dispatch
import Foundation
import NIOCore
import NIOHTTP1
import Testing
import notebook_runner

/// A built `notebook-runner` as a child process, and its REST interface.
final class RunnerProcess: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    struct Answer: Sendable {
        let status: Int
        let location: String?
        let setCookies: [String]
        let contentType: String?
        let retryAfter: String?
        let text: String
        let json: JSON?

        var body: JSON? { json?["body"] }
    }

    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    let pid: pid_t
    private let process: Process
    private let input: Foundation.Pipe
    private let base: String
    private let client: HTTPClient

    /// A runner of one dialect with one note of the given paragraphs, `2NOTE` at `/templates/note`.
    static func with(
        _ dialect: Dialect.Name, _ paragraphs: [(id: String, text: String)] = [(id: "p", text: "%python\nprint(1)")],
        _ arguments: [String] = [], _ body: (RunnerProcess, Folder) async throws -> Void
    ) async throws {
        let folder = try Folder()
        let note = try folder.importing("2NOTE", at: "/templates/note", paragraphs)
        try await with(folder, note + ["--dialect", dialect.rawValue] + arguments) { try await body($0, folder) }
    }

    /// Starts the executable that stands beside the test bundle, and waits for the line that it prints when it listens.
    static func start(in folder: Folder, _ arguments: [String] = []) async throws -> RunnerProcess {
        let process = Process()
        let input = Foundation.Pipe(), output = Foundation.Pipe()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "notebook-runner")
        process.arguments = ["--state", folder.path("state"), "--shared", folder.path("shared"), "--parent-pipe"] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = await offThread { output.fileHandleForReading.availableData }
        guard let port = try JSON.parse(line)?["port"]?.integer else { throw Unexpected(description: "the runner didn't start") }
        return RunnerProcess(process, input, port: port)
    }

    private init(_ process: Process, _ input: Foundation.Pipe, port: Int) {
        self.process = process
        self.input = input
        pid = process.processIdentifier
        base = "http://127.0.0.1:\(port)"
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        client = HTTPClient(configuration: configuration)
    }

    /// Runs a body against a runner and ends the runner by closing its standard input.
    static func with(_ folder: Folder, _ arguments: [String] = [], _ body: (RunnerProcess) async throws -> Void) async throws {
        let runner = try await start(in: folder, arguments)
        do {
            try await body(runner)
        } catch {
            try await runner.close()
            throw error
        }
        try await runner.close()
    }

    func close() async throws {
        try await client.shutdown()
        try input.fileHandleForWriting.close()
        await end()
    }

    /// Kills the runner as a crash would.
    func kill() async throws {
        Glibc.kill(pid, SIGKILL)
        await end()
        try await client.shutdown()
    }

    private func end() async { await offThread { self.process.waitUntilExit() } }

    func send(
        _ method: Method, _ path: String, _ body: JSON? = nil, headers: [(String, String)] = []
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body.gson))
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        return try await execute(request)
    }

    func logIn(userName: String, password: String) async throws -> Answer {
        var request = HTTPClientRequest(url: base + "/api/login")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: "userName=\(userName)&password=\(password)"))
        return try await execute(request)
    }

    /// Logs in and gives the header that counts: the last cookie of the answer.
    func session(_ userName: String, _ password: String = "secret") async throws -> [(String, String)] {
        let cookies = try await logIn(userName: userName, password: password).setCookies.filter { $0.hasPrefix("JSESSIONID=") }
        return [("Cookie", try #require(cookies.last?.split(separator: ";").first.map(String.init)))]
    }

    private func execute(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await client.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 24))
        let isJSON = response.headers.first(name: "Content-Type") == "application/json"
        return Answer(
            status: Int(response.status.code), location: response.headers.first(name: "Location"),
            setCookies: response.headers["Set-Cookie"], contentType: response.headers.first(name: "Content-Type"),
            retryAfter: response.headers.first(name: "Retry-After"), text: text, json: isJSON ? Self.json(text) : nil)
    }

    /// What the text holds; `nil` where it is broken, which is for the test to find.
    private static func json(_ text: String) -> JSON? {
        do { return try JSON.parse(text.utf8) } catch { return nil }
    }

    // MARK: What tests say most

    func clone(_ note: String, to path: String) async throws -> String {
        let answer = try await send(.post, "/api/notebook/\(note)", ["name": .string(path), "notePath": .string(path)])
        return try #require(answer.body?.string, "\(answer.status) \(answer.text)")
    }

    /// Runs a paragraph to its end, and answers with the result.
    func run(_ paragraph: String, of note: String) async throws -> JSON? {
        try await send(.post, "/api/notebook/run/\(note)/\(paragraph)").body
    }

    func status(_ paragraph: String, of note: String) async throws -> JSON? {
        try await send(.get, "/api/notebook/job/\(note)/\(paragraph)").body
    }

    /// Asks for the status, again and again, until it is one of those given.
    @discardableResult
    func status(_ paragraph: String, of note: String, reaching wanted: String...) async throws -> JSON? {
        while true {
            let status = try await status(paragraph, of: note)
            guard let name = status?["status"]?.string else { throw Unexpected(description: "no status") }
            if wanted.contains(name) { return status }
        }
    }

    func arm(
        _ fault: Faults.Kind, at operation: notebook_runner.Operation, note: String? = nil, nth: Int = 1, times: Int = 1,
        milliseconds: Int = 0
    ) async throws {
        let answer = try await send(
            .post, "/faults",
            [
                "operation": .string(operation.rawValue), "fault": .string(fault.rawValue), "note": note.map { .string($0) } ?? .null,
                "nth": .integer(Int64(nth)), "times": .integer(Int64(times)), "milliseconds": .integer(Int64(milliseconds)),
            ])
        #expect(answer.status == 200, "\(answer.text)")
    }

    /// Sends a request whose answer gets lost.
    func sendLosingTheAnswer(_ method: Method, _ path: String, _ body: JSON? = nil) async throws {
        await #expect(throws: (any Error).self) { _ = try await send(method, path, body) }
    }
}

/// A temporary folder that is removed with the value.
final class Folder: Sendable {
    private let url: URL

    init() throws {
        url = URL(filePath: NSTemporaryDirectory()).appending(path: "notebook-runner-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url.appending(path: "shared"), withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(at: url) } catch { Issue.record(error) }
    }

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a note file and gives the arguments that import it.
    func importing(_ id: String, at path: String, _ paragraphs: [(id: String, text: String)]) throws -> [String] {
        let note: JSON = [
            "id": .string(id), "path": .string(path),
            "paragraphs": .array(
                paragraphs.map { ["id": .string($0.id), "title": .string("title of \($0.id)"), "text": .string($0.text)] }),
        ]
        let file = self.path("\(id).json")
        try Data(note.gson.utf8).write(to: URL(filePath: file))
        return ["--import", file]
    }

    /// Writes users of one password and gives the arguments that ask for a login.
    func credentials(_ users: [(name: String, roles: [String])]) throws -> [String] {
        let file = path("credentials.json")
        let list = users.map { user -> JSON in
            ["userName": .string(user.name), "password": "secret", "roles": .array(user.roles.map { .string($0) })]
        }
        try Data(JSON.array(list).gson.utf8).write(to: URL(filePath: file))
        return ["--credentials", file]
    }

    /// The lines of the journal that tell of one kind of event.
    func journal(_ kind: Journal.Kind) throws -> [JSON] {
        try journal().filter { $0["kind"]?.string == kind.rawValue }
    }

    func journal() throws -> [JSON] {
        let text = try String(contentsOf: URL(filePath: path("state/journal.ndjson")), encoding: .utf8)
        return try text.split(separator: "\n").compactMap { try JSON.parse($0.utf8) }
    }

    /// A named pipe in the shared directory: whoever opens it waits for the other side.
    func makeGate(_ name: String) throws {
        guard mkfifo(path("shared/\(name)"), 0o600) == 0 else { throw RunnerProcess.Unexpected(description: "mkfifo failed") }
    }

    /// Waits until a paragraph opens the gate to read, and leaves it waiting there.
    func waitUntilReading(_ gate: String) async -> FileHandle {
        let path = path("shared/\(gate)")
        return await offThread { FileHandle(fileDescriptor: open(path, O_WRONLY), closeOnDealloc: true) }
    }
}

/// Runs a blocking call on a thread of its own.
func offThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "blocking").async { continuation.resume(returning: body()) }
    }
}
