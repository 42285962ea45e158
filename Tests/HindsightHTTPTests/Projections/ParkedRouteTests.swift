import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import LogFaults
import Testing
import HindsightTesting

@Suite("Parked streams over HTTP")
struct ParkedRouteTests {
    private static func opened(_ invoice: String) -> String {
        #"{"amountMinor":1800,"at":"2026-01-01T22:00:00Z","currency":"AUD","customer":"c1","customerType":"individual","#
            + #""dueAt":"2026-01-01T22:00:00Z","invoice":"\#(invoice)","method":"m1","period":1,"subscription":"s1","timeZone":"UTC"}"#
    }

    /// Events of the built-in domains, one of which no program understands.
    private func write(to folder: TestFolder) async throws {
        let log = try SQLiteEventLog.open(folder: "\(folder.path)/log", clock: SystemClock())
        let type: EventType = "billing-retries.invoice-opened"
        for (invoice, data) in [
            ("good", Self.opened("good")), ("broken", #"{"invoice":"broken"}"#), ("broken", Self.opened("broken")),
            ("later", Self.opened("later")),
        ] {
            let event = NewEvent(id: .version5(namespace: UUID(), name: data), type: type, data: try JSONText(object: data))
            _ = try await log.append(Append([StreamWrite([event], to: try StreamName("invoice-\(invoice)"))]))
        }
        await log.close()
    }

    @Test(
        "The others go on; status, list and gauge tell what waits and why, without a value of it; resuming says what still stands in the way"
    )
    func parked() async throws {
        let folder = try TestFolder()
        try await write(to: folder)
        let server = try ServerProcess(in: folder)
        _ = try await server.eventually("/readyz") { $0["status"] == "ready" }
        for name in ["invoices", "billing-metrics"] {
            let state = try await server.get("/v1/projections/\(name)").json
            #expect(state["status"] == "parked" && state["lag"] == 0 && state["position"] == 4, "\(state)")
            let parked = state["parked"]?.arrayValue ?? []
            #expect(parked.count == 1)
            #expect(parked.first?["stream"] == "invoice-broken" && parked.first?["position"] == 2, "\(parked)")
            #expect(parked.first?["type"] == "billing-retries.invoice-opened" && parked.first?["events"] == 2, "\(parked)")
            #expect(state["error"]?.stringValue?.contains("position 2") == true, "\(state)")
        }
        #expect(try await server.get("/v1/projections/sagas").json["status"] == "current")
        let rows = try await server.get("/v1/projections/invoices/rows").json["rows"]?.arrayValue
        #expect(rows?.map { $0["key"] } == ["good", "later"])
        #expect(try await server.get("/v1/billing/invoices/later").status == 200)
        #expect(try await server.get("/v1/billing/invoices/broken").status == 404)
        #expect(try await server.get("/v1/billing/metrics").json["total"]?["counts"]?["invoicesOpened"] == 2)
        let metrics = try await server.get("/metrics").text
        for (name, count) in [("invoices", 1), ("billing-metrics", 1), ("sagas", 0)] {
            #expect(metrics.contains("hindsight_projection_parked_streams{projection=\"\(name)\"} \(count)\n"), "\(name)")
        }

        let resumed = try await server.post("/v1/projections/invoices/resume", "")
        #expect(resumed.status == 202)
        let still = try resumed.json
        #expect(still["status"] == "parked", "\(still)")
        #expect(still["parked"]?.arrayValue?.first?["attempts"]?.integerValue ?? 0 > 1, "\(still)")
        let told = try await server.get("/v1/events?type=hindsight.projection-resumed").json["events"]?.arrayValue
        #expect(told?.count == 1 && told?.first?["data"]?["stillParked"] == 1 && told?.first?["data"]?["streams"] == 0)

        // A rebuild finds the same in its way, and comes to the same.
        let digest = try await server.get("/v1/projections/invoices/digest?at=position:4").json
        #expect(try await server.post("/v1/projections/invoices/rebuild", "").status == 202)
        let rebuilt = try await server.eventually("/v1/projections/invoices") { $0["rebuild"]?["status"] == "finished" }
        #expect(rebuilt["status"] == "parked" && rebuilt["parked"]?.arrayValue?.count == 1, "\(rebuilt)")
        #expect(try await server.get("/v1/projections/invoices/digest?at=position:4").json == digest)
        #expect(server.stop() == .exited(0))

        let resume = "'\(ServerProcess.program)' projections resume invoices --log log"
        let refused = try await Shell.run(resume, in: folder)
        #expect(refused.code == 1 && refused.output.isEmpty)
        #expect(refused.errors.hasPrefix("hindsight: events of invoices stay parked, the first at position 2"), "\(refused.errors)")
    }
}
