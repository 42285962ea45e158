import BillingRetries
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("What a training reads of the log") struct TrainingPastTests {
    private let clock: ManualClock
    private let log: MemoryEventLog
    private let desk: BillingDesk
    private let runner: ProjectionRunner
    private let handler: CommandHandler

    init() throws {
        clock = ManualClock(at: try #require(Timestamp("2026-01-01T08:00:00Z")))
        log = MemoryEventLog(clock: clock)
        desk = BillingDesk(log: log, clock: clock)
        runner = ProjectionRunner([InvoiceBoard()], log: log, store: MemoryReadModelStore())
        handler = CommandHandler(log: log, clock: clock, identities: RandomIdentities())
    }

    private func act() -> BillingDesk.Act { BillingDesk.Act(metadata: EventMetadata(), identities: RandomIdentities()) }

    private func subscribe(_ id: String, plan: String, amount: Int) async throws {
        let terms = """
            {"customer":"c1","customerType":"individual","plan":"\(plan)","amountMinor":\(amount),"currency":"EUR","period":"monthly",\
            "paymentMethod":"pm-1","timeZone":"Europe/Berlin"}
            """
        try await desk.put(id, JSON.decode(BillingDesk.Terms.self, from: Array(terms.utf8)), act())
    }

    private func state(_ country: String, issuer: String, of customer: String = "c1") async throws {
        clock.advance(by: .hours(1))
        let signals = PayerSignals(takenAt: clock.now(), country: country, card: PayerSignals.Card(issuer: issuer, network: .visa))
        _ = try await desk.recordSignals([BillingDesk.CustomerSignals(customer: customer, signals: signals)], from: runner, act())
    }

    private func charge(_ invoice: String, _ subscription: String, amount: Int64, of customer: String = "c1", code: String?) async throws {
        clock.advance(by: .hours(1))
        let now = clock.now()
        let opened = InvoiceOpened(
            invoice: invoice, subscription: subscription, customer: customer, customerType: .individual, period: 1, amountMinor: amount,
            currency: try Currency("EUR"), method: "pm-\(invoice)", timeZone: "Europe/Berlin", dueAt: now, at: now)
        let (card, assignment) = (CardRecord(), Assignment(policy: .reasonRules))
        var commands: [Invoice.Command] = [.open(opened), .beginAttempt(at: now, card: card, assignment: assignment)]
        if let code {
            let answer = ChargeAnswer(charge: "ch", status: .declined, network: .visa, code: code)
            commands.append(.recordDecline(answer, attempt: 1, card: card, assignment: assignment, at: now))
        } else {
            commands.append(.recordApproval(ChargeAnswer(charge: "ch", status: .approved, network: .visa), attempt: 1, at: now))
        }
        for command in commands { try await handler.handle(Invoice.self, command, on: BillingRetries.invoice(invoice)) }
    }

    @Test("A charge is seen with the snapshot in force when it was sent, and with the price and plan of its own invoice")
    func asOfThen() async throws {
        try await subscribe("s1", plan: "pro", amount: 1_100)
        try await subscribe("s2", plan: "team", amount: 9_900)
        try await charge("i1", "s1", amount: 1_100, code: "51")
        try await state("DE", issuer: "bank-1")
        try await charge("i2", "s1", amount: 1_100, code: nil)
        try await state("DE", issuer: "bank-1")
        try await charge("i3", "s2", amount: 9_900, code: "05")
        try await state("FR", issuer: "bank-2")
        try await charge("i4", "s1", amount: 1_100, code: nil)
        let before = await log.head().position
        try await state("IT", issuer: "bank-3")
        try await charge("i5", "s9", amount: 500, of: "c2", code: nil)

        let past = try await TrainingPast.read(log, through: log.head().position)
        #expect(past.payers.map(\.customer) == ["c1"] && past.withoutSnapshot == 1)
        let history = try #require(past.payers.first)
        let known = history.charges.map { history.payers[$0.payer] }
        #expect(history.charges.map(\.invoice) == ["i1", "i2", "i3", "i4"])
        #expect(history.charges.map(\.method) == ["pm-i1", "pm-i2", "pm-i3", "pm-i4"])
        #expect(known.map(\.country) == [nil, "DE", "DE", "FR"])
        #expect(known.map(\.issuer) == [nil, "bank-1", "bank-1", "bank-2"])
        #expect(known.map(\.plan) == ["pro", "pro", "team", "pro"] && known.map(\.amountMinor) == [1_100, 1_100, 9_900, 1_100])
        #expect(history.payer == known.last)
        // What was stated later changes nothing of what was known.
        #expect(try await TrainingPast.read(log, through: before).payers == past.payers)
    }
}
