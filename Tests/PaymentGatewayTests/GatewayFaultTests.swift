import AsyncHTTPClient
import Foundation
import Testing

@Suite("Payment gateway's faults") struct GatewayFaultTests {
    /// No fault but those that a test asks for.
    private func calm(_ state: URL, _ options: String...) async throws -> RunningGateway {
        try await RunningGateway(
            state: state, ["--failure-rate", "0", "--pending-rate", "0", "--drop-rate", "0", "--drop-before-rate", "0"] + options)
    }

    @Test("A 500 before acting charges nothing, and the repeat charges once") func failsBefore() async throws {
        try await withFolder { folder in
            let gateway = try await calm(folder, "--error-before-rate", "1000")
            #expect(try await gateway.charge("k-1").status == 500)
            #expect(try await gateway.get("/v1/charges?key=k-1").status == 404)
            #expect(try await gateway.charge("k-1").status == 200)
            #expect(try gateway.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("A 500 after acting hides a charge, which the repeat and the look-up show") func failsAfter() async throws {
        try await withFolder { folder in
            let gateway = try await calm(folder, "--error-rate", "1000")
            #expect(try await gateway.charge("k-1").status == 500)
            #expect(try await gateway.get("/v1/charges?key=k-1").json["status"] == "approved")
            let again = try await gateway.charge("k-1")
            #expect(again.isReplay && again.status == 200)
            #expect(try gateway.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("A gateway that stores errors repeats its 500 even after a restart, and only the look-up shows the charge")
    func storesErrors() async throws {
        try await withFolder { folder in
            let gateway = try await calm(folder, "--error-rate", "1000", "--repeats-errors")
            for _ in 0..<3 { #expect(try await gateway.charge("k-1").status == 500) }
            await gateway.killAtOnce()
            let next = try await calm(folder, "--error-rate", "1000", "--repeats-errors")
            #expect(try await next.charge("k-1").status == 500)
            #expect(try await next.get("/v1/charges?key=k-1").json["status"] == "approved")
            #expect(try next.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("A late answer was acted on at once; meanwhile the key is under way") func answersLate() async throws {
        try await withFolder { folder in
            let gateway = try await calm(folder, "--late-rate", "1000", "--lateness", "1500")
            async let first = gateway.charge("k-1")
            var found = try await gateway.get("/v1/charges?key=k-1")
            while found.status == 404 { found = try await gateway.get("/v1/charges?key=k-1") }
            #expect(found.json["status"] == "approved")
            #expect(try await gateway.charge("k-1").status == 409)
            #expect(try await first.status == 200)
            #expect(try await gateway.charge("k-1").isReplay)
            #expect(try gateway.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("429 and 503 name the time to wait, and nothing is done", arguments: [("--busy-rate", 429), ("--away-rate", 503)])
    func refuses(option: String, status: UInt) async throws {
        try await withFolder { folder in
            let gateway = try await calm(folder, option, "1000", "--retry-after", "7")
            let first = try await gateway.charge("k-1")
            #expect(first.status == status && first.retryAfter == "7")
            #expect(try gateway.chargesByKey().isEmpty)
            #expect(try await gateway.charge("k-1").status == 200)
            #expect(try gateway.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("A gateway that was sent away answers nothing, also after a restart, until it is called back") func isAway() async throws {
        try await withFolder { folder in
            let gateway = try await calm(folder)
            #expect(try await gateway.charge("k-1").status == 200)
            #expect(try await gateway.control(#"{"away":true}"#).json["away"] == "true")
            #expect(try await gateway.charge("k-2").status == 503)
            #expect(try await gateway.get("/v1/charges?key=k-1").status == 503)
            await gateway.killAtOnce()
            let next = try await calm(folder)
            let away = try await next.charge("k-2")
            #expect(away.status == 503 && away.retryAfter == "1")
            _ = try await next.control(#"{"away":false}"#)
            #expect(try await next.charge("k-2").status == 200)
            #expect(try await next.get("/v1/charges?key=k-1").status == 200)
            #expect(try next.chargesByKey() == ["k-1": 1, "k-2": 1])
        }
    }

    @Test("A key is kept for as long as was said, by the callers' time, and then acted on again") func forgetsKeys() async throws {
        try await withFolder { folder in
            let gateway = try await calm(folder, "--key-hours", "24")
            let first = try await gateway.charge("k-1", at: "2026-01-03T10:00:00Z")
            _ = try await gateway.charge("k-2", invoice: "inv-2", at: "2026-01-04T09:59:59Z")
            #expect(try await gateway.charge("k-1").isReplay)
            #expect(try await gateway.control(#"{"now":"2026-01-04T10:00:00Z"}"#).json["now"] == "2026-01-04T10:00:00Z")
            let second = try await gateway.charge("k-1", at: "2026-01-03T10:00:00Z")
            #expect(!second.isReplay && second.json["id"] != first.json["id"])
            #expect(try await gateway.charge("k-1").isReplay, "kept anew from then on")
            #expect(try gateway.chargesByKey() == ["k-1": 2, "k-2": 1])
            let summary = try await gateway.get("/v1/summary").json
            #expect(summary["keysChargedAgain"] == "1" && summary["invoicesPaidTwice"] == "1")
        }
    }

    @Test("Controls that can't be read are refused", arguments: ["", "[]", #"{"away":"yes"}"#, #"{"now":"tomorrow"}"#])
    func refusesControls(body: String) async throws {
        try await withFolder { folder in
            let gateway = try await calm(folder)
            #expect(try await gateway.control(body).status == 400)
        }
    }
}
