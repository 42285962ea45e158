import Foundation
import HindsightCore
import NIOHTTP1
import Testing

@Suite("Billing over HTTP")
struct BillingRouteTests {
    static let terms =
        #"{"customer":"c1","customerType":"individual","plan":"starter","amountMinor":1200,"currency":"EUR","period":"monthly","paymentMethod":"pm-1","timeZone":"Europe/Berlin"}"#

    @Test("A subscription starts, takes another payment method, and ends; its past can be read")
    func subscription() async throws {
        let server = try ServerProcess()
        let started = try await server.put("/v1/billing/subscriptions/s1", Self.terms)
        #expect(started.status == 201)
        #expect(try started.json["status"] == "active" && started.json["paymentMethod"] == "pm-1" && started.json["renewals"] == 0)
        let position = try #require(started["Hindsight-Position"])
        #expect(try await server.put("/v1/billing/subscriptions/s1", Self.terms).status == 200)
        let changed = try await server.put(
            "/v1/billing/subscriptions/s1", Self.terms.replacingOccurrences(of: "pm-1", with: "pm-2"))
        #expect(try changed.status == 200 && changed.json["paymentMethod"] == "pm-2")
        let other = try await server.put("/v1/billing/subscriptions/s1", Self.terms.replacingOccurrences(of: "1200", with: "1300"))
        #expect(other.status == 409)
        #expect(try await server.post("/v1/billing/subscriptions/s1/cancel", #"{"reason":"moved"}"#).json["status"] == "ended")
        #expect(try await server.post("/v1/billing/subscriptions/s1/cancel", "").status == 409)
        let then = try await server.get("/v1/billing/subscriptions/s1?at=position:\(position)")
        #expect(try then.json["status"] == "active" && then.json["paymentMethod"] == "pm-1")
        #expect(try await server.get("/v1/billing/subscriptions/none").status == 404)
        #expect(try await server.post("/v1/billing/subscriptions/none/cancel", "{}").status == 404)
        let actor = try await server.get("/v1/streams/subscription-s1/events").json["events"]?.arrayValue?.first?["metadata"]?["actor"]
        #expect(actor == "local")
    }

    @Test(
        "Every field of a subscription's terms is checked",
        arguments: [
            ("customer", "\"\""), ("customer", "7"), ("customerType", "\"robot\""), ("plan", "null"), ("amountMinor", "0"),
            ("amountMinor", "1.5"), ("amountMinor", "\"12\""), ("currency", "\"euro\""), ("currency", "\"XXQ\""), ("period", "\"daily\""),
            ("paymentMethod", "\"a b\""), ("timeZone", "\"Mars/Base\""), ("timeZone", "\"GMT+0530\""),
            ("periodEndsAt", "\"soon\""), ("more", "1"),
        ])
    func badTerms(_ field: String, _ value: String) async throws {
        let server = try ServerProcess()
        var terms = try JSON.decode([String: JSONValue].self, from: Array(Self.terms.utf8))
        terms[field] = try JSON.decode(JSONValue.self, from: Array(value.utf8))
        let answer = try await server.put("/v1/billing/subscriptions/s1", String(decoding: try JSON.encode(terms), as: UTF8.self))
        #expect(answer.status == 400, "\(answer.text)")
        #expect(try answer.json["pointer"] == .string("/\(field)"))
        #expect(try await server.get("/v1/log").json["head"] == 0)
    }

