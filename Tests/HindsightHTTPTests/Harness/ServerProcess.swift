import AsyncHTTPClient
import Foundation
import HindsightCore
import HindsightTesting
import LogFaults
import NIOCore
import NIOHTTP1
import Testing

/// The built `hindsight serve`, running on a free port of the loopback with a folder of its own.
final class ServerProcess {
    private struct Announcement: Decodable {
        let listening: String
        let port: Int
        let pid: Int32
    }

    let folder: TestFolder
    let address: String
    let port: Int
    let process: Int32
    private let child: ChildProcess
    private let client: HTTPClient

    /// - Parameters:
    ///   - folder: Kept, so that another server can go on with it.
    ///   - settings: `key=value`.
    ///   - configuration: What else is set, in the words of a configuration file.
    ///   - listens: `nil` leaves it to the settings.
    init(
        in folder: TestFolder? = nil, settings: [String] = [], configuration: String? = nil, client: HTTPClient = .shared,
        listens: String? = "127.0.0.1:0"
    ) throws {
        let folder = try folder ?? TestFolder()
        self.folder = folder
        self.client = client
        let file = try configuration.map { try folder.write($0, to: "hindsight.yaml") }
        let assignments = (settings.map { "--set '\($0)'" } + (file.map { ["--config '\($0)'"] } ?? [])).joined(separator: " ")
        let command = """
            cd '\(folder.path)' && exec '\(Self.program)' serve --log '\(folder.path)/log' \(listens.map { "--listen \($0)" } ?? "") \
            \(assignments) 2>>'\(folder.path)/errors'
            """
        child = try ChildProcess("/bin/sh", ["-c", command])
        guard let line = try child.nextLine() else {
            throw Failure(description: "the server did not start: \(try folder.text(of: "errors"))")
        }
        let announcement = try JSONDecoder().decode(Announcement.self, from: Data(line.utf8))
        (address, port, process) = (announcement.listening, announcement.port, announcement.pid)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static var program: String { Bundle.main.bundleURL.appending(path: "hindsight").path }

    deinit { crash() }

    /// Ends it as an operator would; returns how it ended.
    @discardableResult
    func stop() -> ChildProcess.End {
        kill(process, SIGTERM)
        return end()
    }

    /// Waits for its end, which something else brings about.
    func end() -> ChildProcess.End { child.waitForEnd() }

    /// Ends it as a crash would.
    func crash() {
        child.kill()
        child.waitForEnd()
    }

    /// What it has written on standard error so far, line by line.
    func logLines() throws -> [String] { try folder.text(of: "errors").split(separator: "\n").map(String.init) }

    // MARK: - Asking

    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue {
            get throws { try JSON.decode(JSONValue.self, from: bytes) }
        }
        var lines: [JSONValue] {
            get throws { try text.split(separator: "\n").map { try JSON.decode(JSONValue.self, from: Array($0.utf8)) } }
        }

        subscript(header: String) -> String? { headers.first(name: header) }
    }

    func ask(
        _ method: HTTPMethod, _ path: String, _ body: String? = nil, headers: [String: String] = [:], type: String = "application/json"
    ) async throws -> Answer {
        try await ask(method, path, bytes: body.map { Array($0.utf8) }, headers: headers, type: type)
    }

    func ask(
        _ method: HTTPMethod, _ path: String, bytes: [UInt8]?, headers: [String: String] = [:], type: String = "application/json"
    ) async throws -> Answer {
        try await Self.ask(address, method, path, bytes: bytes, headers: headers, type: type, client)
    }

    /// For tasks of their own, which can't share the process.
    static func ask(
        _ address: String, _ method: HTTPMethod, _ path: String, _ body: String?, headers: [String: String] = [:]
    ) async throws -> Answer {
        try await ask(address, method, path, bytes: body.map { Array($0.utf8) }, headers: headers, type: "application/json", .shared)
    }

    private static func ask(
        _ address: String, _ method: HTTPMethod, _ path: String, bytes: [UInt8]?, headers: [String: String], type: String,
        _ client: HTTPClient
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: address + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let bytes {
            request.body = .bytes(bytes)
            if headers["Content-Type"] == nil { request.headers.add(name: "Content-Type", value: type) }
        }
        do {
            let response = try await client.execute(request, timeout: .seconds(60))
            let buffer = try await response.body.collect(upTo: 256 << 20)
            return Answer(status: Int(response.status.code), headers: response.headers, bytes: Array(buffer.readableBytesView))
        } catch {
            throw Failure(description: "\(method) \(path) has no whole answer: \(error)")
        }
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer { try await ask(.GET, path, headers: headers) }

    /// Whether it says that it is ready; a server that stops may also take no connection, or take one and leave it.
    func isReady() async -> Bool {
        let answer = await Result { try await client.execute(HTTPClientRequest(url: "\(address)/readyz"), timeout: .seconds(2)) }
        if case .success(let response) = answer { return response.status == .ok }
        return false
    }

    func post(_ path: String, _ body: String, headers: [String: String] = [:], type: String = "application/json") async throws -> Answer {
        try await ask(.POST, path, body, headers: headers, type: type)
    }

    func put(_ path: String, _ body: String, headers: [String: String] = [:]) async throws -> Answer {
        try await ask(.PUT, path, body, headers: headers)
    }

    /// Lines of an answer that goes on, as they come.
    func follow(_ path: String, headers: [String: String]) async throws -> AsyncThrowingStream<String, any Error> {
        try await Self.follow(address, path, headers: headers, client)
    }

    /// For tasks of their own, which can't share the process.
    static func follow(
        _ address: String, _ path: String, headers: [String: String], _ client: HTTPClient = .shared
    ) async throws -> AsyncThrowingStream<String, any Error> {
        var request = HTTPClientRequest(url: address + path)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await client.execute(request, timeout: .seconds(60))
        #expect(response.status == .ok)
        let body = response.body
        return AsyncThrowingStream { continuation in
            let task = Task {
                var rest = ""
                do {
                    for try await buffer in body {
                        rest += String(buffer: buffer)
                        while let end = rest.firstIndex(of: "\n") {
                            continuation.yield(String(rest[..<end]))
                            rest.removeSubrange(...end)
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: Failure(description: "\(path) broke off: \(error)"))
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// A folder of one test, removed with it.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "hindsight-http-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // A folder that stays behind harms nobody.
        _ = Result { try FileManager.default.removeItem(atPath: path) }
    }

    func text(of file: String) throws -> String { String(decoding: try Data(contentsOf: URL(filePath: "\(path)/\(file)")), as: UTF8.self) }

    @discardableResult
    func write(_ text: String, to file: String, mode: Int = 0o600) throws -> String {
        let target = "\(path)/\(file)"
        try FileManager.default.createDirectory(
            atPath: URL(filePath: target).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: target))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: target)
        return target
    }
}
