import AudienceJobs
import EventLogMemory
import Foundation
import HindsightCore
import HindsightRuntime
import HindsightTesting
import LogFaults
import HindsightTesting
import MailAdapter
import Testing

@Suite(
    "Notices by mail", .enabled(if: MailServerProcess.python != nil, "needs PyPI's aiosmtpd: tools/prepare-tests installs it"),
    .timeLimit(.minutes(2)))
struct MailDeliveryTests {
    private let clock = ManualClock(at: Timestamp("2026-11-21T10:00:00Z")!)
    private let log: any EventLog
    private let job = JobID("0193f0a0-0000-7000-8000-000000000001")!

    init() { log = MemoryEventLog(clock: clock) }

    private func runner(_ server: MailServerProcess, log other: (any EventLog)? = nil) throws -> SagaRunner<NoticeDelivery> {
        let recipients = try ["anna", "nobody", "later", "lost"].reduce(into: [:]) { $0[$1] = try MailAddress("\($1)@example.com") }
        let mail = MailNotices(try server.address(), from: try MailAddress("hindsight@bank.example"), recipients: recipients)
        return SagaRunner(
            NoticeDelivery.self, log: other ?? log, clock: clock, identities: RandomIdentities(), performer: NoticePerformer(["mail": mail])
        )
    }

    private static let namespace = UUID()

    /// A job's end tells these people.
    private func post(from first: Int = 1, _ recipients: String...) async throws {
        let notices = recipients.enumerated().map { index, recipient in
            NoticePosted(
                job: job, notice: "\(job):finished:\(first + index)", channel: "mail", recipient: recipient, status: .finished,
                subject: "Аудитория готова", text: "500 rows, checked.", at: clock.now())
        }
        let events = try notices.map { notice in
            NewEvent(
                id: .version5(namespace: Self.namespace, name: notice.notice), type: NoticePosted.type, data: try JSONText(encoding: notice)
            )
        }
        _ = try await log.append(Append([StreamWrite(events, to: job.stream)]))
    }

    private func settle(_ runner: SagaRunner<NoticeDelivery>) async throws {
        try await runner.catchUp()
        try await runner.settle()
        while let due = await runner.nextDue {
            clock.advance(to: due)
            try await runner.fireDueTimers()
            try await runner.settle()
        }
    }

    /// What became of each notice, by its number, from the log alone.
    private func records() async throws -> [JobEvent] {
        var records: [JobEvent] = []
        for try await recorded in log.events(EventSelection(EventFilter(stream: job.stream))) {
            switch try JobEvent.codec.decode(recorded) {
            case .noticeDelivered(let delivered)?: records.append(.noticeDelivered(delivered))
            case .noticeUndeliverable(let undeliverable)?: records.append(.noticeUndeliverable(undeliverable))
            default: break
            }
        }
        return records
    }

    @Test("Each notice is delivered once and recorded once, however many workers look at the log afterwards")
    func once() async throws {
        let server = try MailServerProcess()
        try await post("anna", "nobody")
        for _ in 0..<3 { try await settle(runner(server)) }
        let records = try await records()
        #expect(records.count == 2)
        guard case .noticeDelivered(let delivered)? = records.first, case .noticeUndeliverable(let refused)? = records.last else {
            throw Contradiction("anna was told, and nobody was not")
        }
        #expect(delivered.channel == "mail" && delivered.attempts == 1 && delivered.reply == "250 2.0.0")
        #expect(refused.attempts == 1 && refused.reply == "550 5.1.1")
        #expect(refused.reason == "the mail server refuses the message (recipient)")
        // What it was asked, in the order of the notices or the other way round, and one message.
        var told: [JSONValue] = []
        for _ in 0..<3 { told.append(try server.told()) }
        #expect(told.count { $0["content"] != nil } == 1)
        #expect(Set(told.compactMap { $0["asked"]?.stringValue }) == ["anna", "nobody"])
        // A further message would stand before this one.
        try await post(from: 3, "later")
        clock.advance(by: .seconds(1))
        let another = try runner(server)
        try await another.catchUp()
        try await another.settle()
        #expect(try server.told()["asked"] == "later")
    }

    @Test("A server that is busy is asked again, later and later, and at last the notice is undeliverable") func busy() async throws {
        let server = try MailServerProcess()
        try await post("later")
        let begun = clock.now()
        try await settle(runner(server))
        guard case .noticeUndeliverable(let given)? = try await records().first else { throw Contradiction("it was given up") }
        #expect(given.attempts == 8 && given.reason.hasPrefix("the mail server answered 451 4.3.0"))
        #expect(given.at.since(begun) > .hours(41))
        var messages: Set<String> = []
        for _ in 0..<8 { messages.insert(try server.message()["content"]?.stringValue ?? "") }
        #expect(messages.count == 1)
    }

    @Test("A lost answer brings the same message again, and never another one; then a person has to look") func lostAnswer() async throws {
        let server = try MailServerProcess()
        try await post("lost")
        let runner = try runner(server)
        try await settle(runner)
        #expect(try await records().isEmpty)
        guard case .parked? = await runner.status(of: "\(job):finished:1") else { throw Contradiction("it is parked") }
        var messages: Set<String> = []
        for _ in 0..<3 { messages.insert(try server.message()["content"]?.stringValue ?? "") }
        #expect(messages.count == 1)
    }

    @Test("A worker that dies at any of its appends is followed by one that records the delivery, with the same message at most twice")
    func killedWorker() async throws {
        for appends in 1...2 {
            let server = try MailServerProcess()
            let test = MailDeliveryTests()
            try await test.post("anna")
            let dying = try test.runner(server, log: MortalEventLog(test.log, dyingAtAppend: appends))
            try await dying.catchUp()
            await #expect(throws: EventLogError.self) { try await dying.settle() }
            try await test.settle(test.runner(server))
            #expect(try await test.records().count == 1)
            var messages: Set<String> = []
            for _ in 0..<appends { messages.insert(try server.message()["content"]?.stringValue ?? "") }
            #expect(messages.count == 1)
        }
    }

    @Test("No address of anybody stands in the log") func discretion() async throws {
        let server = try MailServerProcess()
        try await post("anna", "nobody", "lost", "later")
        try await settle(runner(server))
        for try await event in log.events(EventSelection()) {
            #expect(event.data.map { String(decoding: $0.bytes, as: UTF8.self).contains("@") } == false)
        }
    }
}