    @Test("A currency that is none is named, a zone is kept as it was written, and a reference is checked where it stands")
    func words() async throws {
        let server = try ServerProcess()
        let unknown = try await server.put(
            "/v1/billing/subscriptions/s1", Self.terms.replacingOccurrences(of: "EUR", with: "XYZ"))
        #expect(try unknown.status == 400 && unknown.json["detail"] == "/currency: XYZ is no currency of ISO 4217", "\(unknown.text)")
        let universal = try await server.put(
            "/v1/billing/subscriptions/s1", Self.terms.replacingOccurrences(of: "Europe/Berlin", with: "UTC"))
        #expect(try universal.status == 201 && universal.json["timeZone"] == "UTC", "\(universal.text)")
        for reference in ["r 1", "r\\u0007", ""] {
            let answer = try await server.post("/v1/billing/invoices/s1.1/paid-elsewhere", #"{"reference":"\#(reference)"}"#)
            #expect(try answer.status == 400 && answer.json["pointer"] == "/reference", "\(answer.text)")
        }
        #expect(try await server.post("/v1/billing/invoices/s1.1/paid-elsewhere", #"{"reference":"r1"}"#).status == 404)
    }

    @Test("An experiment in which a model decides keeps a hold-out, whichever is defined first, policy or experiment")
    func holdOut() async throws {
        let server = try ServerProcess()
        func experiment(_ policy: String, holdOut: String) async throws -> (status: Int, body: JSONValue) {
            let answer = try await server.put(
                "/v1/billing/experiments/collection",
                #"{"salt":"s","arms":[{"policy":"\#(policy)","permille":1000}]\#(holdOut)}"#)
            return (answer.status, try answer.json)
        }
        for permille in [0, 19] {
            let refused = try await experiment("end-to-end", holdOut: #","holdOutPermille":\#(permille)"#)
            #expect(refused.status == 409 && refused.body["pointer"] == "/holdOutPermille", "\(refused)")
            #expect(refused.body["detail"]?.stringValue?.contains("end-to-end asks a model") == true, "\(refused)")
        }
        #expect(try await experiment("end-to-end", holdOut: "").status == 201)
        #expect(try await experiment("end-to-end", holdOut: #","holdOutPermille":20"#).status == 200)

        let known = try await server.get("/v1/billing/policies").json["policies"]?.arrayValue ?? []
        func members(of name: String, version: Int64) throws -> [String: JSONValue] {
            var members = try #require(known.first { $0["name"]?.stringValue == name }?.objectValue)
            members["name"] = nil
            members["version"] = .integer(version)
            return members
        }
        func define(_ members: [String: JSONValue]) async throws -> (status: Int, body: JSONValue) {
            let answer = try await server.put("/v1/billing/policies/mine", String(decoding: try JSON.encode(members), as: UTF8.self))
            return (answer.status, try answer.json)
        }
        #expect(try await define(members(of: "reason-rules", version: 1)).status == 201)
        #expect(try await experiment("mine", holdOut: #","holdOutPermille":0"#).status == 200)
        let learned = try await define(members(of: "end-to-end", version: 2))
        #expect(learned.status == 409 && learned.body["detail"]?.stringValue?.contains("experiment collection") == true, "\(learned)")
        #expect(try await experiment("mine", holdOut: #","holdOutPermille":20"#).status == 200)
        #expect(try await define(members(of: "end-to-end", version: 2)).status == 201)
    }

    @Test("Policies and experiments are defined version by version, and read as of any time")
    func policies() async throws {
        let server = try ServerProcess()
        let known = try await server.get("/v1/billing/policies").json["policies"]?.arrayValue ?? []
        let names = known.compactMap { $0["name"]?.stringValue }
        #expect(names == names.sorted() && Set(names).isSuperset(of: ["fixed-4-days", "reason-rules", "end-to-end", "challenger"]))
        var policy = try #require(known.first { $0["name"] == "fixed-4-days" }?.objectValue)
        policy["name"] = nil
        let text = String(decoding: try JSON.encode(policy), as: UTF8.self)
        #expect(try await server.put("/v1/billing/policies/mine", text).status == 201)
        #expect(try await server.put("/v1/billing/policies/mine", text).status == 200)
        policy["version"] = 3
        let skipped = String(decoding: try JSON.encode(policy), as: UTF8.self)
        #expect(try await server.put("/v1/billing/policies/mine", skipped).status == 409)
        let arms = #"{"salt":"s","arms":[{"policy":"mine","permille":1000}]}"#
        #expect(try await server.put("/v1/billing/experiments/collection", arms).status == 201)
        #expect(try await server.put("/v1/billing/experiments/x", #"{"salt":"s","arms":[{"policy":"mine","permille":1}]}"#).status == 409)
        #expect(try await server.get("/v1/billing/experiments").json["experiments"]?.arrayValue?.count == 1)
        #expect(try await server.get("/v1/billing/experiments?at=position:1").json["experiments"]?.arrayValue?.count == 0)
    }

    @Test("With a gateway and a clock that is set, renewals are charged, and invoices and figures tell of it")
    func renewals() async throws {
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "1"])
        let server = try ServerProcess(settings: ["clock=manual", "billing.gateway.url=\(gateway.address)"])
        #expect(try await server.post("/v1/clock", #"{"now":"2026-01-01T00:00:00Z"}"#).status == 200)
        for number in 1...5 {
            let terms = Self.terms.replacingOccurrences(of: "pm-1", with: "pm-\(number)")
            #expect(try await server.put("/v1/billing/subscriptions/s\(number)", terms).status == 201)
        }
        #expect(try await server.post("/v1/clock", #"{"now":"2025-01-01T00:00:00Z"}"#).status == 400)
        #expect(try await server.post("/v1/clock", #"{"now":"9999-12-31T23:59:59Z"}"#).status == 400)
        #expect(try await server.post("/v1/clock", #"{"now":"2026-02-02T12:00:00Z"}"#).status == 200)
        let invoices = try await server.eventually("/v1/billing/invoices") { answer in
            let rows = answer["invoices"]?.arrayValue ?? []
            return rows.count == 5
                && rows.allSatisfy {
                    $0["attempts"]?.arrayValue?.last?["outcome"] != "requested" && $0["attempts"]?.arrayValue?.isEmpty == false
                }
        }
        let first = try #require(invoices["invoices"]?.arrayValue?.first)
        let id = try #require(first["invoice"]?.stringValue)
        #expect(try await server.get("/v1/billing/invoices/\(id)").json == first)
        #expect(try await server.get("/v1/billing/metrics").json["total"]?["counts"]?["invoicesOpened"] == 5)
        #expect(try await server.get("/v1/billing/metrics?to=2026-01-15").json["total"]?["counts"]?["invoicesOpened"] == 0)
        let page = try await server.get("/v1/billing/invoices?limit=2").json
        let next = try await server.get("/v1/billing/invoices?limit=3&cursor=\(page["cursor"]?.stringValue ?? "")").json
        let pages = (page["invoices"]?.arrayValue ?? []) + (next["invoices"]?.arrayValue ?? [])
        #expect(pages == invoices["invoices"]?.arrayValue)
        #expect(next["cursor"] == nil)
        let sagas = try await server.get("/v1/sagas?saga=renewals").json["sagas"]?.arrayValue ?? []
        #expect(!sagas.isEmpty)
        let saga = try #require(sagas.first?["id"]?.stringValue)
        #expect(try await server.get("/v1/sagas/\(saga)").json == sagas.first)
        #expect(try await server.get("/v1/sagas/\(saga)?at=position:1").status == 404)
        gateway.stop()
    }

    @Test(
        "Without the gateway, or its credentials, subscriptions renew and take other payment methods; the charge goes out once it is there")
    func gatewayAway() async throws {
        let stopped = try PeerUnderTest("payment-gateway", [])
        let port = try #require(stopped.address.split(separator: ":").last.map(String.init))
        stopped.stop()
        let credentials = stopped.folder.path + "/token.json"
        let server = try ServerProcess(
            settings: ["clock=manual", "billing.gateway.url=\(stopped.address)", "billing.gateway.credentials=\(credentials)"])
        #expect(try await server.post("/v1/clock", #"{"now":"2026-01-01T00:00:00Z"}"#).status == 200)
        #expect(try await server.put("/v1/billing/subscriptions/s1", Self.terms).status == 201)
        #expect(try await server.post("/v1/clock", #"{"now":"2026-02-02T12:00:00Z"}"#).status == 200)
        let waiting = try await server.eventually("/v1/billing/invoices") { $0["invoices"]?.arrayValue?.first?["status"] == "charging" }
        #expect(waiting["invoices"]?.arrayValue?.count == 1)
        let held = try await server.eventually("/v1/sagas?saga=collect") { answer in
            answer["sagas"]?.arrayValue?.first?["effects"]?.arrayValue?.first?["reason"] != nil
        }
        let reason = held["sagas"]?.arrayValue?.first?["effects"]?.arrayValue?.first?["reason"]?.stringValue
        #expect(reason?.contains("token.json") == true, "\(held)")
        let changed = Self.terms.replacingOccurrences(of: "pm-1", with: "pm-2")
        #expect(try await server.put("/v1/billing/subscriptions/s1", changed).status == 200)
        _ = try await server.eventually("/v1/billing/invoices") { $0["invoices"]?.arrayValue?.first?["method"] == "pm-2" }

        try Data(#"{"token":"t-1"}"#.utf8).write(to: URL(filePath: credentials))
        let gateway = try PeerUnderTest(
            "payment-gateway",
            ["--port", port, "--credentials", credentials, "--failure-rate", "0", "--drop-rate", "0", "--drop-before-rate", "0"])
        var now = try #require(Timestamp("2026-02-02T12:00:00Z"))
        let end = ContinuousClock.now + .seconds(60)
        var status: JSONValue?
        while status != "paid", ContinuousClock.now < end {
            // The next try comes by the server's clock.
            now = now.advanced(by: .seconds(60))
            _ = try await server.post("/v1/clock", #"{"now":"\#(now)"}"#)
            status = try await server.get("/v1/billing/invoices/s1.1").json["status"]
        }
        #expect(status == "paid")
        gateway.stop()
    }

    @Test("The machine's clock is not set")
    func systemClock() async throws {
        let server = try ServerProcess()
        let answer = try await server.post("/v1/clock", #"{"now":"2026-01-01T00:00:00Z"}"#)
        #expect(answer.status == 409)
        #expect(try answer.json["type"] == "/problems/not-configured")
    }
}

@Suite("Customer MDM over HTTP")
struct MDMRouteTests {
    private static let person =
        #"{"attributes":{"surname":"Иванов","givenName":"Пётр","patronymic":"Сергеевич","birthDate":"01.02.1980","passport":"4510 123456","mobilePhone":"+7 916 123-45-67"}}"#

    @Test("Two cards of one person become one golden record, whose past can be read")
    func merge() async throws {
        let server = try ServerProcess()
        let first = try await server.put("/v1/mdm/cards/CRM/1024", Self.person)
        #expect(first.status == 201)
        let golden = try #require(try first.json["golden"]?.stringValue)
        #expect(try first.json["card"] == "CRM:1024")
        let before = try #require(first["Hindsight-Position"])
        let second = try await server.put("/v1/mdm/cards/IB/77", Self.person)
        #expect(try second.status == 201 && second.json["golden"] == .string(golden))
        #expect(try await server.get("/v1/mdm/golden/\(golden)").json["members"] == ["CRM:1024", "IB:77"])
        #expect(try await server.get("/v1/mdm/golden?card=IB:77").json["golden"] == .string(golden))
        #expect(try await server.get("/v1/mdm/golden/\(golden)?at=position:\(before)").json["members"] == ["CRM:1024"])
        let why = try await server.get("/v1/mdm/why?a=CRM:1024&b=IB:77").json
        #expect(why["isSame"] == true && why["rule"] != nil)
        let phone = try await server.get("/v1/mdm/golden/\(golden)/why?attribute=mobilePhone").json
        #expect(phone["value"] == "+7 916 123-45-67" && phone["card"] == "IB:77" && phone["agreeing"] == ["CRM:1024"])
        #expect(phone["rule"] == "newest" && phone["losers"] == [] && phone["chain"]?.arrayValue?.isEmpty == false)
        let then = try await server.get("/v1/mdm/golden/\(golden)/why?attribute=mobilePhone&at=position:\(before)").json
        #expect(then["card"] == "CRM:1024" && then["agreeing"] == [])
        #expect(try await server.get("/v1/mdm/golden/\(golden)/why?attribute=shoeSize").json["field"] == "attribute")
        #expect(try await server.get("/v1/mdm/golden/\(golden)/why").json["field"] == "attribute")
        #expect(try await server.get("/v1/mdm/golden/G0123456789/why?attribute=email").status == 404)
        let clusters = try await server.get("/v1/mdm/clusters").lines
        #expect(clusters == [["card": "CRM:1024", "golden": .string(golden)], ["card": "IB:77", "golden": .string(golden)]])

        let preview = try await server.post("/v1/mdm/golden/\(golden)/unmerge", #"{"groups":[["IB:77"]],"preview":true}"#)
        #expect(preview.status == 200)
        #expect(try await server.get("/v1/mdm/golden/\(golden)").json["members"] == ["CRM:1024", "IB:77"])
        #expect(try await server.post("/v1/mdm/golden/\(golden)/unmerge", #"{"groups":[["IB:77"]]}"#).json["pointer"] == "/reason")
        let key = ["Idempotency-Key": "k"]
        let unmerged = try await server.post(
            "/v1/mdm/golden/\(golden)/unmerge", #"{"groups":[["IB:77"]],"reason":"twins"}"#, headers: key)
        #expect(unmerged.status == 200)
        #expect(try await server.get("/v1/mdm/golden/\(golden)").json["members"] == ["CRM:1024"])
        let again = try await server.post(
            "/v1/mdm/golden/\(golden)/unmerge", #"{"groups":[["IB:77"]],"reason":"twins"}"#, headers: key)
        #expect(again.status == 200 && again.text == unmerged.text)
        let separations = try await server.get("/v1/mdm/separations?card=IB:77").json["separations"]?.arrayValue ?? []
        #expect(separations.count == 1)
        let id = try #require(separations.first?["separation"]?.stringValue)
        let closed = try await server.post("/v1/mdm/separations/\(id)/close", #"{"reason":"mistake"}"#)
        #expect(try closed.json["closedBecause"] == "mistake")
        #expect(try await server.post("/v1/mdm/merge-runs", "").status == 200)
    }

    @Test("A card is dropped by its source, and lines of cards are taken in one by one")
    func cards() async throws {
        let server = try ServerProcess()
        let good = #"{"source":"CRM","id":"1","attributes":{"surname":"Петров"}}"#
        let changed = good.replacingOccurrences(of: "}}", with: #","email":"p@example.com"}}"#)
        let sent = [good, #"{"source":"CRM"}"#, "", "half a line {", good.replacingOccurrences(of: "surname", with: "shoeSize"), changed]
        let lines = try await server.post("/v1/mdm/cards", sent.joined(separator: "\n"), type: "application/x-ndjson").lines
        #expect(lines.map { $0["line"] } == [nil, 2, 4, 5, nil])
        #expect(lines.map { $0["error"]?["status"] } == [nil, 400, 400, 400, nil])
        #expect(lines.first?["card"] == "CRM:1" && lines.first?["decisions"] == ["card-received"])
        #expect(lines[1]["error"]?["pointer"] == "/id" && lines[3]["error"]?["pointer"] == "/attributes/shoeSize")
        #expect(lines.last?["card"] == "CRM:1" && lines.last?["decisions"] == ["card-changed"])
        // A line that is too long is passed over like any other bad one.
        let long = try await server.post(
            "/v1/mdm/cards", "\(String(repeating: "x", count: 9 << 20))\n\(good)\n", type: "application/x-ndjson"
        ).lines
        #expect(long.count == 2 && long.first?["error"]?["status"] == 413 && long.first?["line"] == 1 && long.last?["card"] == "CRM:1")
        #expect(try await server.get("/v1/mdm/cards/CRM/1").json["values"]?["surname"]?["value"] == "Петров")
        #expect(try await server.ask(.DELETE, "/v1/mdm/cards/CRM/1").status == 204)
        #expect(try await server.get("/v1/mdm/cards/CRM/1").json["isDropped"] == true)
        #expect(try await server.ask(.DELETE, "/v1/mdm/cards/CRM/2").status == 404)
        // A combining mark at the beginning makes one character with what stands before it.
        #expect(try await server.put("/v1/mdm/cards/%F0%9F%8F%BB/%CC%81q", #"{"attributes":{"surname":"Петров"}}"#).status == 201)
        #expect(try await server.get("/v1/mdm/golden?card=%F0%9F%8F%BB:%CC%81q").status == 200)
        let unknown = try await server.put("/v1/mdm/cards/CRM/3", #"{"attributes":{"shoeSize":"43"}}"#)
        #expect(try unknown.status == 400 && unknown.json["pointer"] == "/attributes/shoeSize")
    }

    @Test("A suspicious change waits for a steward, whose word is an act with a name")
    func review() async throws {
        let server = try ServerProcess()
        #expect(try await server.put("/v1/mdm/cards/CRM/1", Self.person).status == 201)
        let changed = Self.person.replacingOccurrences(of: "Иванов", with: "Сидоров").replacingOccurrences(
            of: "01.02.1980", with: "05.06.1955"
        )
        .replacingOccurrences(of: "4510 123456", with: "4599 654321").replacingOccurrences(of: "Пётр", with: "Фома")
        let held = try await server.put("/v1/mdm/cards/CRM/1", changed)
        #expect(try held.json["held"] != nil, "\(held.text)")
        let reviews = try await server.get("/v1/mdm/reviews?kind=suspicious-change").json["reviews"]?.arrayValue ?? []
        let id = try #require(reviews.first?["review"]?.stringValue)
        #expect(try await server.post("/v1/mdm/reviews/\(id)/confirm", #"{"reason":"x"}"#).status == 409)
        #expect(try await server.post("/v1/mdm/reviews/\(id)/accept-change", "{}").json["pointer"] == "/reason")
        let accepted = try await server.post("/v1/mdm/reviews/\(id)/accept-change", #"{"reason":"seen the passport"}"#)
        #expect(try accepted.status == 200 && accepted.json["status"] == "accepted")
        #expect(try await server.get("/v1/mdm/reviews").json["reviews"] == [])
        #expect(try await server.get("/v1/mdm/reviews?status=any").json["reviews"]?.arrayValue?.count == 1)
        #expect(try await server.post("/v1/mdm/reviews/none/reject", #"{"reason":"x"}"#).status == 404)
    }
}

@Suite("Projections over HTTP")
struct ProjectionRouteTests {
    @Test("Rows are listed, found by an index, read as of any position, compared and explained")
    func rows() async throws {
        let server = try ServerProcess()
        #expect(try await server.put("/v1/audience/offers/spring", #"{"title":"Spring"}"#).status == 201)
        for number in 1...3 { #expect(try await server.put("/v1/audience/offers/o\(number)", "").status == 201) }
        let rows = try await server.get("/v1/projections/offers/rows?limit=2").json
        #expect(rows["rows"]?.arrayValue?.map { $0["key"] } == ["o1", "o2"])
        let cursor = try #require(rows["cursor"]?.stringValue)
        let rest = try await server.get("/v1/projections/offers/rows?limit=2&cursor=\(cursor)").json
        #expect(rest["rows"]?.arrayValue?.map { $0["key"] } == ["o3", "spring"])
        #expect(rest["cursor"] == nil)
        #expect(try await server.get("/v1/projections/offers/rows?cursor=zz").status == 400)
        #expect(try await server.get("/v1/projections/offers/rows?colour=red").status == 400)
        #expect(try await server.get("/v1/projections/none/rows").status == 404)
        #expect(try await server.get("/v1/projections/offers/rows?at=position:1").json["rows"]?.arrayValue?.count == 1)
        let row = try await server.get("/v1/projections/offers/rows/spring").json
        #expect(row["row"]?["title"] == "Spring" && row["from"] == 1)
        #expect(try await server.get("/v1/projections/offers/rows/none").status == 404)
        let diff = try await server.get("/v1/projections/offers/rows/spring/diff?from=position:0&to=position:1").json
        #expect(diff["changes"]?.arrayValue?.contains { $0["pointer"] == "/title" && $0["to"] == "Spring" } == true)
        let why = try await server.get("/v1/projections/offers/rows/spring/why?field=title").json
        #expect(why["value"] == "Spring")
        #expect(why["chain"]?.arrayValue?.first?["event"]?["type"] == "audience-jobs.offer-declared")
        #expect(try await server.get("/v1/projections/offers/rows/spring/why").status == 400)
        #expect(try await server.get("/v1/projections/offers/rows/spring/why?field=colour").status == 404)
    }

    @Test("A rebuild is begun and watched, gives the same digest, and is told of with its actor")
    func rebuild() async throws {
        let server = try ServerProcess()
        for number in 1...20 { #expect(try await server.put("/v1/audience/offers/o\(number)", "").status == 201) }
        let before = try await server.get("/v1/projections/offers/digest?at=position:20").json
        let begun = try await server.post("/v1/projections/offers/rebuild", "")
        #expect(begun.status == 202 && begun["Location"] == "/v1/projections/offers")
        let after = try await server.eventually("/v1/projections/offers") { $0["rebuild"]?["status"] == "finished" }
        #expect(after["lag"] == 0 || after["status"] == "catching-up")
        #expect(try await server.get("/v1/projections/offers/digest?at=position:20").json["digest"] == before["digest"])
        let told = try await server.get("/v1/streams/projection-offers/events").json["events"]?.arrayValue?.first
        #expect(told?["type"] == "hindsight.projection-rebuilt" && told?["metadata"]?["actor"] == "local")
        #expect(try await server.post("/v1/projections/none/rebuild", "").status == 404)
        // Null is the same as absent, and an unknown member is unknown whatever it holds.
        #expect(try await server.put("/v1/audience/offers/o1", #"{"title":null}"#).status == 200)
        #expect(try await server.post("/v1/projections/offers/rebuild", #"{"more":null}"#).json["pointer"] == "/more")
        let all = try await server.get("/v1/projections").json["projections"]?.arrayValue ?? []
        #expect(all.contains { $0["name"] == "sagas" } && all.allSatisfy { $0["status"] != nil && $0["head"] != nil })
    }
}
