import BillingRetries
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Signals of customers") struct CustomerSignalsTests {
    private let clock: ManualClock
    private let log: MemoryEventLog
    private let desk: BillingDesk
    private let runner: ProjectionRunner
    private let handler: CommandHandler

    init() throws {
        clock = ManualClock(at: try Self.at("2026-02-01T03:00:00Z"))
        log = MemoryEventLog(clock: clock)
        desk = BillingDesk(log: log, clock: clock)
        runner = ProjectionRunner([InvoiceBoard()], log: log, store: MemoryReadModelStore())
        handler = CommandHandler(log: log, clock: clock, identities: RandomIdentities())
    }

    private static func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    private static func signals(_ customer: String, _ takenAt: String, country: String? = nil, id: EventID? = nil) throws
        -> BillingDesk.CustomerSignals
    {
        BillingDesk.CustomerSignals(customer: customer, signals: PayerSignals(takenAt: try at(takenAt), country: country), id: id)
    }

    private func record(_ statements: BillingDesk.CustomerSignals...) async throws -> [String] {
        let act = BillingDesk.Act(metadata: EventMetadata(actor: "shop"), identities: RandomIdentities())
        return try await desk.recordSignals(statements, from: runner, act).map { outcome in
            switch outcome {
            case .recorded: "recorded"
            case .unchanged: "unchanged"
            case .refused(let error): "\(error)"
            }
        }
    }

    private func snapshots(of customer: String) async throws -> [SnapshotRecorded] {
        var snapshots: [SnapshotRecorded] = []
        let selection = EventSelection(EventFilter(stream: try BillingRetries.payer(customer)))
        try await log.replay(PayerEvent.codec, selection) { event, _ in
            if case .snapshotRecorded(let snapshot) = event { snapshots.append(snapshot) }
        }
        return snapshots
    }

    /// An invoice with one answered charge, or one whose answer has not come.
    private func charge(_ invoice: String, of customer: String, at instant: String, _ answer: ChargeAnswer?) async throws {
        let now = try Self.at(instant)
        let opened = InvoiceOpened(
            invoice: invoice, subscription: "s-\(invoice)", customer: customer, customerType: .individual, period: 1, amountMinor: 1_100,
            currency: try Currency("EUR"), method: "pm-\(invoice)", timeZone: "Europe/Berlin", dueAt: now, at: now)
        let (card, assignment) = (CardRecord(), Assignment(policy: .reasonRules))
        var commands: [Invoice.Command] = [.open(opened), .beginAttempt(at: now, card: card, assignment: assignment)]
        switch answer?.status {
        case .approved: commands += answer.map { [.recordApproval($0, attempt: 1, at: now)] } ?? []
        case .declined, .actionRequired:
            commands += answer.map { [.recordDecline($0, attempt: 1, card: card, assignment: assignment, at: now)] } ?? []
        case nil: break
        }
        for command in commands { try await handler.handle(Invoice.self, command, on: BillingRetries.invoice(invoice)) }
    }

    @Test("A snapshot holds what the gateway said of the customer's charges, oldest first, and of no one else's") func history()
        async throws
    {
        let declined = ChargeAnswer(charge: "ch_2", status: .declined, network: .mastercard, code: "51", advice: "26")
        try await charge("i2", of: "c1", at: "2026-01-20T08:00:00Z", declined)
        try await charge("i1", of: "c1", at: "2025-12-20T08:00:00Z", ChargeAnswer(charge: "ch_1", status: .approved, network: .visa))
        try await charge("i3", of: "c1", at: "2026-01-31T08:00:00Z", nil)
        try await charge("i4", of: "c2", at: "2026-01-10T08:00:00Z", ChargeAnswer(charge: "ch_4", status: .approved, network: .visa))
        #expect(try await record(Self.signals("c1", "2026-02-01T02:00:00Z", country: "DE")) == ["recorded"])
        let snapshot = try #require(try await snapshots(of: "c1").last)
        #expect(snapshot.history.map(\.description) == ["2025-12-20T08:00:00Z 00", "2026-01-20T08:00:00Z 51 26"])
        #expect(snapshot.signals.country == "DE" && snapshot.at == clock.now())
    }

    @Test("A line that is refused keeps no other from being recorded, and all of them share an append") func refusals() async throws {
        let outcomes = try await record(
            Self.signals("c1", "2026-02-01T02:00:00Z"), Self.signals("c 2", "2026-02-01T02:00:00Z"),
            Self.signals("c3", "2026-02-01T04:00:00Z"), Self.signals("c4", "2026-02-01T02:00:00Z", country: "de"),
            Self.signals("c5", "2026-02-01T02:00:00Z"))
        #expect(outcomes[0] == "recorded" && outcomes[4] == "recorded")
        #expect(outcomes[1].hasPrefix("customer: ") && outcomes[2].hasPrefix("takenAt: ") && outcomes[3].hasPrefix("country: "))
        let events = try await log.read(EventSelection())
        #expect(events.map(\.stream.description) == ["payer-c1", "payer-c5"])
        #expect(Set(events.map(\.recordedAt)).count == 1)
    }

    @Test("Saying the same again changes nothing, and an older statement is refused") func repeats() async throws {
        let (old, new) = (try Self.signals("c1", "2026-02-01T01:00:00Z"), try Self.signals("c1", "2026-02-01T02:00:00Z"))
        #expect(try await record(old, old, new) == ["recorded", "unchanged", "recorded"])
        #expect(try await record(new) == ["unchanged"])
        #expect(try await record(old).first?.hasPrefix("takenAt: ") == true)
        #expect(try await snapshots(of: "c1").map(\.signals) == [old.signals, new.signals])
    }

    @Test("A statement with an id is recorded once, whatever came after it; the id stands for no other") func known() async throws {
        let id = EventID.version5(namespace: UUID(), name: "line 1")
        let first = try Self.signals("c1", "2026-02-01T01:00:00Z", id: id)
        #expect(try await record(first, Self.signals("c1", "2026-02-01T02:00:00Z")) == ["recorded", "recorded"])
        #expect(try await record(first) == ["recorded"])
        let other = try Self.signals("c1", "2026-02-01T02:30:00Z", id: id)
        #expect(try await record(other) == [StatementMismatch().description])
        #expect(try await snapshots(of: "c1").count == 2)
    }

    @Test("A forecast that somebody asked for hides no snapshot") func forecasts() async throws {
        let statement = try Self.signals("c1", "2026-02-01T02:00:00Z")
        #expect(try await record(statement) == ["recorded"])
        let failure = PredictionFailure(.noModel, "no model is the champion")
        let asked = ForecastMade(customer: "c1", question: nil, answer: nil, failure: failure, at: clock.now())
        try await handler.decide { try await $0.append([PayerEvent.forecastMade(asked)], to: BillingRetries.payer("c1")) }
        #expect(try await record(statement, Self.signals("c1", "2026-02-01T02:30:00Z")) == ["unchanged", "recorded"])
        #expect(try await record(statement).first?.hasPrefix("takenAt: ") == true)
    }

    @Test("A statement that comes twice at once is recorded, to both who state it, whoever is faster") func overtaken() async throws {
        let statement = try Self.signals("c1", "2026-02-01T02:00:00Z", id: .version5(namespace: UUID(), name: "line 1"))
        let (log, clock, runner) = (log, clock, runner)
        let act = BillingDesk.Act(metadata: EventMetadata(), identities: RandomIdentities())
        let slower = OvertakenLog(log) { () async throws(EventLogError) in
            do {
                _ = try await BillingDesk(log: log, clock: clock).recordSignals([statement], from: runner, act)
            } catch {
                throw .unavailable(reason: "\(error)")
            }
        }
        let outcomes = try await BillingDesk(log: slower, clock: clock).recordSignals([statement], from: runner, act)
        guard case .recorded = outcomes[0] else { throw Unexpected(outcome: "\(outcomes[0])") }
        #expect(try await snapshots(of: "c1").count == 1)
    }

    @Test("What many state at once is recorded once") func together() async throws {
        let statements = try (1...20).map { number in
            try Self.signals("c\(number)", "2026-02-01T02:00:00Z", id: .version5(namespace: UUID(), name: "\(number)"))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...8 {
                group.addTask {
                    let act = BillingDesk.Act(metadata: EventMetadata(), identities: RandomIdentities())
                    for outcome in try await desk.recordSignals(statements, from: runner, act) {
                        guard case .recorded = outcome else { throw Unexpected(outcome: "\(outcome)") }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await log.head().position == 20)
    }

    private struct Unexpected: Error { let outcome: String }
}
