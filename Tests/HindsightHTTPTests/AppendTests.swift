import Foundation
import HindsightCore
import NIOHTTP1
import Testing

@Suite("Appending over HTTP")
struct AppendTests {
    private let placed = #"{"type":"order.placed","data":{"total":12.50}}"#

    @Test("The first event of an empty log has position 1, and is answered with where it stands")
    func first() async throws {
        let server = try ServerProcess()
        let answer = try await server.post("/v1/streams/order-1/events", placed)
        #expect(answer.status == 201)
        let receipt = try answer.json
        #expect(receipt["stream"] == "order-1" && receipt["version"] == 1)
        #expect(receipt["firstPosition"] == 1 && receipt["lastPosition"] == 1)
        #expect(answer["ETag"] == "\"1\"" && answer["Hindsight-Position"] == "1")
        #expect(receipt["recordedAt"]?.stringValue?.hasSuffix("Z") == true)
    }

    @Test("Data and metadata are kept as they were spelled, less white space between their tokens")
    func bytes() async throws {
        let server = try ServerProcess()
        let event =
            "{ \"data\" : { \"b\":1.50, \"a\":\"\\u00e9/\\/\" },\n \"metadata\":{\"z\":1 , \"y\":null},\"type\":\"t\",\"tags\":[\"k:v\",\"k:v\"] }"
        #expect(try await server.post("/v1/streams/order-1/events", event).status == 201)
        let text = try await server.get("/v1/streams/order-1/events").text
        #expect(text.contains(#""data":{"b":1.50,"a":"\u00e9/\/"},"metadata":{"z":1,"y":null},"tags":["k:v","k:v"]"#))
    }

