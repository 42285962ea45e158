import Foundation
import HindsightCore
import LogFaults
import Testing
import HindsightTesting

@Suite("What a rebuild does to the world")
struct RebuildEffectsTests {
    @Test(
        "No saga does anything because of it: the gateway hears nothing, and the log tells of the rebuilds alone", .timeLimit(.minutes(3)))
    func effects() async throws {
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "3", "--failure-rate", "600"])
        let settings = ["clock=manual", "billing.gateway.url=\(gateway.address)"]
        let server = try ServerProcess(settings: settings)
        #expect(try await server.post("/v1/clock", #"{"now":"2026-01-01T00:00:00Z"}"#).status == 200)
        for number in 1...8 {
            let terms = BillingRouteTests.terms.replacingOccurrences(of: "pm-1", with: "pm-\(number)")
            #expect(try await server.put("/v1/billing/subscriptions/s\(number)", terms).status == 201)
        }
        #expect(try await server.put("/v1/audience/offers/spring", #"{"title":"Spring"}"#).status == 201)
        for day in ["2026-02-02", "2026-02-05", "2026-02-09"] {
            #expect(try await server.post("/v1/clock", #"{"now":"\#(day)T12:00:00Z"}"#).status == 200)
            // All that was due has been done: invoices have their answers, and no saga has anything left to do.
            _ = try await server.eventually("/v1/billing/invoices") { answer in
                let invoices = answer["invoices"]?.arrayValue ?? []
                return invoices.count == 8 && invoices.allSatisfy { Self.isAtRest($0, by: "\(day)T12:00:00Z") }
            }
            _ = try await server.eventually("/v1/sagas?status=running") { $0["sagas"] == [] }
        }
        let journal = try gateway.folder.text(of: "journal.ndjson")
        let head = try #require(try await server.get("/v1/log").json["head"]?.integerValue)
        #expect(journal.split(separator: "\n").count >= 8)

        let all = try await server.get("/v1/projections").json["projections"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
        var digests: [String: JSONValue] = [:]
        for name in all { digests[name] = try await server.get("/v1/projections/\(name)/digest?at=position:\(head)").json }
        for name in all { #expect(try await server.post("/v1/projections/\(name)/rebuild", "").status == 202) }
        let told = try await server.eventually("/v1/events?after=\(head)") { $0["events"]?.arrayValue?.count ?? 0 >= all.count }
        #expect(told["events"]?.arrayValue?.count == all.count)
        #expect(told["events"]?.arrayValue?.allSatisfy { $0["type"] == "hindsight.projection-rebuilt" } == true)
        #expect(try gateway.folder.text(of: "journal.ndjson") == journal)
        #expect(server.stop() == .exited(0))

        try FileManager.default.removeItem(atPath: "\(server.folder.path)/log/read-models")
        let next = try ServerProcess(in: server.folder, settings: settings)
        _ = try await next.eventually("/readyz") { $0["status"] == "ready" }
        for name in all {
            #expect(try await next.get("/v1/projections/\(name)/digest?at=position:\(head)").json == digests[name], "\(name)")
        }
        #expect(try await next.get("/v1/log").json["head"]?.integerValue == head + Int64(all.count))
        #expect(try gateway.folder.text(of: "journal.ndjson") == journal)
        next.stop()
        gateway.stop()
    }

    /// Whether nothing is due for an invoice at that instant.
    private static func isAtRest(_ invoice: JSONValue, by instant: String) -> Bool {
        guard let last = invoice["attempts"]?.arrayValue?.last, last["outcome"] != "requested", last["outcome"] != "unknown" else {
            return false
        }
        switch invoice["status"] {
        case "paid", "waiting-for-payer", "uncollectible": return true
        case "retry-scheduled": return invoice["nextWindow"]?["from"]?.stringValue ?? "" > instant
        default: return false
        }
    }
}
