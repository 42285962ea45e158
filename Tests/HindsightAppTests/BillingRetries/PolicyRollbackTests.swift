import BillingRetries
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Rolling back a retry policy") struct PolicyRollbackTests {
    private let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_603_600_000_000))  // 2026-01-05T09:00:00Z
    private let log: MemoryEventLog
    private let desk: BillingDesk

    init() {
        log = MemoryEventLog(clock: clock)
        desk = BillingDesk(log: log, clock: clock)
    }

    private func act(_ seed: String) -> BillingDesk.Act {
        BillingDesk.Act(metadata: EventMetadata(actor: "ann"), identities: SeededIdentities(seed: seed))
    }

    @discardableResult
    private func define(_ name: String, _ version: Int, hours: Int) async throws -> Position {
        clock.advance(by: .seconds(60))
        let policy = RetryPolicy(
            name: name, version: version, chooser: .rules, windowDays: 28, hours: LegalHours(from: 0, until: 24), rules: [],
            otherwise: .after(hours: [hours]), afterMethodChange: .after(hours: [hours]))
        try await desk.define(policy, act("define \(version)"))
        return await log.head().position
    }

    @Test("The preview lists what then stands in the log, and appends nothing itself") func preview() async throws {
        let first = try await define("mine", 1, hours: 24)
        let head = try await define("mine", 2, hours: 6)
        let preview = try await desk.previewRollback(of: "mine", to: first, reason: "too often")
        #expect(await log.head().position == head)
        #expect((preview.from, preview.restores, preview.becomes) == (2, 1, 3))
        let done = try await desk.rollBack("mine", to: first, reason: "too often", digest: preview.digest, act("back"))
        #expect(done == preview)
        let appended = try await log.read(EventSelection(after: head))
        #expect(appended.map(\.stream) == preview.appends.map(\.stream))
        #expect(appended.map(\.type) == preview.appends.map(\.type))
        for (event, planned) in zip(appended, preview.appends) {
            var data = try #require(event.data).decoded(as: [String: JSONValue].self)
            data["at"] = nil
            #expect(.object(data) == planned.data)
        }
        #expect(try await desk.policies(at: log.head().position).first { $0.name == "mine" }?.otherwise == .after(hours: [24]))
    }

    @Test("Every version stays, with when and why it came to be in force") func versions() async throws {
        let first = try await define("reason-rules", 2, hours: 24)
        _ = try await desk.rollBack("reason-rules", to: 0, reason: "as it was", act("back"))
        let versions = try await desk.versions(of: "reason-rules", at: log.head().position)
        #expect(versions.map(\.version) == [1, 2, 3])
        #expect(versions.map(\.restores) == [nil, nil, 1])
        #expect(versions.map(\.reason) == [nil, nil, "as it was"])
        #expect(versions.map { $0.definedAt == nil } == [true, false, false])
        #expect(versions[2].policy == RetryPolicy.reasonRules.numbered(3))
        #expect(try await desk.versions(of: "reason-rules", at: first).map(\.version) == [1, 2])
        #expect(try await desk.versions(of: "nobody's", at: first).isEmpty)
    }

    @Test("A preview that is out of date is refused, and nothing is appended") func outdated() async throws {
        let first = try await define("mine", 1, hours: 24)
        try await define("mine", 2, hours: 6)
        let preview = try await desk.previewRollback(of: "mine", to: first)
        let head = try await define("mine", 3, hours: 3)
        await #expect(throws: RollbackError.outdatedPreview("policy mine")) {
            try await desk.rollBack("mine", to: first, reason: "too often", digest: preview.digest, act("back"))
        }
        #expect(await log.head().position == head)
    }

    @Test("There is no way back to what never was, or is in force") func nothingToDo() async throws {
        let first = try await define("mine", 1, hours: 24)
        await #expect(throws: RollbackError.nothingThen("policy mine")) { try await desk.previewRollback(of: "mine", to: 0) }
        await #expect(throws: RollbackError.unknown("policy yours")) { try await desk.previewRollback(of: "yours", to: first) }
        await #expect(throws: PolicyBook.Rejection.inForceAlready(version: 1)) {
            try await desk.rollBack("mine", to: first, reason: "r", act("back"))
        }
    }

    @Test("An invoice in recovery keeps the version that it was given, and the next one gets the restored one") func running() async throws
    {
        try await define("reason-rules", 2, hours: 6)
        let now = clock.now()
        try await open("s1.1")
        #expect(try await fail("s1.1", attempt: 1).map(\.recovery.policyVersion) == [2])
        _ = try await desk.rollBack("reason-rules", to: 0, reason: "too often", act("back"))

        clock.advance(to: now.advanced(by: .hours(8)))
        let second = try #require(await fail("s1.1", attempt: 2).last)
        #expect(second.recovery == RecoveryTerms(policy: "reason-rules", policyVersion: 2, firstReason: .doNotHonour))
        #expect(second.deliberation.proposedAt == clock.now().advanced(by: .hours(6)).roundedUp)
        try await open("s2.1")
        #expect(try await fail("s2.1", attempt: 1).map(\.recovery.policyVersion) == [3])
    }

    private var handler: CommandHandler { CommandHandler(log: log, clock: clock, identities: SeededIdentities(seed: "saga")) }

    private func open(_ invoice: String) async throws {
        let opened = InvoiceOpened(
            invoice: invoice, subscription: "s1", customer: "c1", customerType: .individual, period: 1, amountMinor: 900,
            currency: try Currency("EUR"), method: "pm-\(invoice)", timeZone: "Europe/Berlin", dueAt: clock.now(), at: clock.now())
        try await handler.handle(Invoice.self, .open(opened), on: BillingRetries.invoice(invoice))
    }

    /// Lets an attempt be declined, as the saga does; what is scheduled then.
    private func fail(_ invoice: String, attempt: Int) async throws -> [RetryScheduled] {
        let answer = ChargeAnswer(charge: "ch-\(attempt)", status: .declined, network: .visa, code: "05")
        let now = clock.now()
        try await handler.decide { try await PaymentSaga.dispatch(.beginAttempt(invoice: invoice, at: now), to: $0) }
        try await handler.decide {
            try await PaymentSaga.dispatch(.recordDecline(invoice: invoice, answer, attempt: attempt, at: now), to: $0)
        }
        var scheduled: [RetryScheduled] = []
        try await log.replay(InvoiceEvent.codec, EventSelection(EventFilter(stream: BillingRetries.invoice(invoice)))) { event, _ in
            if case .retryScheduled(let retry) = event { scheduled.append(retry) }
        }
        return scheduled
    }
}

extension Timestamp {
    /// The full hour that is not before it.
    fileprivate var roundedUp: Timestamp {
        Timestamp(microsecondsSince1970: (microsecondsSince1970 + 3_599_999_999) / 3_600_000_000 * 3_600_000_000)
    }
}