    @Test(
        "A precondition of HTTP is the version that the stream must have",
        arguments: [
            (["If-Match": "\"2\""], 201), (["If-Match": "*"], 201), (["If-Match": "\"1\""], 412), (["If-None-Match": "*"], 412),
            (["If-Match": "\"7\""], 412), (["If-Match": "2"], 400), (["If-Match": "\"2\", \"3\""], 400), (["If-None-Match": "\"2\""], 400),
            (["If-Match": "\"02\""], 400), (["If-Match": "*", "If-None-Match": "*"], 400), ([:], 201),
        ])
    func preconditions(_ headers: [String: String], _ status: Int) async throws {
        let server = try ServerProcess()
        #expect(try await server.post("/v1/streams/order-1/events", "[\(placed),\(placed)]").status == 201)
        let answer = try await server.post("/v1/streams/order-1/events", placed, headers: headers)
        #expect(answer.status == status)
        if status == 412 { #expect(try answer.json["actualVersion"] == 2) }
        let version = try await server.get("/v1/streams/order-1/events")["ETag"]
        #expect(version == (status == 201 ? "\"3\"" : "\"2\""))
    }

    @Test("A stream that must exist and doesn't is at version 0; one that must not is made")
    func missing() async throws {
        let server = try ServerProcess()
        let refused = try await server.post("/v1/streams/order-1/events", placed, headers: ["If-Match": "*"])
        #expect(refused.status == 412)
        #expect(try refused.json["actualVersion"] == 0)
        #expect(try await server.post("/v1/streams/order-1/events", placed, headers: ["If-None-Match": "*"]).status == 201)
    }

    @Test("The same ids and content again give the original answer, whatever the precondition and however grouped")
    func repeats() async throws {
        let server = try ServerProcess()
        let ids = (0..<3).map { _ in UUID().uuidString.lowercased() }
        let events = ids.map { #"{"id":"\#($0)","type":"t","data":{}}"# }
        let first = try await server.post("/v1/streams/order-1/events", "[\(events[0]),\(events[1])]")
        #expect(try await server.post("/v1/streams/order-1/events", events[2]).status == 201)
        let again = try await server.post(
            "/v1/streams/order-1/events", "[\(events[0]),\(events[1])]", headers: ["If-None-Match": "*", "traceparent": Self.trace("a")])
        #expect(again.status == 200)
        #expect(again.text == first.text)
        let regrouped = try await server.post("/v1/streams/order-1/events", "[\(events[1]),\(events[2])]")
        #expect(regrouped.status == 200)
        #expect(try regrouped.json["firstPosition"] == 2 && regrouped.json["lastPosition"] == 3 && regrouped.json["version"] == 3)
        for (path, body) in [
            ("order-1", "[\(events[2]),\(placed)]"), ("order-2", events[0]), ("order-1", #"{"id":"\#(ids[0])","type":"other","data":{}}"#),
            ("order-1", "[\(events[0]),\(events[2])]"),
        ] {
            let conflict = try await server.post("/v1/streams/\(path)/events", body)
            #expect(conflict.status == 409)
            #expect(try conflict.json["type"] == "/problems/id-conflict")
            #expect(try conflict.json["position"] != nil)
        }
        #expect(try await server.get("/v1/log").json["head"] == 3)
    }

    private static func trace(_ digit: String) -> String {
        "00-\(String(repeating: digit, count: 32))-\(String(repeating: digit, count: 16))-01"
    }

    @Test("A repeat is the same under another trace; what the client itself sends counts")
    func traces() async throws {
        let server = try ServerProcess()
        let id = UUID().uuidString.lowercased()
        func event(_ metadata: String) -> String { #"{"id":"\#(id)","type":"t","data":{},"metadata":\#(metadata)}"# }
        let first = try await server.post("/v1/streams/a/events", event(#"{"x":1}"#), headers: ["traceparent": Self.trace("a")])
        #expect(first.status == 201)
        let again = try await server.post(
            "/v1/streams/a/events", event(#"{"x":1}"#), headers: ["traceparent": Self.trace("b"), "X-Correlation-Id": "story-7"])
        #expect(again.status == 200 && again.text == first.text)
        #expect(try await server.post("/v1/streams/a/events", event(#"{"x":2}"#)).status == 409)
        let stored = try await server.get("/v1/streams/a/events").json["events"]?.arrayValue?.first
        #expect(stored?["metadata"] == ["x": 1, "traceparent": .string(Self.trace("a"))])
    }

    @Test("A name may be spelled with escapes, and nothing is hidden by it")
    func escapedNames() async throws {
        let server = try ServerProcess()
        let event = #"{"typ\u0065":"t","data":{},"metadata":{"\u0074raceparent":"mine"}}"#
        let answer = try await server.post("/v1/streams/a/events", event, headers: ["traceparent": Self.trace("a")])
        #expect(answer.status == 201)
        #expect(try await server.get("/v1/events").json["events"]?.arrayValue?.first?["metadata"] == ["traceparent": "mine"])
        let reserved = #"{"type":"t","data":{},"metadata":{"\u0073ubmittedBy":"root"}}"#
        #expect(try await server.post("/v1/streams/a/events", reserved).status == 400)
        let slashes = try await server.post("/v1/streams/a/events", #"{"type":"t","data":{},"a/b~c":1}"#)
        #expect(try slashes.json["pointer"] == "/a~1b~0c")
    }

    @Test("A repeat is known although what the server adds now would be too much")
    func largeRepeat() async throws {
        let server = try ServerProcess()
        let text = String(repeating: "x", count: (1 << 20) - 20)
        let event = #"{"id":"\#(UUID().uuidString)","type":"t","data":{"a":"\#(text)"}}"#
        let first = try await server.post("/v1/streams/a/events", event)
        #expect(first.status == 201)
        let again = try await server.post("/v1/streams/a/events", event, headers: ["X-Correlation-Id": "a-long-story"])
        #expect(again.status == 200 && again.text == first.text)
    }

    @Test("A line that comes byte by byte costs no more than its length, and one that is too long is refused", .timeLimit(.minutes(1)))
    func slowLines() async throws {
        let server = try ServerProcess()
        let connection = try RawConnection(port: server.port)
        connection.send(
            "POST /v1/streams/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"
                + "Connection: close\r\n\r\n")
        let line = #"{"type":"t","data":{"text":"\#(String(repeating: "x", count: 200_000))"}}"# + "\n"
        for start in stride(from: 0, to: line.utf8.count, by: 8_000) {
            let piece = Array(line.utf8)[start..<min(start + 8_000, line.utf8.count)]
            connection.send(piece.flatMap { Array("1\r\n".utf8) + [$0] + Array("\r\n".utf8) })
        }
        connection.send("0\r\n\r\n")
        #expect(connection.read()?.contains(#""version":1"#) == true)
        let long = try await server.post(
            "/v1/streams/a/events", #"{"type":"t","data":{}}"# + "\n" + String(repeating: "y", count: 5 << 20), type: "application/x-ndjson"
        )
        #expect(try long.lines.map { $0["status"] ?? $0["version"] } == [2, 413])
    }

    @Test("What is asked for wrongly names its place, and stores nothing")
    func badEvents() async throws {
        let server = try ServerProcess()
        let id = UUID().uuidString
        let cases: [(body: String, status: Int, pointer: String)] = [
            (#"{"data":{}}"#, 400, "/type"), (#"{"type":"t"}"#, 400, "/data"), (#"[{"type":"t","data":{}},{"data":{}}]"#, 400, "/1/type"),
            (#"{"type":"t","data":[]}"#, 400, "/data"), (#"{"type":7,"data":{}}"#, 400, "/type"), (#"{"type":"","data":{}}"#, 400, "/type"),
            (#"{"type":"t","data":{},"schemaVersion":0}"#, 400, "/schemaVersion"),
            (#"{"type":"t","data":{},"schemaVersion":"1"}"#, 400, "/schemaVersion"),
            (#"{"type":"t","data":{},"id":"x"}"#, 400, "/id"), (#"{"type":"t","data":{},"occurredAt":"yesterday"}"#, 400, "/occurredAt"),
            (#"{"type":"t","data":{},"tags":["nocolon"]}"#, 400, "/tags/0"), (#"{"type":"t","data":{},"tags":"k:v"}"#, 400, "/tags"),
            (#"{"type":"t","data":{},"metadata":[]}"#, 400, "/metadata"), (#"{"type":"t","data":{},"more":1}"#, 400, "/more"),
            (#"[{"type":"t","data":{}},3]"#, 400, "/1"), ("[]", 400, ""), ("", 400, ""), ("nonsense", 400, ""), ("3", 400, ""),
            (#"{"type":"t","data":{"a":1,"a":2}}"#, 400, ""), (#"{"type":"t","data":{"a":"\ud800"}}"#, 400, ""),
            (#"{"type":"hindsight.x","data":{}}"#, 403, "/type"), (#"{"type":"billing-retries.invoice-paid","data":{}}"#, 403, "/type"),
            (#"{"type":"\#(String(repeating: "t", count: 256))","data":{}}"#, 400, "/type"),
        ]
        for (body, status, pointer) in cases {
            let answer = try await server.post("/v1/streams/order-1/events", body)
            #expect(answer.status == status, "\(body.prefix(80))")
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(try answer.json["pointer"] == .string(pointer), "\(body.prefix(80)): \(answer.text)")
        }
        let twice = #"[{"id":"\#(id)","type":"t","data":{}},{"id":"\#(id)","type":"t","data":{}}]"#
        #expect(try await server.post("/v1/streams/order-1/events", twice).status == 400)
        #expect(
            try await server.ask(
                .POST, "/v1/streams/order-1/events", bytes: Array(#"{"type":"t","data":{"a":""#.utf8) + [0xff] + Array(#""}}"#.utf8)
            ).status == 400)
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try await server.post("/v1/streams/order-1/events", #"{"type":"t","data":{"a":\#(deep)}}"#).status == 400)
        let large = String(repeating: "x", count: 1 << 20)
        #expect(try await server.post("/v1/streams/order-1/events", #"{"type":"t","data":{"a":"\#(large)"}}"#).status == 413)
        #expect(try await server.get("/v1/log").json["head"] == 0)
        let fits = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        #expect(try await server.post("/v1/streams/order-1/events", #"{"type":"t","data":{"a":\#(fits)}}"#).status == 201)
    }

    @Test("A body over the limit is refused, and the server goes on")
    func tooLarge() async throws {
        let server = try ServerProcess(settings: ["limits.bodyBytes=2048"])
        let answer = try await server.post("/v1/streams/a/events", #"{"type":"t","data":{"a":"\#(String(repeating: "x", count: 4_000))"}}"#)
        #expect(answer.status == 413)
        #expect(try await server.post("/v1/streams/a/events", placed).status == 201)
    }

    @Test(
        "A stream's name comes percent-encoded in the path, and is decoded once",
        arguments: [
            ("card%2DCRM%3A1024", "card-CRM:1024"), ("a-%2F%2525", "a-/%25"), ("a-%C3%A9", "a-é"), ("a-b%20c", "a-b c"), ("a-b+c", "a-b+c"),
        ])
    func names(_ encoded: String, _ name: String) async throws {
        let server = try ServerProcess()
        let owned = name.hasPrefix("card-")
        let answer = try await server.post("/v1/streams/\(encoded)/events", placed)
        #expect(answer.status == (owned ? 400 : 201))
        if !owned { #expect(try answer.json["stream"] == .string(name)) }
    }

    @Test("A name that is none is refused", arguments: ["-x", "1a-b", "a-%00", String(repeating: "a", count: 65)])
    func badNames(_ name: String) async throws {
        let server = try ServerProcess()
        let answer = try await server.post("/v1/streams/\(name)/events", placed)
        #expect(answer.status == 400)
        #expect(try answer.json["field"] == "stream")
    }

    @Test("A path that is no percent-encoded UTF-8 is refused", arguments: ["a-%ff", "a-%zz", "a-%", "a-%2"])
    func badEncodings(_ name: String) throws {
        let server = try ServerProcess()
        let connection = try RawConnection(port: server.port)
        connection.send("GET /v1/streams/\(name)/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(connection.read()?.contains(#""field":"stream","status":400"#) == true)
    }

    @Test("Several streams are appended to together, or not at all")
    func several() async throws {
        let server = try ServerProcess()
        let body =
            #"{"appends":[{"stream":"a-1","expected":"none","events":[\#(placed)]},{"stream":"b-1","events":[\#(placed),\#(placed)]},{"stream":"a-1","expected":1,"events":[\#(placed)]}]}"#
        let answer = try await server.post("/v1/append", body)
        #expect(answer.status == 201)
        #expect(try answer.json["firstPosition"] == 1 && answer.json["lastPosition"] == 4)
        #expect(try answer.json["streams"] == [["stream": "a-1", "version": 2], ["stream": "b-1", "version": 2]])
        let refused = try await server.post("/v1/append", body)
        #expect(refused.status == 412)
        #expect(try refused.json["expectedVersion"] == "none" && refused.json["actualVersion"] == 2)
        let checked = #"{"appends":[{"stream":"c-1","events":[\#(placed)]}],"checks":[{"stream":"a-1","expected":3}]}"#
        #expect(try await server.post("/v1/append", checked).status == 412)
        #expect(try await server.get("/v1/log").json["head"] == 4)
    }

    @Test("A condition on types and tags keeps out what contradicts it, and names the event that does")
    func condition() async throws {
        let server = try ServerProcess()
        let seat = #"{"type":"seat.taken","data":{},"tags":["seat:7","row:2"]}"#
        func take(_ query: String, after: Int) async throws -> ServerProcess.Answer {
            try await server.post(
                "/v1/append", #"{"appends":[{"stream":"seat-7","events":[\#(seat)]}],"condition":{"query":\#(query),"after":\#(after)}}"#)
        }
        #expect(try await take(#"[{"types":["seat.taken"],"tags":["seat:7"]}]"#, after: 0).status == 201)
        let refused = try await take(#"[{"types":["seat.taken"],"tags":["seat:7","row:2"]}]"#, after: 0)
        #expect(refused.status == 412)
        #expect(try refused.json["type"] == "/problems/condition-failed" && refused.json["position"] == 1)
        #expect(try await take(#"[{"tags":["seat:7"]}]"#, after: 1).status == 201)
        #expect(try await take("[{}]", after: 1).json["position"] == 2)
        #expect(try await take("[]", after: 0).status == 400)
        let found = try await server.post("/v1/events/query", #"{"query":[{"tags":["seat:7"]}],"after":1}"#)
        #expect(try found.json["head"] == 2)
        #expect(try found.json["events"]?.arrayValue?.map { $0["position"] } == [2])
    }

    @Test(
        "Every field of an append to several streams is checked",
        arguments: [
            ("{}", "/appends"), (#"{"appends":[]}"#, "/appends"), (#"{"appends":{}}"#, "/appends"), (#"{"appends":[3]}"#, "/appends/0"),
            (#"{"appends":[{"events":[]}]}"#, "/appends/0/stream"), (#"{"appends":[{"stream":"a"}]}"#, "/appends/0/events"),
            (#"{"appends":[{"stream":"a","events":[]}]}"#, "/appends/0/events"),
            (#"{"appends":[{"stream":"a","events":[{}]}]}"#, "/appends/0/events/0/type"),
            (#"{"appends":[{"stream":"a","expected":-1,"events":[EVENT]}]}"#, "/appends/0/expected"),
            (#"{"appends":[{"stream":"a","expected":"some","events":[EVENT]}]}"#, "/appends/0/expected"),
            (#"{"appends":[{"stream":"a","events":[EVENT],"more":1}]}"#, "/appends/0/more"),
            (#"{"appends":[{"stream":"a","events":[EVENT]}],"more":1}"#, "/more"),
            (#"{"appends":[{"stream":"a","events":[EVENT]}],"checks":[{"stream":"b"}]}"#, "/checks/0/expected"),
            (#"{"appends":[{"stream":"a","events":[EVENT]}],"condition":{}}"#, "/condition/query"),
            (#"{"appends":[{"stream":"a","events":[EVENT]}],"condition":{"query":[{"tags":["x"]}]}}"#, "/condition/query/0/tags/0"),
            (#"{"appends":[{"stream":"a","events":[EVENT]}],"condition":{"query":[{}],"after":-1}}"#, "/condition/after"),
            (#"{"appends":[{"stream":"saga-x:1","events":[EVENT]}]}"#, "-"),
        ])
    func badBatches(_ body: String, _ pointer: String) async throws {
        let server = try ServerProcess()
        let answer = try await server.post("/v1/append", body.replacingOccurrences(of: "EVENT", with: placed))
        if pointer == "-" {
            #expect(answer.status == 403)
        } else {
            #expect(answer.status == 400)
            #expect(try answer.json["pointer"] == .string(pointer), "\(answer.text)")
        }
        #expect(try await server.get("/v1/log").json["head"] == 0)
    }

    @Test("Lines are appended as they come and each is acknowledged; the first bad one ends it")
    func lines() async throws {
        let server = try ServerProcess()
        let body = (1...250).map { #"{"type":"t","data":{"n":\#($0)}}"# }.joined(separator: "\n") + "\n\nnonsense\n" + placed + "\n"
        let answer = try await server.post("/v1/streams/a-1/events", body, type: "application/x-ndjson")
        #expect(answer.status == 200)
        let lines = try answer.lines
        #expect(lines.count == 251)
        #expect(lines[..<250].map { $0["version"] } == (1...250).map { .integer($0) })
        #expect(lines[250]["status"] == 400 && lines[250]["line"] == 252)
        #expect(try await server.get("/v1/log").json["head"] == 250)
    }
}
