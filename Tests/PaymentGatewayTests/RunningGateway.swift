import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A gateway started as a process of its own, spoken to over HTTP as a stranger would.
///
/// It holds the writing end of the gateway's standard input, so a test run that dies takes its gateways along.
final class RunningGateway: Sendable {
    struct Answer: Sendable {
        let status: UInt
        let isReplay: Bool
        let retryAfter: String?
        let json: [String: String]
        let bytes: String
    }

    /// What a gateway says when it ends by itself.
    struct Ending: Sendable {
        let code: Int32
        let errors: String
    }

    struct NoPort: Error { let ending: Ending }

    let state: URL
    private let process: Process
    private let input = Pipe()
    private let exit: Task<Ending, Never>
    private let port: Int

    /// Starts a gateway and returns when it listens.
    ///
    /// - Throws: `NoPort` with what it said when it ended instead.
    convenience init(state: URL, _ options: String...) async throws { try await self.init(state: state, options) }

    init(state: URL, _ options: [String]) async throws {
        self.state = state
        process = Process()
        process.executableURL = Bundle.main.bundleURL.appending(path: "payment-gateway")
        process.arguments = ["--state", state.path, "--parent-pipe"] + options
        let output = Pipe()
        let errors = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        let (ends, continuation) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            continuation.yield(process.terminationStatus)
            continuation.finish()
        }
        try process.run()
        exit = Task {
            let said = await Self.read(errors.fileHandleForReading, toEnd: true)
            var codes = ends.makeAsyncIterator()
            return Ending(code: await codes.next() ?? -1, errors: String(decoding: said, as: UTF8.self))
        }
        let line = await Self.read(output.fileHandleForReading, toEnd: false)
        guard !line.isEmpty else { throw NoPort(ending: await exit.value) }
        port = try JSONDecoder().decode([String: Int].self, from: line)["port"] ?? 0
    }

    /// Reads what comes first, or everything; waits on a thread that isn't one of the few that run tasks.
    private static func read(_ file: FileHandle, toEnd: Bool) async -> Data {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var all = Data()
                while case let data = file.availableData, !data.isEmpty {
                    all.append(data)
                    if !toEnd { break }
                }
                continuation.resume(returning: all)
            }
        }
    }

    /// Kills the process as a power cut would.
    func killAtOnce() async {
        kill(process.processIdentifier, SIGKILL)
        _ = await exit.value
    }

    /// Closes the pipe, as a parent that ends does.
    func leaveAlone() async throws -> Ending {
        try input.fileHandleForWriting.close()
        return await exit.value
    }

    /// Asks for a charge.
    ///
    /// - Throws: An `HTTPClientError` when the connection ends without an answer.
    func charge(
        _ key: String, invoice: String = "inv-1", attempt: Int = 1, amountMinor: Int = 999, at: String = "2026-01-03T10:00:00Z",
        token: String? = nil
    ) async throws -> Answer {
        let body = """
            {"invoice":"\(invoice)","attempt":\(attempt),"customer":"cus-1","paymentMethod":"pm-\(invoice)","amountMinor":\(amountMinor),\
            "currency":"EUR","at":"\(at)"}
            """
        return try await post(body, key: key, token: token)
    }

    func post(_ body: String, key: String?, token: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/v1/charges")
        request.method = .POST
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(string: body))
        return try await send(request)
    }

    /// Sends the gateway away or calls it back, or tells it the callers' time.
    func control(_ body: String) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/v1/control")
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: body))
        return try await send(request)
    }

    func get(_ path: String) async throws -> Answer {
        try await send(HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)"))
    }

    private func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = String(buffer: try await response.body.collect(upTo: 1 << 20))
        let members = bytes.isEmpty ? [:] : try JSONDecoder().decode(Members.self, from: Data(bytes.utf8)).texts
        return Answer(
            status: response.status.code, isReplay: response.headers.first(name: "Idempotent-Replayed") == "true",
            retryAfter: response.headers.first(name: "Retry-After"), json: members, bytes: bytes)
    }

    /// The journal's lines with their members as text.
    func journal() throws -> [[String: String]] {
        try Data(contentsOf: state.appending(path: "journal.ndjson")).split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(Members.self, from: $0).texts }
    }

    /// How often each key was acted on, by the journal.
    func chargesByKey() throws -> [String: Int] {
        Dictionary(try journal().filter { $0["kind"] == "charge" }.map { ($0["key"] ?? "", 1) }, uniquingKeysWith: +)
    }
}

/// The members of a JSON object as text, those of objects inside under their own names.
private struct Members: Decodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    var texts: [String: String] = [:]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for name in container.allKeys {
            if let text = try? container.decode(String.self, forKey: name) {
                texts[name.stringValue] = text
            } else if let number = try? container.decode(Int64.self, forKey: name) {
                texts[name.stringValue] = String(number)
            } else if let flag = try? container.decode(Bool.self, forKey: name) {
                texts[name.stringValue] = String(flag)
            } else {
                texts.merge(try container.decode(Members.self, forKey: name).texts) { $1 }
            }
        }
    }
}

/// A folder of its own for each test, removed at the end.
func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "payment-gateway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    do {
        try await body(folder)
    } catch {
        try FileManager.default.removeItem(at: folder)
        throw error
    }
    try FileManager.default.removeItem(at: folder)
}
