import BillingRetries
import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import NIOHTTP1
import Testing

@Suite("Figures and alerts of billing over HTTP")
struct BillingFigureTests {
    /// A log in which a charge was sent three hours ago, and nobody knows what became of it.
    private func folderWithUnknownCharge() async throws -> TestFolder {
        let folder = try TestFolder()
        let log = try SQLiteEventLog.open(folder: "\(folder.path)/log", clock: SystemClock())
        let handler = CommandHandler(log: log, clock: SystemClock(), identities: RandomIdentities())
        let then = SystemClock().now().advanced(by: .hours(-3))
        let opened = InvoiceOpened(
            invoice: "s1.1", subscription: "s1", customer: "c1", customerType: .individual, period: 1, amountMinor: 1_100,
            currency: try Currency("EUR"), method: "pm-1", timeZone: "Europe/Berlin", dueAt: then, at: then)
        let card = CardRecord(tries: PaymentMethod.initialState.tries, block: nil)
        for command in [
            Invoice.Command.open(opened), .beginAttempt(at: then, card: card, assignment: nil),
            .recordUnknown(attempt: 1, because: "the connection broke", at: then),
        ] {
            try await handler.decide { batch in try await batch.decide(Invoice.self, command, on: BillingRetries.invoice("s1.1")) }
        }
        await log.close()
        return folder
    }

    @Test("A charge without an outcome fires an alert that names figure, threshold, owner and runbook; before it nothing fired")
    func alerts() async throws {
        let server = try ServerProcess(in: try await folderWithUnknownCharge())
        _ = try await server.eventually("/readyz") { $0["status"] == "ready" }
        let answer = try await server.get("/v1/billing/alerts")
        #expect(answer["Hindsight-Position"] == "3")
        let alerts = try #require(try answer.json["alerts"]?.arrayValue)
        #expect(alerts.map { $0["id"] } == ["charge-unknown"])
        let alert = try #require(alerts.first)
        #expect(alert["severity"] == "warning" && alert["owner"] == "payments on call" && alert["threshold"] == 7_200)
        #expect(alert["runbook"]?.stringValue?.hasSuffix("BillingRunbook.md#charge-unknown") == true)
        let before = try await server.get("/v1/billing/alerts?at=position:2").json
        #expect(before["alerts"] == [] && before["position"] == 2)
        let figures = try await server.get("/v1/billing/metrics").json
        #expect(figures["unknownNow"] == 1 && figures["availability"]?["gatewayPermille"] == 0)
        #expect(try await server.get("/v1/billing/metrics?at=position:2").json["unknownNow"] == 0)
    }

    @Test("Prometheus is told the same, and what nobody can tell is no number")
    func gauges() async throws {
        let server = try ServerProcess(in: try await folderWithUnknownCharge())
        _ = try await server.eventually("/readyz") { $0["status"] == "ready" }
        let text = try await server.get("/metrics").text
        for line in [
            #"hindsight_billing_alert{alert="charge-unknown",severity="warning"} 1"#,
            #"hindsight_billing_alert{alert="charge-unknown-long",severity="critical"} 0"#,
            "hindsight_billing_unknown_charges 1", "hindsight_billing_readable 1", #"hindsight_billing_figure{figure="coverage"} NaN"#,
            #"hindsight_billing_availability_share{part="gateway"} 0"#,
        ] {
            #expect(text.contains("\(line)\n"), "\(line)")
        }
    }

    @Test("Days that are none, and an end before the beginning, are refused by name")
    func days() async throws {
        let server = try ServerProcess()
        for query in ["from=yesterday", "to=2026-02-30", "from=2026-02-01&to=2026-01-31"] {
            let answer = try await server.get("/v1/billing/metrics?\(query)")
            #expect(answer.status == 400, "\(query)")
        }
        #expect(try await server.get("/v1/billing/metrics?from=2026-02-01&to=2026-02-01").status == 200)
        #expect(try await server.get("/v1/billing/alerts?from=2026-02-01").status == 400)
    }
}
