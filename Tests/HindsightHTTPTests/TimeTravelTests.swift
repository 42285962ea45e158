import HindsightCore
import NIOHTTP1
import Testing

@Suite("Two clocks over HTTP")
struct TimeTravelTests {
    private static let prices = """
        [{"type":"price-set","occurredAt":"2026-01-10T00:00:00Z","data":{"amount":250,"shelf":{"row":1}},"metadata":{"actor":"ann"}},
        {"type":"price-set","occurredAt":"2026-03-01T00:00:00Z","data":{"amount":300}},
        {"type":"price-set","occurredAt":"2026-02-01T00:00:00Z","data":{"amount":270}}]
        """

    private func filled() async throws -> ServerProcess {
        let server = try ServerProcess()
        #expect(try await server.post("/v1/streams/price-1/events", Self.prices).status == 201)
        return server
    }

    @Test("A state is asked for by either clock, and says by which it is")
    func state() async throws {
        let server = try await filled()
        let recorded = try await server.get("/v1/streams/price-1/state").json
        #expect(recorded["state"] == ["amount": 270, "shelf": ["row": 1]] && recorded["view"] == "recorded" && recorded["occurred"] == nil)
        for (query, amount) in [
            ("occurred=2026-05-03T00:00:00Z", 300), ("occurred=2026-02-15T03:00:00+03:00", 270), ("occurred=2026-01-31T00:00:00Z", 250),
            ("occurred=2999-01-01T00:00:00Z", 300), ("occurred=2026-05-03T00:00:00Z&at=position:1", 250),
        ] as [(String, Int64)] {
            let answer = try await server.get("/v1/streams/price-1/state?\(query)")
            #expect(answer.status == 200)
            #expect(try answer.json["state"]?["amount"] == .integer(amount), "\(query)")
            #expect(try answer.json["view"] == "occurred")
        }
        #expect(try await server.get("/v1/streams/price-1/state?occurred=2026-05-03T00:00:00Z&at=position:1")["Hindsight-Position"] == "1")
    }

