import HindsightCore
import Testing

@Suite("Acts on sagas over HTTP")
struct SagaActTests {
    private static let terms =
        #"{"customer":"c-1","customerType":"individual","plan":"p","amountMinor":100,"currency":"RUB","period":"monthly","paymentMethod":"pm-1","timeZone":"Europe/Moscow"}"#

    /// A server with one open saga, `renewals:s1`, that waits for the end of its period.
    private func server(_ gateway: PeerUnderTest) async throws -> ServerProcess {
        let server = try ServerProcess(settings: ["clock=manual", "billing.gateway.url=\(gateway.address)"])
        #expect(try await server.post("/v1/clock", #"{"now":"2026-01-01T00:00:00Z"}"#).status == 200)
        #expect(try await server.put("/v1/billing/subscriptions/s1", Self.terms).status == 201)
        _ = try await server.eventually("/v1/sagas/renewals:s1") { $0["status"] == "waiting" }
        return server
    }

    @Test("A paused saga does nothing until it is resumed, and the log tells who did it and why") func pause() async throws {
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "1"])
        let server = try await server(gateway)
        let paused = try await server.post("/v1/sagas/renewals:s1/pause", #"{"reason":"stocktaking"}"#)
        #expect(paused.status == 202)
        #expect(paused["Location"] == "/v1/sagas/renewals%3As1")
        #expect(try paused.json["status"] == "paused")
        #expect(try paused.json["wakeUp"] == "operator")
        #expect(try await server.get("/v1/sagas?status=paused").json["sagas"]?.arrayValue?.count == 1)
        #expect(try await server.post("/v1/sagas/renewals:s1/pause", #"{"reason":"again"}"#).status == 409)
        #expect(try await server.post("/v1/clock", #"{"now":"2026-02-02T12:00:00Z"}"#).status == 200)
        #expect(try await server.get("/v1/billing/invoices").json["invoices"] == [])
        let resumed = try await server.post("/v1/sagas/renewals:s1/resume", #"{"reason":"done"}"#)
        #expect(try resumed.json["status"] == "waiting")
        _ = try await server.eventually("/v1/billing/invoices") { $0["invoices"]?.arrayValue?.count == 1 }
        let acts = try await server.get("/v1/events?type=hindsight.saga-paused&type=hindsight.saga-resumed").json["events"]?.arrayValue
        #expect(acts?.compactMap { $0["data"]?["reason"]?.stringValue } == ["stocktaking", "done"])
        #expect(acts?.allSatisfy { $0["metadata"]?["actor"]?.stringValue?.isEmpty == false } == true)
        gateway.stop()
    }

    @Test("An act sent again under its key is done once") func idempotent() async throws {
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "1"])
        let server = try await server(gateway)
        for _ in 1...2 {
            let headers = ["Idempotency-Key": "pause-1"]
            #expect(try await server.post("/v1/sagas/renewals:s1/pause", #"{"reason":"stocktaking"}"#, headers: headers).status == 202)
        }
        #expect(try await server.get("/v1/events?type=hindsight.saga-paused").json["events"]?.arrayValue?.count == 1)
        gateway.stop()
    }

    @Test("An act that makes no sense is refused with what is wrong, and records nothing") func refusals() async throws {
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "1"])
        let server = try await server(gateway)
        let head = try await server.get("/v1/log").json["head"]
        for (act, body) in [
            ("retry", #"{"reason":"r"}"#), ("resume", #"{"reason":"r"}"#), ("skip", #"{"reason":"r"}"#),
            ("resolve", #"{"outcome":"succeeded","proof":"p","reason":"r"}"#), ("cancel", #"{"reason":"r"}"#),
            ("resolve", #"{"effect":"charge","key":"k","outcome":"succeeded","proof":"p","reason":"r"}"#),
            ("signal", #"{"signal":"bogus"}"#),
        ] {
            #expect(try await server.post("/v1/sagas/renewals:s1/\(act)", body).status == 409, "\(act)")
        }
        let cancelled = try await server.post("/v1/sagas/renewals:s1/cancel", #"{"reason":"r"}"#)
        #expect(try cancelled.json["detail"]?.stringValue?.contains("cancel that") == true)
        let unheard = try await server.post("/v1/sagas/renewals:s1/signal", #"{"signal":"bogus"}"#)
        #expect(try unheard.json["detail"] == "renewals knows no signal bogus: it reacts to none")
        #expect(try await server.post("/v1/sagas/renewals:nobody/signal", #"{"signal":"bogus"}"#).status == 404)
        let reasonless = try await server.post("/v1/sagas/renewals:s1/pause", "{}")
        #expect(reasonless.status == 400)
        #expect(try reasonless.json["pointer"] == "/reason")
        let halfNamed = try await server.post("/v1/sagas/renewals:s1/skip", #"{"effect":"charge","reason":"r"}"#)
        #expect(halfNamed.status == 400)
        #expect(try halfNamed.json["pointer"] == "/key")
        let proofless = try await server.post("/v1/sagas/renewals:s1/resolve", #"{"outcome":"succeeded","reason":"r"}"#)
        #expect(try proofless.json["pointer"] == "/proof")
        for unknown in ["renewals:nobody", "nothing:s1", "renewals"] {
            #expect(try await server.post("/v1/sagas/\(unknown)/pause", #"{"reason":"r"}"#).status == 404, "\(unknown)")
        }
        #expect(try await server.get("/v1/log").json["head"] == head)
        gateway.stop()
    }

    @Test("What became of a charge is told by its proof alone where nothing was charged, and with the charge where it was")
    func resolution() async throws {
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "1"])
        let server = try await server(gateway)
        gateway.stop()
        #expect(try await server.post("/v1/clock", #"{"now":"2026-02-02T12:00:00Z"}"#).status == 200)
        let open = try await server.eventually("/v1/sagas?saga=collect") {
            $0["sagas"]?.arrayValue?.first?["status"] == "waiting"
        }
        let id = try #require(open["sagas"]?.arrayValue?.first?["id"]?.stringValue)
        let path = "/v1/sagas/\(id)/resolve"
        let head = try await server.get("/v1/log").json["head"]
        let bare = try await server.post(path, #"{"outcome":"succeeded","proof":"statement 12","reason":"it is there"}"#)
        #expect(bare.status == 400)
        #expect(try bare.json["pointer"] == "/result")
        #expect(try bare.json["detail"]?.stringValue?.contains("charge, network, status are missing") == true, "\(bare.text)")
        #expect(try await server.get("/v1/log").json["head"] == head)

        let resolved = try await server.post(path, #"{"outcome":"rejected","proof":"statement 12","reason":"not in their list"}"#)
        #expect(resolved.status == 202, "\(resolved.text)")
        let invoice = String(id.dropFirst("collect:".count))
        let row = try await server.eventually("/v1/billing/invoices/\(invoice)") { $0["status"] == "retry-scheduled" }
        let attempt = row["attempts"]?.arrayValue?.first
        #expect(attempt?["outcome"] == "declined" && attempt?["charge"] == nil, "\(row)")
        #expect(try await server.get("/v1/sagas/\(id)").json["status"] == "waiting")
        let verified = try await server.get("/v1/sagas/\(id)/verify")
        #expect(try verified.json["differences"] == [], "\(verified.text)")
    }

    @Test("An auditor has the decisions of a saga made again, and nothing comes of it") func review() async throws {
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "1"])
        let server = try await server(gateway)
        // It waits for the end of its period, so nothing happens by itself.
        let head = try await server.get("/v1/log").json["head"]
        let verified = try await server.get("/v1/sagas/renewals:s1/verify")
        #expect(verified.status == 200)
        #expect(try verified.json["differences"] == [])
        let report = try verified.json["reports"]?.arrayValue?.first
        #expect(report?["instances"] == 1 && report?["differences"] == 0)
        #expect(report?["decisions"] == 1)
        #expect(try await server.get("/v1/log").json["head"] == head)

        for (path, status, field) in [
            ("what-if", 409, "no other definition"), ("what-if?definition=7", 404, "definition"), ("what-if?definition=2", 409, nil),
            ("what-if?definition=2&policy=reason-rules", 409, "goes by no policy"),
            ("what-if?policy=reason-rules", 409, "goes by no policy"),
            ("verify?definition=1", 400, "definition"),
        ] as [(String, Int, String?)] {
            let refused = try await server.get("/v1/sagas/renewals:s1/\(path)")
            #expect(refused.status == status, "\(path): \(refused.text)")
            if let field { #expect(refused.text.contains(field), "\(path): \(refused.text)") }
        }
        // The first definition would have begun alike.
        #expect(try await server.get("/v1/sagas/renewals:s1/what-if?definition=1").json["differences"] == [])
        #expect(try await server.get("/v1/sagas/renewals:nobody/verify").status == 404)
        gateway.stop()
    }
}
