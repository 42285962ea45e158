import Foundation
import HindsightCore
import NIOHTTP1
import Testing

@Suite("Reading over HTTP")
struct ReadTests {
    /// Twelve events: orders 1 to 3 in turn, types a and b, tags by number.
    private func filled() async throws -> ServerProcess {
        let server = try ServerProcess()
        for number in 0..<12 {
            let event =
                #"{"type":"\#(number % 2 == 0 ? "a" : "b")","data":{"n":\#(number)},"tags":["third:\#(number % 3)","half:\#(number / 6)"]}"#
            #expect(try await server.post("/v1/streams/\(number < 9 ? "order" : "parcel")-\(number % 3)/events", event).status == 201)
        }
        return server
    }

    private func positions(_ answer: ServerProcess.Answer) throws -> [Int64] {
        try (answer.json["events"]?.arrayValue ?? []).compactMap { $0["position"]?.integerValue }
    }

    @Test("A stream is read from a version on, in either direction, in pages")
    func stream() async throws {
        let server = try await filled()
        let path = "/v1/streams/order-0/events"
        let whole = try await server.get(path)
        #expect(try whole.json["version"] == 3 && whole.json["stream"] == "order-0" && whole["ETag"] == "\"3\"")
        for (query, expected) in [
            ("", [1, 4, 7]), ("?from=2", [4, 7]), ("?from=2&limit=1", [4]), ("?direction=backwards", [7, 4, 1]),
            ("?direction=backwards&from=2", [4, 1]), ("?from=4", []), ("?direction=backwards&from=99", [7, 4, 1]),
            ("?at=position:5", [1, 4]), ("?at=position:5&direction=backwards&limit=1", [4]),
        ] as [(String, [Int64])] {
            let answer = try await server.get(path + query)
            #expect(answer.status == 200, "\(query)")
            #expect(try positions(answer) == expected, "\(query)")
        }
        #expect(try await server.get(path + "?at=position:5")["ETag"] == "\"2\"")
        let missing = try await server.get("/v1/streams/order-9/events")
        #expect(missing.status == 404)
        #expect(try missing.json["type"] == "/problems/unknown-stream")
        #expect(try await server.get("/v1/streams/parcel-0/events?at=position:5").status == 404)
    }

    @Test(
        "The log is read by category, type and tag, between positions, in either direction",
        arguments: [
            ("", Array(1...12)), ("?after=10", [11, 12]), ("?until=2", [1, 2]), ("?after=3&until=5", [4, 5]), ("?limit=2", [1, 2]),
            ("?category=parcel", [10, 11, 12]), ("?category=parcel&category=order&limit=1", [1]), ("?type=a&after=8", [9, 11]),
            ("?type=a&type=b&after=11", [12]), ("?tag=third:0", [1, 4, 7, 10]),
            ("?tag=third:0&tag=third:1&until=4", [1, 2, 4, 5].filter { $0 <= 4 }),
            ("?tag=third:0&type=b", [4, 10]), ("?direction=backwards&limit=3", [12, 11, 10]), ("?direction=backwards&after=4", [3, 2, 1]),
            ("?direction=backwards&until=11", [12, 11]), ("?after=99", []), ("?until=99&after=11", [12]), ("?at=position:2", [1, 2]),
            ("?at=position:0", []), ("?at=position:3&direction=backwards", [3, 2, 1]), ("?category=nobody", []),
        ] as [(String, [Int64])])
    func log(_ query: String, _ expected: [Int64]) async throws {
        let server = try await filled()
        let answer = try await server.get("/v1/events\(query)")
        #expect(answer.status == 200)
        #expect(try positions(answer) == expected)
        #expect(try answer.json["head"] != nil)
        let lines = try await server.get("/v1/events\(query)", headers: ["Accept": "application/x-ndjson"])
        #expect(try lines.lines.compactMap { $0["position"]?.integerValue } == expected)
        #expect(lines["Hindsight-Position"] == answer["Hindsight-Position"])
    }

    @Test(
        "A query that means nothing names its parameter",
        arguments: [
            ("?limit=0", "limit"), ("?limit=1001", "limit"), ("?limit=ten", "limit"), ("?after=-1", "after"),
            ("?direction=up", "direction"),
            ("?at=yesterday", "at"), ("?at=position:13", "at"), ("?at=2999-01-01T00:00:00Z", "at"), ("?category=9", "category"),
            ("?tag=x", "tag"), ("?type=", "type"), ("?more=1", "more"), ("?limit=1&limit=2", "limit"), ("?at=position:-1", "at"),
        ])
    func badQueries(_ query: String, _ field: String) async throws {
        let server = try await filled()
        let answer = try await server.get("/v1/events\(query)")
        #expect(answer.status == 400)
        #expect(try answer.json["field"] == .string(field))
    }

