import AsyncHTTPClient
import Foundation
import HTTPEffects
import HindsightCore
import HindsightRuntime
import HindsightTesting
import NIOCore
import NIOHTTP1

/// A recording peer in a process of its own, with a folder that goes when the test does.
final class TestPeer: Sendable {
    struct Failure: Error { let reason: String }

    static let program = Bundle.main.bundleURL.appending(path: "recording-peer").path

    let process: PeerProcess
    private let folder: URL

    init(_ arguments: String..., files: [String: String] = [:]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "recording-peer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        let folder = folder
        process = try PeerProcess(
            Self.program,
            ["--journal", folder.appending(path: "journal.ndjson").path, "--parent-pipe"]
                + arguments.map { files[$0] == nil ? $0 : folder.appending(path: $0).path })
    }

    deinit {
        process.kill()
        // A folder that stays behind harms nobody.
        _ = Result { try FileManager.default.removeItem(at: folder) }
    }

    func path(of file: String) -> String { folder.appending(path: file).path }

    var journal: PeerJournal {
        get throws { try PeerJournal(file: path(of: "journal.ndjson")) }
    }

    /// The journal, once it is as it should become: what comes over another connection takes its time.
    @discardableResult
    func journal(once isAsExpected: (PeerJournal) -> Bool) async throws -> PeerJournal {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let journal = try journal
            if isAsExpected(journal) { return journal }
            guard ContinuousClock.now < end else { throw Failure(reason: "the journal did not become as expected") }
            await Task.yield()
        }
    }

    // MARK: - HTTP

    struct Answer {
        let status: Int
        let text: String
        var json: JSONValue {
            get throws { try JSON.decode(JSONValue.self, from: Array(text.utf8)) }
        }
    }

    func ask(_ method: HTTPMethod, _ path: String, _ body: String? = nil, key: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: process.address + path)
        request.method = method
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        return Answer(status: Int(response.status.code), text: String(buffer: try await response.body.collect(upTo: 64 << 20)))
    }

    func control(_ route: String, _ body: String) async throws {
        let answer = try await ask(.POST, "/control/\(route)", body)
        guard answer.status == 200 else { throw Failure(reason: answer.text) }
    }

    // MARK: - The adapter

    var settings: HTTPEffectPerformer.Settings {
        HTTPEffectPerformer.Settings(base: process.address + "/effects", peer: Peer(name: "peer", keys: .honoured(for: nil)))
    }

    func withPerformer<Result: Sendable>(
        _ change: (inout HTTPEffectPerformer.Settings) throws -> Void = { _ in },
        _ body: @Sendable (HTTPEffectPerformer) async throws -> Result
    ) async throws -> Result {
        var settings = settings
        try change(&settings)
        return try await HTTPEffectPerformer.withConnections(settings, clock: SystemClock(), body)
    }

    static func intent(
        _ key: String, kind: String = "charge", attempt: Int = 1, request: JSONValue = ["amount": 5], within limit: Duration = .seconds(60)
    ) -> EffectIntent {
        EffectIntent(
            saga: "orders", instance: key, kind: kind, key: key, attempt: attempt, request: request,
            deadline: SystemClock().now().advanced(by: limit))
    }
}

/// The effect that tests charge with.
func charge(_ key: String) -> EffectReference { EffectReference(kind: "charge", key: key) }
