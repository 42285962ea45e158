import Foundation
import HindsightCore
import NIOHTTP1
import Testing

@Suite("Customers' signals over HTTP") struct SignalRouteTests {
    private static let good = #"{"customer":"c1","takenAt":"2026-02-01T03:00:00Z","country":"DE","usage":{"activeDays":5}}"#

    private func server() async throws -> ServerProcess {
        let server = try ServerProcess(settings: ["clock=manual"])
        #expect(try await server.post("/v1/clock", #"{"now":"2026-02-01T04:00:00Z"}"#).status == 200)
        return server
    }

    private func send(_ lines: [String], to server: ServerProcess, key: String? = nil) async throws -> [JSONValue] {
        let answer = try await server.post(
            "/v1/billing/signals", lines.joined(separator: "\n"), headers: key.map { ["Idempotency-Key": $0] } ?? [:],
            type: "application/x-ndjson")
        #expect(answer.status == 200, "\(answer.text)")
        return try answer.lines
    }

    private static func tally(recorded: Int = 0, unchanged: Int = 0, refused: Int = 0) -> JSONValue {
        ["recorded": .integer(Int64(recorded)), "unchanged": .integer(Int64(unchanged)), "refused": .integer(Int64(refused))]
    }

    @Test("Good lines are recorded around bad ones, which are named by number and field")
    func lines() async throws {
        let server = try await server()
        let other = #"{"customer":"c2","takenAt":"2026-02-01T03:00:00+02:00","card":{"network":"visa","funding":null,"issuer":"bank-17"}}"#
        let said = try await send(
            [Self.good, "", "{", #"{"customer":"c 3","takenAt":"2026-02-01T03:00:00Z"}"#, other, Self.good], to: server)
        #expect(said.map { $0["line"] } == [3, 4, nil])
        #expect(said.dropLast().map { $0["error"]?["status"] } == [400, 400])
        #expect(said[1]["error"]?["pointer"] == "/customer")
        #expect(said.last == Self.tally(recorded: 2, unchanged: 1, refused: 2))
        let stored = try await server.get("/v1/streams/payer-c2/events").json["events"]?.arrayValue?.first
        #expect(stored?["type"] == "billing-retries.snapshot-recorded" && stored?["metadata"]?["actor"] == "local")
        #expect(stored?["data"]?["signals"] == ["takenAt": "2026-02-01T01:00:00Z", "card": ["issuer": "bank-17", "network": "visa"]])
        #expect(try await server.get("/v1/log").json["head"] == 2)
        #expect(try await send([], to: server) == [Self.tally()])
    }

    @Test(
        "Every field of a line is checked",
        arguments: [
            ("customer", "\"\"", "/customer"), ("customer", "7", "/customer"), ("customer", "null", "/customer"),
            ("takenAt", "\"soon\"", "/takenAt"), ("takenAt", "\"2026-02-01T04:00:01Z\"", "/takenAt"), ("takenAt", "null", "/takenAt"),
            ("country", "\"de\"", "/country"), ("country", "\"DEU\"", "/country"), ("country", "4", "/country"),
            ("usage", #"{"activeDays":8}"#, "/usage/activeDays"), ("usage", "{}", "/usage/activeDays"),
            ("usage", #"{"activeDays":1.5}"#, "/usage/activeDays"),
            ("usage", #"{"activeDays":1,"hoursSinceSeen":-1}"#, "/usage/hoursSinceSeen"),
            ("card", #"{"network":"vista"}"#, "/card/network"), ("card", #"{"funding":"cash"}"#, "/card/funding"),
            ("card", #"{"issuer":"a b"}"#, "/card/issuer"), ("card", #"{"number":"4242424242424242"}"#, "/card/number"),
            ("more", "1", "/more"),
        ])
    func badFields(_ field: String, _ value: String, _ pointer: String) async throws {
        let server = try await server()
        var line = try JSON.decode([String: JSONValue].self, from: Array(Self.good.utf8))
        line[field] = try JSON.decode(JSONValue.self, from: Array(value.utf8))
        let said = try await send([String(decoding: try JSON.encode(line), as: UTF8.self)], to: server)
        #expect(said.first?["line"] == 1 && said.first?["error"]?["pointer"] == .string(pointer), "\(said)")
        #expect(said.last == Self.tally(refused: 1))
        #expect(try await server.get("/v1/log").json["head"] == 0)
    }

    @Test("The same body again changes nothing; with a key it counts as recorded, even after something newer")
    func again() async throws {
        let server = try await server()
        let lines = (1...450).map { Self.good.replacingOccurrences(of: "c1", with: "c\($0)") }
        #expect(try await send(lines, to: server, key: "night-1") == [Self.tally(recorded: 450)])
        #expect(try await send(lines, to: server) == [Self.tally(unchanged: 450)])
        let newer = Self.good.replacingOccurrences(of: "03:00", with: "03:30")
        #expect(try await send([newer], to: server) == [Self.tally(recorded: 1)])
        let late = try await send([Self.good], to: server)
        #expect(late.first?["error"]?["pointer"] == "/takenAt" && late.first?["error"]?["status"] == 409)
        #expect(try await send(lines, to: server, key: "night-1") == [Self.tally(recorded: 450)])
        let reused = try await send([newer], to: server, key: "night-1")
        #expect(reused.first?["error"]?["type"] == "/problems/idempotency-key-reused")
        #expect(try await server.get("/v1/log").json["head"] == 451)
    }

    @Test("A line that is too long is passed over")
    func longLine() async throws {
        let server = try ServerProcess(settings: ["clock=manual", "limits.bodyBytes=4096"])
        #expect(try await server.post("/v1/clock", #"{"now":"2026-02-01T04:00:00Z"}"#).status == 200)
        let long = #"{"customer":""# + String(repeating: "x", count: 20_000) + #""}"#
        let said = try await send([long, Self.good], to: server)
        #expect(said.first?["line"] == 1 && said.first?["error"]?["status"] == 413)
        #expect(said.last == Self.tally(recorded: 1, refused: 1))
    }
}
