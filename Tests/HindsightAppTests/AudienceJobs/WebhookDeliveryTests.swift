import AsyncHTTPClient
import AudienceJobs
import EventLogMemory
import Foundation
import HTTPEffects
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import NIOCore
import NIOHTTP1
import Testing

/// Notices go to the recording peer, which checks every signature by code of its own and takes an id once.
@Suite("Notices by webhook", .timeLimit(.minutes(3))) struct WebhookDeliveryTests {
    private let clock = ManualClock(at: Timestamp("2026-11-21T10:00:00Z")!)
    private let log: any EventLog
    private let job = JobID("0193f0a0-0000-7000-8000-000000000001")!
    private let receiver: WebhookPeer

    init() throws {
        log = MemoryEventLog(clock: clock)
        receiver = try WebhookPeer()
    }

    private var notice: String { "\(job):finished:1" }

    private func post(to recipient: String = "crm") async throws {
        let posted = NoticePosted(
            job: job, notice: notice, channel: "webhook", recipient: recipient, status: .finished, subject: "Аудитория готова",
            text: "500 rows, checked.", at: clock.now())
        let event = NewEvent(
            id: .version5(namespace: UUID(), name: notice), type: NoticePosted.type, data: try JSONText(encoding: posted))
        _ = try await log.append(Append([StreamWrite([event], to: job.stream)]))
    }

    /// Works until nothing waits any more, in as many lives of a worker as given logs.
    private func settle(_ receivers: [String: Webhook]? = nil, over logs: [any EventLog] = []) async throws {
        let receivers = try receivers ?? ["crm": receiver.webhook]
        try await Webhooks.withConnections(timeLimit: .seconds(1), clock: SystemClock()) { webhooks in
            for (index, log) in (logs + [log]).enumerated() {
                let runner = SagaRunner(
                    NoticeDelivery.self, log: log, clock: clock, identities: RandomIdentities(),
                    performer: NoticePerformer(["webhook": WebhookNotices(webhooks, receivers: receivers)]))
                do {
                    try await runner.catchUp()
                    try await runner.settle()
                    while let due = await runner.nextDue {
                        clock.advance(to: due)
                        try await runner.fireDueTimers()
                        try await runner.settle()
                    }
                } catch let error as EventLogError {
                    // The death of all but the last one is meant.
                    guard index < logs.count else { throw error }
                }
            }
        }
    }

    private struct Record: Equatable {
        var attempts: Int
        var reply: String?
        var reason: String?
    }

    private func records() async throws -> [Record] {
        var records: [Record] = []
        for try await recorded in log.events(EventSelection(EventFilter(stream: job.stream))) {
            switch try JobEvent.codec.decode(recorded) {
            case .noticeDelivered(let delivered)?: records.append(Record(attempts: delivered.attempts, reply: delivered.reply))
            case .noticeUndeliverable(let given)?:
                records.append(Record(attempts: given.attempts, reply: given.reply, reason: given.reason))
            default: break
            }
        }
        return records
    }

    private func delivered(after attempts: Int) -> [Record] { [Record(attempts: attempts, reply: "200")] }

    @Test("A notice is told once, signed, and recorded as delivered, however many workers look at the log afterwards")
    func once() async throws {
        try await post()
        for _ in 0..<3 { try await settle() }
        #expect(try await records() == delivered(after: 1))
        #expect(try receiver.acts == [notice] && receiver.requests == 1)
    }

    @Test(
        "Whatever goes wrong on the way, the receiver takes the notice exactly once, and it is recorded as delivered",
        arguments: [
            "act-and-drop", "drop-before", "act-and-500", "500-before", "429", "503", "half-open", "half-answer", "409-in-progress",
            "redirect", "broken-body",
        ])
    func faults(_ fault: String) async throws {
        for times in [1, 5] {
            let test = try WebhookDeliveryTests()
            try await test.receiver.arm(#"{"fault":"\#(fault)","times":\#(times)}"#)
            try await test.post()
            try await test.settle()
            // A body that can't be read is no fault of a webhook, whose status says all.
            let attempts = fault == "broken-body" ? 1 : times + 1
            #expect(try await test.records() == delivered(after: attempts), "\(fault), \(times) times")
            #expect(try test.receiver.acts == [test.notice] && test.receiver.requests == attempts)
        }
    }

    @Test("The receiver's time to try again is kept to", arguments: ["429", "503"]) func retryAfter(status: String) async throws {
        try await receiver.arm(#"{"fault":"\#(status)","retryAfter":"7200"}"#)
        try await post()
        let begun = clock.now()
        try await settle()
        #expect(clock.now().since(begun) >= .seconds(7_200) && clock.now().since(begun) < .seconds(7_300))
        #expect(try await records() == delivered(after: 2))
    }

    @Test("A receiver that is out of order for days is given up in words that don't claim what nobody knows") func givenUp() async throws {
        try await receiver.arm(#"{"fault":"500-before","times":100}"#)
        try await post()
        try await settle()
        #expect(try await records() == [Record(attempts: 8, reason: "crm: it failed (500); whether it was taken is not known")])
    }

    @Test("A refusal ends it at once, in words and with the status") func refused() async throws {
        try await receiver.arm(#"{"fault":"refuse"}"#)
        try await post()
        try await settle()
        #expect(try await records() == [Record(attempts: 1, reply: "422", reason: "crm: it refuses the message (422)")])
    }

    @Test("A wrong secret is tried again for as long as somebody may put it right, and nothing is taken") func wrongSecret() async throws {
        try await post()
        let secret = try WebhookSignature(secret: Array("not the secret at all".utf8))
        try await settle(["crm": try Webhook(address: receiver.address, signature: secret)])
        let reason = "crm: it does not accept the signature (401): compare the secrets of both sides"
        #expect(try await records() == [Record(attempts: 8, reason: reason)])
        #expect(try receiver.acts.isEmpty)
    }

    @Test("A name that the configuration has no more may come back with the next start") func unknownName() async throws {
        try await post(to: "erp")
        try await settle()
        #expect(try await records().first?.reason == "no webhook of this name is configured")
        #expect(try receiver.requests == 0)
    }

    @Test("A worker that dies at any of its appends is followed by one with which the notice is taken once", arguments: 1...2)
    func killedWorker(appends: Int) async throws {
        try await post()
        try await settle(over: [MortalEventLog(log, dyingAtAppend: appends)])
        #expect(try await records().count == 1)
        #expect(try receiver.acts == [notice] && receiver.requests == appends)
    }

    @Test("Neither an address nor a secret stands in the log") func discretion() async throws {
        try await receiver.arm(#"{"fault":"500-before","times":100}"#)
        try await post()
        try await settle()
        for try await event in log.events(EventSelection()) {
            let text = event.data.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
            #expect(!text.contains("127.0.0.1") && !text.contains(WebhookPeer.secret))
        }
    }
}

/// The recording peer as a receiver of webhooks, which demands signed messages.
private final class WebhookPeer: Sendable {
    static let secret = "whsec-0123456789abcdef"

    private struct NotArmed: Error { let status: UInt }

    private let folder: URL
    private let process: HindsightTesting.PeerProcess

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "webhook-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let secretFile = folder.appending(path: "secret.txt")
        try Data("\(Self.secret)\n".utf8).write(to: secretFile)
        process = try HindsightTesting.PeerProcess(
            Bundle.main.bundleURL.appending(path: "recording-peer").path,
            ["--journal", folder.appending(path: "journal.ndjson").path, "--parent-pipe", "--signing-secret", secretFile.path])
    }

    deinit {
        process.kill()
        // A folder that stays behind harms nobody.
        _ = Result { try FileManager.default.removeItem(at: folder) }
    }

    var address: String { process.address + "/effects/notice" }

    var webhook: Webhook {
        get throws {
            let secret = try WebhookSignature(secretFile: folder.appending(path: "secret.txt").path)
            return try Webhook(address: address, signature: secret)
        }
    }

    func arm(_ fault: String) async throws {
        var request = HTTPClientRequest(url: process.address + "/control/faults")
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: fault))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        guard response.status == .ok else { throw NotArmed(status: response.status.code) }
    }

    private var journal: PeerJournal {
        get throws { try PeerJournal(file: folder.appending(path: "journal.ndjson").path) }
    }

    /// The ids that it took, each as often as it took it.
    var acts: [String] { get throws { try journal.acts.map(\.effect.key) } }
    /// What came with a genuine signature.
    var requests: Int { get throws { try journal.requests.count } }
}