    @Test("An instant may carry an offset, and a plus sign as it is")
    func instants() async throws {
        let server = try await filled()
        let recorded = try await server.get("/v1/events?limit=5").json["events"]?.arrayValue?.compactMap { $0["recordedAt"]?.stringValue }
        let instant = try #require(recorded?.last.flatMap { Timestamp($0) })
        let local = Timestamp(microsecondsSince1970: instant.microsecondsSince1970 + 3 * 3_600_000_000).description.dropLast() + "+03:00"
        for text in [instant.description, String(local), local.replacingOccurrences(of: "+", with: "%2B")] {
            let answer = try await server.get("/v1/log/position?at=\(text)")
            #expect(answer.status == 200)
            #expect(try answer.json["position"] == 5, "\(text)")
        }
        #expect(try await server.get("/v1/log/position").status == 400)
        #expect(try await server.get("/v1/log/position?at=1999-01-01T00:00:00Z").json["position"] == 0)
    }

    @Test("The state of a stream is what its events set, now and at any position")
    func state() async throws {
        let server = try await filled()
        let now = try await server.get("/v1/streams/order-0/state").json
        #expect(now["state"] == ["n": 6] && now["version"] == 3)
        let then = try await server.get("/v1/streams/order-0/state?at=position:4").json
        #expect(then["state"] == ["n": 3] && then["version"] == 2)
        #expect(try await server.get("/v1/streams/order-0/state?at=position:0").status == 404)
    }

