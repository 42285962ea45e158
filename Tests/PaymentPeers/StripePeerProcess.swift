import AsyncHTTPClient
import Foundation
package import HindsightCore
import HindsightTesting
import NIOCore

/// A process that speaks Stripe's protocol: our own peer, or PyPI's localstripe.
///
/// What localstripe 1.15.10 does differently from Stripe, so that it is good for paths, form encoding, answers and signatures only:
/// - it ignores `Idempotency-Key`: the same request makes another payment;
/// - it declines most of Stripe's cards for declines when they are attached, and not when they are charged;
/// - its errors of declined cards have the type `invalid_request_error`, the charge, and neither payment nor any code of the networks';
/// - its charges name no network, and where a card wants authentication, `off_session` or not, the payment waits at `requires_action`, and
///   can't be cancelled with a reason;
/// - it refuses the filter by customer of the list of payments, and has no search;
/// - it signs a webhook with the time of the event, and sends it a second later, once;
/// - its own command listens on every interface, and keeps its store in `/tmp`.
package final class StripePeerProcess: Sendable {
    package struct Failure: Error {
        let reason: String

        package init(reason: String) { self.reason = reason }
    }

    package static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// The interpreter of the environment that `tools/prepare-tests` makes; `nil` where it is not in `PATH`.
    package static let localstripePython: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .first { FileManager.default.isExecutableFile(atPath: "\($0)/localstripe") }.map { "\($0)/python3" }

    package let url: String
    private nonisolated(unsafe) let process: ChildProcess

    private init(_ program: String?, _ script: String, _ arguments: [String]) throws {
        guard let program else { throw Failure(reason: "there is no Python here") }
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Server")
        process = try ChildProcess(program, [folder.appending(path: script).path] + arguments)
        guard let line = try process.nextLine(), let port = try Self.read(line)["port"]?.integerValue else {
            throw Failure(reason: "\(script) did not start")
        }
        url = "http://127.0.0.1:\(port)"
    }

    /// - Parameter largestPage: How many payments a list shows at most.
    package static func ours(largestPage: Int = 100) throws -> StripePeerProcess {
        try StripePeerProcess(python, "stripe_peer.py", ["\(largestPage)"])
    }

    package static func localstripe(webhookSecret: String) throws -> StripePeerProcess {
        try StripePeerProcess(localstripePython, "localstripe_server.py", [webhookSecret])
    }

    deinit {
        process.kill()
        _ = process.waitForEnd()
    }

    /// The next webhook that arrived there.
    package func webhook() throws -> (signature: String, body: [UInt8]) {
        guard let line = try process.nextLine() else { throw Failure(reason: "the peer has ended") }
        let told = try Self.read(line)
        guard let signature = told["signature"]?.stringValue, let body = told["body"]?.stringValue.flatMap({ Data(base64Encoded: $0) })
        else { throw Failure(reason: "no webhook: \(line)") }
        return (signature, Array(body))
    }

    /// How many payments were made for each key, by our peer's journal.
    package func payments() async throws -> [String: Int] {
        let lines = try await journal()
        return Dictionary(lines.compactMap { $0["key"]?.stringValue }.map { ($0, 1) }, uniquingKeysWith: +)
    }

    package func journal() async throws -> [JSONValue] {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: "\(url)/journal"), timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        guard let lines = try JSON.decode(JSONValue.self, from: Array(bytes.readableBytesView))["lines"]?.arrayValue else {
            throw Failure(reason: "the peer tells no journal")
        }
        return lines
    }

    private static func read(_ line: String) throws -> JSONValue { try JSON.decode(JSONValue.self, from: Array(line.utf8)) }
}