    @Test("A diff tells what became different between two moments")
    func diff() async throws {
        let server = try await filled()
        let answer = try await server.get("/v1/streams/price-1/diff?from=position:1&to=position:2")
        #expect(answer.status == 200 && answer["Hindsight-Position"] == "2")
        #expect(
            try answer.json == [
                "stream": "price-1", "from": 1, "to": 2, "changes": [["pointer": "/amount", "from": 250, "to": 300]],
            ])
        #expect(
            try await server.get("/v1/streams/price-1/diff?from=1999-01-01T00:00:00Z&to=position:1").json["changes"]?.arrayValue?.count == 2
        )
    }

    @Test("Why names the events, their makers and what became of them")
    func why() async throws {
        let server = try await filled()
        let recorded = try await server.get("/v1/streams/price-1/why?field=amount").json
        let chain = try #require(recorded["chain"]?.arrayValue)
        #expect(recorded["value"] == 270 && recorded["field"] == "/amount" && recorded["omitted"] == 0)
        #expect(chain.map { $0["standing"] } == ["overwritten", "overwritten", "stands"])
        #expect(chain.map { $0["late"] } == [false, false, true])
        #expect(chain[0]["event"]?["actor"] == "ann" && chain[2]["behind"] == 2 && chain[2]["before"] == 300)
        let occurred = try await server.get("/v1/streams/price-1/why?field=%2Famount&occurred=2026-05-03T00:00:00Z&limit=1").json
        #expect(occurred["value"] == 300 && occurred["omitted"] == 2)
        #expect(occurred["chain"]?.arrayValue?.map { $0["standing"] } == ["stands"])
        #expect(try await server.get("/v1/streams/price-1/why?field=/shelf/row").json["value"] == 1)
    }

    @Test("What was believed on a day stands beside what is known of it since")
    func believed() async throws {
        let server = try await filled()
        let recorded = try await server.get("/v1/log").json["recordedAt"]?.stringValue
        let day = try #require(recorded.flatMap { Timestamp($0) })
        let late = #"{"type":"price-set","occurredAt":"2026-04-01T00:00:00Z","data":{"amount":310}}"#
        #expect(try await server.post("/v1/streams/price-1/events", late).status == 201)
        let answer = try await server.get("/v1/streams/price-1/believed?on=\(day)&field=amount")
        #expect(answer.status == 200 && answer["Hindsight-Position"] == "4")
        #expect(try answer.json["believedAt"] == 3 && answer.json["knownAt"] == 4)
        let field = try #require(try answer.json["fields"]?.arrayValue?.first)
        #expect((field["believed"], field["known"], field["differs"], field["field"]) == (300, 310, true, "/amount"))
        #expect(field["believedBy"]?["position"] == 2 && field["knownBy"]?["position"] == 4)
        let before = try await server.get("/v1/streams/price-1/believed?on=\(day)&at=position:3").json["fields"]?.arrayValue
        #expect(before?.map { $0["differs"] } == [false, false])
    }

    @Test(
        "A question that means nothing names its parameter",
        arguments: [
            ("state?occurred=position:1", "occurred", "a position says when something was recorded, not when it occurred"),
            ("state?occurred=2026-05-03T00:00:00", "occurred", "with Z or an offset"),
            ("state?occurred=", "occurred", "must be an instant"),
            ("state?occurred=2026-05-03T00:00:00Z&at=2999-01-01T00:00:00Z", "at", "is not past yet"),
            ("diff?from=position:1", "to", "is missing"), ("diff?from=position:9&to=position:1", "from", "the log ends at position 3"),
            ("diff?from=position:1&to=2999-01-01T00:00:00Z", "to", "is not past yet"),
            ("diff?from=yesterday&to=position:1", "from", "must be an instant"), ("why", "field", "is missing"),
            ("why?field=", "field", "must not be empty"), ("why?field=a&limit=0", "limit", "must be a whole number from 1 to 1000"),
            ("why?field=a&occurred=now", "occurred", "must be an instant"), ("believed", "on", "is missing"),
            ("believed?on=position:1", "on", "a position says when"), ("believed?on=2999-01-01T00:00:00Z", "on", "is not past yet"),
            ("believed?on=2026-05-03T00:00:00Z&at=2026-05-02T00:00:00Z", "at", "lies before on"),
            ("believed?on=2026-05-03T00:00:00Z&field=", "field", "must not be empty"),
            ("state?occurred=now&more=1", "more", "no parameter"),
        ])
    func badQuestions(_ question: String, _ field: String, _ reason: String) async throws {
        let server = try await filled()
        let answer = try await server.get("/v1/streams/price-1/\(question)")
        #expect(answer.status == 400)
        #expect(try answer.json["field"] == .string(field))
        #expect(try answer.json["detail"]?.stringValue?.contains(reason) == true, "\(answer.text)")
    }

    @Test(
        "What is not there is 404, and says what",
        arguments: [
            ("price-2/state?occurred=2026-05-03T00:00:00Z", "/problems/unknown-stream", "there is no stream price-2 at position 3"),
            ("price-1/state?occurred=1999-01-01T00:00:00Z", "/problems/unknown-stream", "to have occurred in stream price-1 by 1999"),
            (
                "price-1/diff?from=position:0&to=1999-01-01T00:00:00Z", "/problems/unknown-stream",
                "there is no stream price-1 at position 0"
            ),
            ("price-2/why?field=amount", "/problems/unknown-stream", "there is no stream price-2"),
            ("price-1/why?field=colour", "/problems/unknown-resource", "has set /colour"),
            ("price-1/believed?on=1999-01-01T00:00:00Z", "/problems/unknown-stream", "to have occurred in stream price-1 by 1999"),
            ("price-1/believed?on=2026-05-03T00:00:00Z&field=colour", "/problems/unknown-resource", "has set /colour"),
            ("price-2/believed?on=2026-05-03T00:00:00Z", "/problems/unknown-stream", "there is no stream price-2"),
        ])
    func missing(_ question: String, _ type: String, _ detail: String) async throws {
        let server = try await filled()
        let answer = try await server.get("/v1/streams/\(question)")
        #expect(answer.status == 404)
        #expect(try answer.json["type"] == .string(type))
        #expect(try answer.json["detail"]?.stringValue?.contains(detail) == true, "\(answer.text)")
    }
}
