import Foundation
import HindsightCore
import NIOHTTP1
import Testing

/// A server with keys, whose stewards have names.
private struct StewardsServer {
    let server: ServerProcess
    private let signer: TokenSigner

    static let bare =
        #"{"attributes":{"surname":"Волкоф","givenName":"Пётр","patronymic":"Ильич","birthDate":"02.05.1979"}}"#
    static let person =
        #"{"attributes":{"surname":"Волков","givenName":"Пётр","patronymic":"Ильич","birthDate":"02.05.1979","passport":"4607 445566","mobilePhone":"+7 903 222-33-44"}}"#

    init(settings: [String] = []) async throws {
        signer = try await TokenSigner.es256()
        let folder = try TestFolder()
        try folder.write(#"{"keys":[\#(signer.jwk)]}"#, to: "keys.json")
        server = try ServerProcess(in: folder, settings: ["auth.keys=\(folder.path)/keys.json"] + settings)
    }

    func headers(_ steward: String) async throws -> [String: String] {
        let payload =
            #"{"sub":"\#(steward)","exp":\#(Int(Date().timeIntervalSince1970) + 600),"roles":["steward","auditor","appender"]}"#
        return ["Authorization": "Bearer \(try await signer.token(payload: payload))"]
    }

    func get(_ path: String, as steward: String = "olga") async throws -> ServerProcess.Answer {
        try await server.get(path, headers: headers(steward))
    }

    func post(_ path: String, _ body: String, as steward: String = "olga") async throws -> ServerProcess.Answer {
        try await server.post(path, body, headers: headers(steward))
    }

    func put(_ card: String, _ body: String = person) async throws -> ServerProcess.Answer {
        try await server.put("/v1/mdm/cards/\(card)", body, headers: headers("crm"))
    }

    /// What each gets to hear when all ask at once.
    func atOnce(_ asked: [(steward: String, path: String, body: String)]) async throws -> [(steward: String, answer: ServerProcess.Answer)]
    {
        let address = server.address
        var answers: [(String, ServerProcess.Answer)] = []
        try await withThrowingTaskGroup(of: (String, ServerProcess.Answer).self) { group in
            for (steward, path, body) in asked {
                let headers = try await headers(steward)
                group.addTask { (steward, try await ServerProcess.ask(address, .POST, path, body, headers: headers)) }
            }
            for try await answer in group { answers.append(answer) }
        }
        return answers
    }

    func weakMatch() async throws -> String {
        #expect(try await put("CRM/1").status == 201)
        #expect(try await put("IB/2", Self.bare).status == 201)
        let reviews = try await get("/v1/mdm/reviews?kind=weak-match").json["reviews"]?.arrayValue ?? []
        return try #require(reviews.first?["review"]?.stringValue)
    }

    func events(_ types: String...) async throws -> [JSONValue] {
        let query = types.map { "type=customer-mdm.\($0)" }.joined(separator: "&")
        return try await get("/v1/events?\(query)").json["events"]?.arrayValue ?? []
    }
}

@Suite("Stewards over HTTP")
struct StewardRouteTests {
    @Test("Of stewards who decide one case at once one is heard, the others are told who it was, and nothing is lost", arguments: 0..<3)
    func race(_ round: Int) async throws {
        let desk = try await StewardsServer()
        let review = try await desk.weakMatch()
        let answers = try await desk.atOnce(
            (0..<8).map { number in
                (
                    "steward-\(number)", "/v1/mdm/reviews/\(review)/\((number + round) % 2 == 0 ? "confirm" : "reject")",
                    #"{"reason":"seen"}"#
                )
            })
        let heard = answers.filter { $0.answer.status == 200 }
        let winner = try #require(heard.first)
        #expect(heard.count == 1, "\(answers.map { "\($0.steward) \($0.answer.status)" })")
        let status = try winner.answer.json["status"]
        for (steward, answer) in answers where steward != winner.steward {
            #expect(answer.status == 409, "\(answer.text)")
            let decision = try answer.json["decision"]
            #expect(decision?["by"] == .string(winner.steward) && decision?["status"] == status)
            #expect(try answer.json["detail"]?.stringValue?.contains(winner.steward) == true)
        }
        let decided = try await desk.events("review-confirmed", "review-rejected")
        #expect(decided.count == 1 && decided.first?["metadata"]?["actor"] == .string(winner.steward))
        let goldens = Set(try await desk.get("/v1/mdm/clusters").lines.compactMap { $0["golden"] })
        #expect(goldens.count == (status == "confirmed" ? 1 : 2))
        // The same word again by the same steward is no conflict.
        let act = status == "confirmed" ? "confirm" : "reject"
        let again = try await desk.post("/v1/mdm/reviews/\(review)/\(act)", #"{"reason":"seen"}"#, as: winner.steward)
        #expect(again.status == 200)
        #expect(try await desk.events("review-confirmed", "review-rejected").count == 1)
        let read = try await desk.get("/v1/mdm/reviews/\(review)").json
        #expect(read["decision"]?["by"] == .string(winner.steward))
    }

    @Test("A held change that several decide at once is accepted or refused once")
    func heldChange() async throws {
        let desk = try await StewardsServer()
        #expect(try await desk.put("CRM/1").status == 201)
        #expect(try await desk.put("CRM/1", StewardsServer.person.replacingOccurrences(of: "1979", with: "1989")).json["held"] != nil)
        let reviews = try await desk.get("/v1/mdm/reviews").json["reviews"]?.arrayValue ?? []
        let review = try #require(reviews.first?["review"]?.stringValue)
        let answers = try await desk.atOnce(
            (0..<6).map {
                ("steward-\($0)", "/v1/mdm/reviews/\(review)/\($0 % 2 == 0 ? "accept" : "refuse")-change", #"{"reason":"seen"}"#)
            })
        #expect(answers.filter { $0.answer.status == 200 }.count == 1 && answers.filter { $0.answer.status == 409 }.count == 5)
        #expect(try await desk.events("change-accepted", "change-refused").count == 1)
        let winner = try #require(answers.first { $0.answer.status == 200 })
        let isAccepted = try winner.answer.json["status"] == "accepted"
        let value = try await desk.get("/v1/mdm/cards/CRM/1").json["values"]?["birthDate"]?["value"]
        #expect(value == .string(isAccepted ? "02.05.1989" : "02.05.1979"))
        if !isAccepted {
            let path = "/v1/mdm/reviews/\(review)/accept-change"
            #expect(try await desk.post(path, #"{"reason":"passport seen","overrules":true}"#, as: "anna").json["status"] == "accepted")
        }
    }

    @Test("A blind case hides what the engine and others think, and two who agree decide it")
    func blind() async throws {
        let desk = try await StewardsServer(settings: ["mdm.blindReviews=2"])
        let review = try await desk.weakMatch()
        let path = "/v1/mdm/reviews/\(review)"
        #expect(try await desk.post("\(path)/confirm", #"{"reason":"same signature"}"#, as: "olga").json["status"] == "open")
        for read in [try await desk.get(path, as: "oleg").json, try await desk.get("/v1/mdm/reviews", as: "oleg").json] {
            let seen = read["reviews"]?.arrayValue?.first ?? read
            #expect(seen["isBlind"] == true && seen["edges"] == [] && seen["partition"] == [] && seen["answers"] == [])
            let text = String(decoding: try JSON.encode(seen), as: UTF8.self)
            for hidden in ["weight", "levels", "rule", "olga", "same signature"] { #expect(!text.contains(hidden), "\(hidden)") }
        }
        #expect(try await desk.get(path, as: "olga").json["answers"]?.arrayValue?.count == 1)
        #expect(try await desk.get("/v1/mdm/why?a=CRM:1&b=IB:2").status == 409)
        #expect(try await desk.post("\(path)/reject", #"{"reason":"no"}"#, as: "olga").status == 409)
        let answers = try await desk.atOnce([
            ("oleg", "\(path)/reject", #"{"reason":"another face"}"#), ("anna", "\(path)/confirm", #"{"reason":"same face"}"#),
        ])
        // Whoever came first, of three answers two are a yes: nothing but a no after the decision is too late.
        #expect(answers.first { $0.steward == "anna" }?.answer.status == 200)
        let decided = try await desk.get(path).json
        #expect(decided["status"] == "confirmed" && decided["decision"]?["by"] == "anna" && decided["isBlind"] == nil)
        #expect(decided["edges"]?.arrayValue?.isEmpty == false)
        #expect(Set(try await desk.get("/v1/mdm/clusters").lines.compactMap { $0["golden"] }).count == 1)
        // As of before the decision there is nothing left to hide.
        let before = try #require(decided["decision"]?["position"]?.integerValue) - 1
        #expect(try await desk.get("\(path)?at=position:\(before)").json["edges"]?.arrayValue?.isEmpty == false)
    }

    @Test("An unmerge of a record that changed since its preview is refused with what changed, and the record is as it was")
    func stalePreview() async throws {
        let desk = try await StewardsServer()
        let golden = try #require(try await desk.put("CRM/1").json["golden"]?.stringValue)
        #expect(try await desk.put("IB/2").json["golden"] == .string(golden))
        let path = "/v1/mdm/golden/\(golden)/unmerge"
        let digest = try #require(
            try await desk.post(path, #"{"groups":[["IB:2"]],"preview":true}"#).json["digest"]?.stringValue)
        #expect(try await desk.put("ABS/3").json["golden"] == .string(golden))
        let stale = try await desk.post(path, #"{"groups":[["IB:2"]],"reason":"brothers","digest":"\#(digest)"}"#)
        #expect(stale.status == 409)
        let changes = try stale.json["changes"]?.arrayValue ?? []
        #expect(changes.map { $0["change"] } == ["joined", "merged"] && changes.first?["card"] == "ABS:3")
        #expect(changes.first?["actor"] != nil)
        #expect(try await desk.get("/v1/mdm/golden/\(golden)").json["members"] == ["ABS:3", "CRM:1", "IB:2"])
        #expect(try await desk.events("unmerge-requested").isEmpty)
    }

    @Test("Of stewards who carry out one preview at once one is heard, and the record is taken apart once")
    func unmergeRace() async throws {
        let desk = try await StewardsServer()
        let golden = try #require(try await desk.put("CRM/1").json["golden"]?.stringValue)
        #expect(try await desk.put("IB/2").json["golden"] == .string(golden))
        let path = "/v1/mdm/golden/\(golden)/unmerge"
        let digest = try #require(
            try await desk.post(path, #"{"groups":[["IB:2"]],"preview":true}"#).json["digest"]?.stringValue)
        let body = #"{"groups":[["IB:2"]],"reason":"brothers","digest":"\#(digest)"}"#
        let answers = try await desk.atOnce((0..<6).map { ("steward-\($0)", path, body) })
        #expect(answers.filter { $0.answer.status == 200 }.count == 1)
        for (_, answer) in answers where answer.status != 200 {
            #expect(try answer.status == 409 && answer.json["changes"]?.arrayValue?.contains { $0["change"] == "unmerged" } == true)
        }
        #expect(try await desk.events("golden-unmerged").count == 1)
        #expect(try await desk.get("/v1/mdm/separations?card=IB:2").json["separations"]?.arrayValue?.count == 1)
    }

    @Test("A golden record is found, and its history, its graph and why two cards are one are told, also of the past")
    func questions() async throws {
        let desk = try await StewardsServer()
        let first = try await desk.put("CRM/1")
        let golden = try #require(try first.json["golden"]?.stringValue)
        let then = try #require(first["Hindsight-Position"])
        #expect(try await desk.put("IB/2").json["golden"] == .string(golden))
        let found = try await desk.post("/v1/mdm/golden/search", #"{"query":"8 903 222 33 44"}"#).json
        #expect(found["results"]?.arrayValue?.map { $0["golden"] } == [.string(golden)])
        #expect(found["results"]?.arrayValue?.first?["cards"] == ["CRM:1", "IB:2"] && found["isCut"] == false)
        #expect(try await desk.post("/v1/mdm/golden/search", #"{"query":"  "}"#).json["pointer"] == "/query")
        let wrong = try await desk.get("/v1/mdm/golden/search")
        #expect(wrong.status == 405 && wrong["Allow"] == "POST")
        #expect(try await desk.post("/v1/mdm/golden/search?at=position:1", #"{"query":"x"}"#).status == 400)

        let history = try await desk.get("/v1/mdm/golden/\(golden)/history").json
        #expect(history["history"]?.arrayValue?.map { $0["change"] } == ["founded", "joined", "merged"])
        #expect(history["history"]?.arrayValue?.first?["actor"] == "crm" && history["after"] == nil)
        let page = try await desk.get("/v1/mdm/golden/\(golden)/history?limit=1").json
        let next = try #require(page["after"]?.integerValue)
        #expect(
            try await desk.get("/v1/mdm/golden/\(golden)/history?limit=1&after=\(next)").json["history"]?.arrayValue?.first?["change"]
                == "joined")
        #expect(try await desk.get("/v1/mdm/golden/\(golden)/history?at=position:\(then)").json["history"]?.arrayValue?.count == 1)
        #expect(try await desk.get("/v1/mdm/golden/G0123456789/history").status == 404)

        let graph = try await desk.get("/v1/mdm/golden/\(golden)/graph").json
        #expect(graph["edges"]?.arrayValue?.map { $0["kind"] } == ["strong"])
        #expect(try await desk.get("/v1/mdm/golden/\(golden)/graph?at=position:\(then)").json["edges"] == [])
        #expect(try await desk.get("/v1/mdm/golden/G0123456789/graph").status == 404)

        let why = try await desk.get("/v1/mdm/why?a=CRM:1&b=IB:2")
        #expect(try why.json["isSame"] == true && why.json["path"]?.arrayValue?.count == 1)
        #expect(try why.json["waterfall"]?.arrayValue?.last?["sum"] == why.json["weight"])
        for value in ["Волков", "4607", "222-33-44"] { #expect(!why.text.contains(value)) }
        #expect(try await desk.get("/v1/mdm/why?a=CRM:1&b=CRM:1").json["field"] == "b")
        #expect(try await desk.get("/v1/mdm/why?a=CRM:1&b=IB:2&at=position:\(then)").status == 404)
        // The command gives what the route gives.
        let command = try await Shell.run(
            "'\(ServerProcess.program)' mdm why CRM:1 IB:2 --log '\(desk.server.folder.path)/log' --format json", in: TestFolder())
        #expect(command.code == 0, "\(command.errors)")
        #expect(try JSON.decode(JSONValue.self, from: Array(command.output.utf8)) == why.json)
    }
}
