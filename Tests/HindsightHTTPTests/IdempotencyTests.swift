import Foundation
import HindsightCore
import NIOHTTP1
import Testing

@Suite("Idempotency keys")
struct IdempotencyTests {
    private let placed = #"{"type":"t","data":{"n":1}}"#

    @Test("The same key and body give the same answer for ever; another body is refused")
    func append() async throws {
        let folder = try TestFolder()
        let server = try ServerProcess(in: folder)
        let key = ["Idempotency-Key": "order-17"]
        let first = try await server.post("/v1/streams/a-1/events", "[\(placed),\(placed)]", headers: key)
        #expect(first.status == 201)
        let again = try await server.post(
            "/v1/streams/a-1/events", "[ \(placed), \(placed) ]", headers: key.merging(["If-None-Match": "*"]) { $1 })
        #expect(again.status == 200 && again.text == first.text)
        let other = try await server.post("/v1/streams/a-1/events", "[\(placed)]", headers: key)
        #expect(other.status == 422)
        #expect(try other.json["type"] == "/problems/idempotency-key-reused")
        // The key is of the call: another stream is another request.
        #expect(try await server.post("/v1/streams/a-2/events", "[\(placed),\(placed)]", headers: key).status == 201)
        server.stop()
        let restarted = try ServerProcess(in: folder)
        let later = try await restarted.post("/v1/streams/a-1/events", "[\(placed),\(placed)]", headers: key)
        #expect(later.status == 200 && later.text == first.text)
        #expect(try await restarted.get("/v1/log").json["head"] == 4)
    }

    @Test("Events that bring ids are known by them, and the key is ignored")
    func ownIDs() async throws {
        let server = try ServerProcess()
        let key = ["Idempotency-Key": "k"]
        let one = #"{"id":"\#(UUID().uuidString)","type":"t","data":{}}"#
        let two = #"{"id":"\#(UUID().uuidString)","type":"t","data":{}}"#
        #expect(try await server.post("/v1/streams/a/events", one, headers: key).status == 201)
        #expect(try await server.post("/v1/streams/a/events", two, headers: key).status == 201)
        #expect(try await server.post("/v1/streams/a/events", one, headers: key).status == 200)
    }

    @Test("A refused request leaves its key free")
    func refused() async throws {
        let server = try ServerProcess()
        let key = ["Idempotency-Key": "k"]
        #expect(try await server.post("/v1/streams/a/events", placed, headers: key.merging(["If-Match": "*"]) { $1 }).status == 412)
        #expect(try await server.post("/v1/streams/a/events", placed, headers: key).status == 201)
    }

    @Test("An append to several streams is repeated by its key as well")
    func several() async throws {
        let server = try ServerProcess()
        let body = #"{"appends":[{"stream":"a","events":[\#(placed)]},{"stream":"b","events":[\#(placed)]}]}"#
        let key = ["Idempotency-Key": "k"]
        let first = try await server.post("/v1/append", body, headers: key)
        let again = try await server.post("/v1/append", body, headers: key)
        #expect(first.status == 201 && again.status == 200 && first.text == again.text)
        #expect(try await server.post("/v1/append", body.replacingOccurrences(of: "\"b\"", with: "\"c\""), headers: key).status == 422)
    }

    @Test("Requests with one key that come at once are stored once, and answered alike")
    func atOnce() async throws {
        let server = try ServerProcess()
        let terms = BillingRouteTests.terms
        let answers = try await withThrowingTaskGroup(of: ServerProcess.Answer.self) { group in
            for _ in 0..<8 {
                group.addTask { [address = server.address] in
                    try await ServerProcess.ask(address, .PUT, "/v1/billing/subscriptions/s1", terms, headers: ["Idempotency-Key": "k"])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map(\.text)).count == 1)
        #expect(answers.allSatisfy { $0.status == 200 || $0.status == 201 })
        #expect(try await server.get("/v1/streams/subscription-s1/events").json["version"] == 1)
    }

    @Test("Whoever repeats while the first request runs gets its answer, and no refusal")
    func repeatsMeanwhile() async throws {
        let server = try ServerProcess()
        for number in 0..<10 {
            let path = "/v1/billing/subscriptions/s\(number)"
            #expect(try await server.put(path, BillingRouteTests.terms).status == 201)
            let answers = try await withThrowingTaskGroup(of: ServerProcess.Answer.self) { group in
                for _ in 0..<4 {
                    group.addTask { [address = server.address] in
                        try await ServerProcess.ask(address, .POST, "\(path)/cancel", "{}", headers: ["Idempotency-Key": "k"])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 } && Set(answers.map(\.text)).count == 1)
        }
    }

    @Test("Lines with a key are stored once, and a card's keyed answer tells of the same merge")
    func linesAndCards() async throws {
        let server = try ServerProcess()
        let key = ["Idempotency-Key": "k"]
        let lines = "\(placed)\n\(placed)\n"
        let first = try await server.ask(.POST, "/v1/streams/a/events", lines, headers: key, type: "application/x-ndjson")
        let again = try await server.ask(.POST, "/v1/streams/a/events", lines, headers: key, type: "application/x-ndjson")
        #expect(try first.lines.map { $0["position"] } == [1, 2] && again.lines.map { $0["position"] } == [1, 2])
        let person =
            #"{"attributes":{"surname":"Иванов","givenName":"Пётр","patronymic":"Сергеевич","birthDate":"01.02.1980","passport":"4510 123456"}}"#
        #expect(try await server.put("/v1/mdm/cards/CRM/1", person).status == 201)
        let card = try await server.put("/v1/mdm/cards/IB/2", person, headers: key)
        #expect(try card.json["decisions"]?.arrayValue?.contains("merged") == true)
        #expect(try await server.post("/v1/mdm/past-value-runs", "", headers: key).status == 200)
        let repeated = try await server.put("/v1/mdm/cards/IB/2", person, headers: key)
        #expect(repeated.text == card.text && repeated["Hindsight-Position"] == card["Hindsight-Position"])
        let then = try await server.get("/v1/mdm/golden?card=IB:2&at=position:\(card["Hindsight-Position"] ?? "")")
        #expect(try then.json["members"] == ["CRM:1", "IB:2"])
    }

    @Test("A domain's answer to a key stays as it was, whatever has happened since")
    func domains() async throws {
        let server = try ServerProcess()
        let key = ["Idempotency-Key": "k"]
        let first = try await server.put("/v1/billing/subscriptions/s1", BillingRouteTests.terms, headers: key)
        #expect(first.status == 201)
        #expect(try await server.post("/v1/billing/subscriptions/s1/cancel", "{}").status == 200)
        let again = try await server.put("/v1/billing/subscriptions/s1", BillingRouteTests.terms, headers: key)
        #expect(again.status == 200 && again.text == first.text)
        #expect(try again.json["status"] == "active")
        let other = BillingRouteTests.terms.replacingOccurrences(of: "1200", with: "1300")
        #expect(try await server.put("/v1/billing/subscriptions/s1", other, headers: key).status == 422)
        let bad = try await server.put("/v1/billing/subscriptions/s1", BillingRouteTests.terms, headers: ["Idempotency-Key": "a b"])
        #expect(bad.status == 400)
    }
}
