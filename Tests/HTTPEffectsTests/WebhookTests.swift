import Foundation
import HTTPEffects
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Synchronization
import Testing

@Suite("Webhooks", .timeLimit(.minutes(2))) struct WebhookTests {
    private static let body = Array(#"{"status":"finished","subject":"Аудитория готова 🎉"}"#.utf8)

    @Test("A receiver with the secret finds every message genuine, under the id that it was sent with") func signs() async throws {
        let receiver = try WebhookReceiver()
        try await Webhooks.withConnections(clock: SystemClock()) { webhooks in
            for id in ["job:finished:1", "job:finished:1", "job:finished:2"] {
                let outcome = await webhooks.send(Self.body, id: id, to: try receiver.webhook("204"))
                #expect(outcome == .accepted(status: 204))
                #expect(
                    try receiver.message() == [
                        "id": .string(id), "type": "application/json", "genuine": true,
                        "body": .string(String(decoding: Self.body, as: UTF8.self)),
                    ])
            }
        }
    }

    @Test("Another secret is told from the right one by the receiver") func forged() async throws {
        let receiver = try WebhookReceiver()
        try await Webhooks.withConnections(clock: SystemClock()) { webhooks in
            _ = await webhooks.send(Self.body, id: "k-1", to: try receiver.webhook("200", secret: "another secret of 16"))
        }
        #expect(try receiver.message()["genuine"] == false)
    }

    /// What the receiver answers, and what becomes of the message.
    static let answers: [(String, WebhookOutcome)] = [
        ("200", .accepted(status: 200)), ("202", .accepted(status: 202)),
        ("400", .refused(status: 400, reason: "it refuses the message (400)")),
        ("401", .notDone(reason: "it does not accept the signature (401): compare the secrets of both sides", retryAfter: nil)),
        ("403", .refused(status: 403, reason: "it forbids the message (403)")),
        ("404", .refused(status: 404, reason: "there is nothing at its address (404)")),
        ("408", .notDone(reason: "it did not wait for the message (408)", retryAfter: nil)),
        ("409", .unclear(reason: "it says that the message is in its hands already (409)", retryAfter: nil)),
        ("410", .refused(status: 410, reason: "it does not want to be told any more (410)")),
        ("413", .refused(status: 413, reason: "the message is too long for it (413)")),
        ("422", .refused(status: 422, reason: "it refuses the message (422)")),
        ("429", .notDone(reason: "it has too much to do (429)", retryAfter: nil)),
        ("429/Retry-After=120", .notDone(reason: "it has too much to do (429)", retryAfter: .seconds(120))),
        ("500", .unclear(reason: "it failed (500)", retryAfter: nil)),
        ("503", .unclear(reason: "it failed (503)", retryAfter: nil)),
        ("503/Retry-After=7", .notDone(reason: "it is out of service (503)", retryAfter: .seconds(7))),
        (
            "307/Location=%2Fhooks%2F200",
            .unclear(reason: "it answers with a redirect (307): configure the address that it leads to", retryAfter: nil)
        ),
    ]

    @Test("Each answer has its meaning, and one request was sent for it", arguments: answers)
    func means(answer: String, outcome: WebhookOutcome) async throws {
        let receiver = try WebhookReceiver()
        try await Webhooks.withConnections(clock: SystemClock()) { webhooks in
            let found = await webhooks.send(Self.body, id: "k-1", to: try receiver.webhook(answer))
            #expect(found == outcome)
        }
        _ = try receiver.message()
        #expect(try receiver.stop().isEmpty)
    }

    @Test("Where nobody listens nothing was sent") func absent() async throws {
        let receiver = try WebhookReceiver()
        _ = try receiver.stop()
        try await Webhooks.withConnections(clock: SystemClock()) { webhooks in
            let outcome = await webhooks.send(Self.body, id: "k-1", to: try receiver.webhook("200"))
            #expect(outcome == .notDone(reason: "no connection to it came about", retryAfter: nil))
        }
    }

    @Test("An answer that doesn't come, or breaks off, leaves it open whether the message was taken")
    func noAnswer() async throws {
        let peer = try TestPeer()
        let webhook = try Webhook(
            address: peer.process.address + "/effects/notice", signature: WebhookSignature(secret: Array(AuthorisationTests.secret.utf8)))
        try await Webhooks.withConnections(timeLimit: .seconds(1), clock: SystemClock()) { webhooks in
            for fault in ["half-open", "half-answer"] {
                try await peer.control("faults", #"{"fault":"\#(fault)"}"#)
                let outcome = await webhooks.send(Self.body, id: fault, to: webhook)
                #expect(outcome == .unclear(reason: "it gave no answer in time", retryAfter: nil))
            }
            for fault in ["drop-before", "act-and-drop"] {
                try await peer.control("faults", #"{"fault":"\#(fault)"}"#)
                let outcome = await webhooks.send(Self.body, id: fault, to: webhook)
                #expect(outcome == .unclear(reason: "the connection was lost before its answer", retryAfter: nil))
            }
        }
    }

    @Test("An address that holds credentials, or is none, is refused, and an address never shows") func hides() throws {
        let signature = try WebhookSignature(secret: Array(AuthorisationTests.secret.utf8))
        for address in ["", "crm.example", "https://u:p@crm.example", "ftp://crm.example"] {
            #expect(throws: HTTPEffectsError.self) { try Webhook(address: address, signature: signature) }
        }
        var text = ""
        dump(try Webhook(address: "https://crm.example/s3cret", signature: signature), to: &text)
        #expect(!text.contains("s3cret"))
    }
}

/// A receiver of webhooks in a language and a process of its own: `Receiver/webhook_receiver.py`.
private final class WebhookReceiver: Sendable {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Receiver/webhook_receiver.py").path

    private let process: Mutex<ChildProcess>
    private let secretFile: URL
    private let port: Int64

    init() throws {
        secretFile = FileManager.default.temporaryDirectory.appending(path: "webhook-\(UUID().uuidString).secret")
        try Data("\(AuthorisationTests.secret)\n".utf8).write(to: secretFile)
        let (process, port) = try Self.start(secretFile.path)
        self.process = Mutex(process)
        self.port = port
    }

    private static func start(_ secretFile: String) throws -> sending (process: ChildProcess, port: Int64) {
        let process = try ChildProcess("python3", [script, secretFile])
        guard let line = try process.nextLine(), let port = try JSON.decode(JSONValue.self, from: Array(line.utf8))["port"]?.integerValue
        else { throw TestPeer.Failure(reason: "the receiver did not start") }
        return (process, port)
    }

    deinit {
        process.withLock { process in
            process.kill()
            process.waitForEnd()
        }
        // A file that stays behind harms nobody.
        _ = Result { try FileManager.default.removeItem(at: secretFile) }
    }

    /// - Parameter answer: The status that it answers with, and headers.
    func webhook(_ answer: String, secret: String = AuthorisationTests.secret) throws -> Webhook {
        try Webhook(address: "http://127.0.0.1:\(port)/hooks/\(answer)", signature: WebhookSignature(secret: Array(secret.utf8)))
    }

    /// The next message that it was sent.
    func message() throws -> JSONValue {
        guard let line = try process.withLock({ try $0.nextLine() }) else { throw TestPeer.Failure(reason: "the receiver has ended") }
        return try JSON.decode(JSONValue.self, from: Array(line.utf8))
    }

    /// Ends it.
    ///
    /// - Returns: What it was sent and nobody has read yet.
    func stop() throws -> [String] {
        try process.withLock { process in
            process.kill()
            let rest = try process.remainingLines()
            process.waitForEnd()
            return rest
        }
    }
}