    @Test("Events go in and out as CloudEvents, and what they came with goes out again")
    func cloudEvents() async throws {
        let server = try ServerProcess()
        let event =
            #"{"specversion":"1.0","id":"17","source":"/shop","type":"order.placed","time":"2026-01-02T03:04:05Z","subject":"s","region":"eu","data":{"n":1}}"#
        let first = try await server.post("/v1/streams/order-1/events", event, type: "application/cloudevents+json")
        #expect(first.status == 201)
        let again = try await server.post("/v1/streams/order-1/events", "[\(event)]", type: "application/cloudevents-batch+json")
        #expect(again.status == 200 && again.text == first.text)
        let stored = try await server.get("/v1/streams/order-1/events").json["events"]?.arrayValue?.first
        #expect(stored?["occurredAt"] == "2026-01-02T03:04:05Z")
        #expect(stored?["metadata"]?["cloudEvent"]?["id"] == "17")
        let out = try await server.get("/v1/events", headers: ["Accept": "application/cloudevents-batch+json"])
        #expect(out["Content-Type"] == "application/cloudevents-batch+json")
        let sent = try out.json.arrayValue?.first
        #expect(sent?["id"] == "17" && sent?["source"] == "/shop" && sent?["region"] == "eu" && sent?["subject"] == "s")
        #expect(sent?["time"] == "2026-01-02T03:04:05Z" && sent?["data"] == ["n": 1] && sent?["specversion"] == "1.0")
        #expect(sent?["hindsightposition"] == "1")
        for (body, pointer) in [
            (#"{"id":"1","source":"s","type":"t","data":{}}"#, "/specversion"),
            (#"{"specversion":"1.0","source":"s","type":"t","data":{}}"#, "/id"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#, "/data"),
            (#"{"specversion":"1.0","id":"1","source":"s","data":{}}"#, "/type"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"eA=="}"#, "/data_base64"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t","data":{},"bad-name":1}"#, "/bad-name"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t","data":{},"time":"noon"}"#, "/time"),
        ] {
            let answer = try await server.post("/v1/streams/order-1/events", body, type: "application/cloudevents+json")
            #expect(answer.status == 400)
            #expect(try answer.json["pointer"] == .string(pointer))
        }
    }

    @Test("A number too large for ours is kept as it was spelled, and its stream still has a state")
    func largeNumbers() async throws {
        let server = try ServerProcess()
        #expect(try await server.post("/v1/streams/a/events", #"{"type":"t","data":{"n":1e400,"m":1.50}}"#).status == 201)
        #expect(try await server.get("/v1/streams/a/events").text.contains(#""data":{"n":1e400,"m":1.50}"#))
        let state = try await server.get("/v1/streams/a/state")
        #expect(try state.status == 200 && state.json["state"]?["n"] == "1e400")
    }

    @Test("Metadata that only look like those of a CloudEvent make no bad one")
    func forgedCloudEvent() async throws {
        let server = try ServerProcess()
        let forged = #"{"type":"t","data":{},"metadata":{"cloudEvent":{"id":5,"source":null,"specversion":"9","Bad":1,"ok":"x"}}}"#
        #expect(try await server.post("/v1/streams/a/events", forged).status == 201)
        let event = try await server.get("/v1/events", headers: ["Accept": "application/cloudevents-batch+json"]).json.arrayValue?.first
        #expect(event?["id"]?.stringValue.flatMap(UUID.init(uuidString:)) != nil)
        #expect(event?["source"] == "/v1/streams/a" && event?["specversion"] == "1.0" && event?["ok"] == "x" && event?["Bad"] == nil)
    }

    @Test("A form that an answer doesn't have, or that a body isn't read in, is refused")
    func forms() async throws {
        let server = try ServerProcess()
        #expect(try await server.get("/v1/events", headers: ["Accept": "image/png"]).status == 406)
        #expect(try await server.get("/v1/events", headers: ["Accept": "image/png, application/*;q=0.1"]).status == 200)
        #expect(try await server.post("/v1/streams/a/events", "x", type: "text/plain").status == 415)
        #expect(
            try await server.post("/v1/streams/a/events", #"{"type":"t","data":{}}"#, headers: ["Content-Encoding": "gzip"]).status == 415)
        #expect(
            try await server.post("/v1/streams/a/events", #"{"type":"t","data":{}}"#, type: "application/json; charset=latin1").status
                == 415)
        #expect(
            try await server.post("/v1/streams/a/events", #"{"type":"t","data":{}}"#, type: "application/json; charset=UTF-8").status == 201
        )
    }
}

@Suite("The log over HTTP")
struct LogRouteTests {
    @Test("Its numbers, its chain and its export are those of the command line")
    func log() async throws {
        let server = try ServerProcess()
        #expect(try await server.get("/v1/log").json["head"] == 0)
        #expect(try await server.get("/v1/log").json["recordedAt"] == nil)
        let events = (0..<2_500).map { #"{"type":"t","data":{"n":\#($0)}}"# }.joined(separator: ",")
        #expect(try await server.post("/v1/streams/a-1/events", "[\(events)]").status == 201)
        let log = try await server.get("/v1/log").json
        #expect(log["head"] == 2_500 && log["events"] == 2_500 && log["streams"] == 1 && log["engine"] == "sqlite")
        let verdict = try #require(try await server.get("/v1/log/verify").lines.last)
        #expect(verdict["verified"] == true && verdict["through"] == 2_500 && verdict["digest"] == log["digest"])
        let export = try await server.get("/v1/log/export?after=1000&until=2000")
        let lines = try export.lines
        #expect(lines.count == 1_000 && lines.first?["position"] == 1_001 && lines.last?["position"] == 2_000)
        #expect(lines.allSatisfy { $0["salt"] != nil && $0["commitment"] != nil && $0["encoding"] == 0 })
        #expect(export["Hindsight-Position"] == "2000")
        #expect(try await server.get("/v1/log/export?after=9999").text.isEmpty)
    }

    @Test("An attestation is signed by the configured key, proves the log, and stands in it")
    func attestation() async throws {
        let folder = try TestFolder()
        try folder.write(Self.privateKey, to: "attest.pem")
        let server = try ServerProcess(in: folder, settings: ["attestation.key=\(folder.path)/attest.pem"])
        #expect(try await server.post("/v1/log/attestations", "").status == 409)
        #expect(try await server.post("/v1/streams/a/events", #"{"type":"t","data":{}}"#).status == 201)
        let answer = try await server.post("/v1/log/attestations", "{}")
        #expect(answer.status == 201)
        let attestation = try JSON.decode(Attestation.self, from: answer.bytes)
        #expect(attestation.position == 1 && attestation.isSigned(by: nil))
        let told = try await server.get("/v1/events?after=1").json["events"]?.arrayValue?.first
        #expect(told?["type"] == "hindsight.log-attested" && told?["metadata"]?["actor"] == "local")
        let other = try ServerProcess()
        let refused = try await other.post("/v1/log/attestations", "")
        #expect(refused.status == 409)
        #expect(try refused.json["type"] == "/problems/not-configured")
    }

    /// Of an Ed25519 key made for this test.
    private static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----
        """
}
