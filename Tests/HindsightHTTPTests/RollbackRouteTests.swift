import DemoInputs
import Foundation
import HindsightApp
import HindsightCore
import LogFaults
import NIOHTTP1
import Testing
import HindsightTesting

@Suite("Rolling back over HTTP")
struct RollbackRouteTests {
    private static func policy(_ version: Int, days: Int) -> String {
        #"{"version":\#(version),"chooser":"rules","windowDays":\#(days),"hours":{"from":7,"until":22},"rules":[],"#
            + #""otherwise":{"kind":"every","hours":[24]},"afterMethodChange":{"kind":"every","hours":[24]}}"#
    }

    @Test("A policy is led back as its preview said, once for a key, and its versions tell of it")
    func policy() async throws {
        let server = try ServerProcess()
        let first = try await server.put("/v1/billing/policies/mine", Self.policy(1, days: 28))
        let then = try #require(first["Hindsight-Position"])
        #expect(try await server.put("/v1/billing/policies/mine", Self.policy(2, days: 14)).status == 201)
        let path = "/v1/billing/policies/mine/rollback"
        let preview = try await server.post(path, #"{"to":"position:\#(then)","preview":true}"#)
        #expect(preview.status == 200, "\(preview.text)")
        let plan = try preview.json
        #expect(plan["from"] == 2 && plan["restores"] == 1 && plan["becomes"] == 3 && plan["policy"] == "mine")
        #expect(plan["appends"]?.arrayValue?.map { $0["type"] } == ["billing-retries.policy-restored"])
        #expect(plan["appends"]?.arrayValue?.map { $0["stream"] } == ["policy-mine"])
        #expect(try await server.get("/v1/log").json["head"] == 2)

        let digest = try #require(plan["digest"]?.stringValue)
        let body = #"{"to":"position:\#(then)","reason":"too short","digest":"\#(digest)"}"#
        let key = ["Idempotency-Key": "k"]
        let done = try await server.post(path, body, headers: key)
        #expect(done.status == 200 && done["Hindsight-Position"] == "3", "\(done.text)")
        let data = try await server.get("/v1/streams/policy-mine/events").json["events"]?.arrayValue?.last?["data"]?.objectValue
        #expect(try done.json["appends"]?.arrayValue?.first?["data"]?.objectValue == data?.filter { $0.key != "at" })
        let again = try await server.post(path, body, headers: key)
        #expect(again.status == 200 && again.text == done.text)
        #expect(try await server.post(path, body.replacing("short", with: "long"), headers: key).status == 422)
        #expect(try await server.post(path, body).status == 409, "it is in force already")
        #expect(try await server.get("/v1/log").json["head"] == 3)

        let versions = try await server.get("/v1/billing/policies/mine/versions").json["versions"]?.arrayValue ?? []
        #expect(versions.map { $0["version"] } == [1, 2, 3])
        #expect(versions.last?["restores"] == 1 && versions.last?["reason"] == "too short")
        #expect(versions.last?["policy"]?["windowDays"] == 28)
        let before = try await server.get("/v1/billing/policies/mine/versions?at=position:2").json["versions"]?.arrayValue
        #expect(before?.count == 2)
        #expect(try await server.get("/v1/billing/policies/mine/versions?at=position:0").status == 404)
        let listed = try await server.get("/v1/billing/policies").json["policies"]?.arrayValue?.first { $0["name"] == "mine" }
        #expect(listed?["version"] == 3 && listed?["windowDays"] == 28)
    }

    @Test("A built-in policy is led back to what needs no event")
    func builtIn() async throws {
        let server = try ServerProcess()
        #expect(try await server.put("/v1/billing/policies/reason-rules", Self.policy(2, days: 14)).status == 201)
        #expect(try await server.put("/v1/billing/policies/reason-rules", Self.policy(1, days: 14)).status == 409)
        let done = try await server.post(
            "/v1/billing/policies/reason-rules/rollback", #"{"to":"2020-01-01T00:00:00Z","reason":"as it was"}"#)
        #expect(try done.json["restores"] == 1 && done.json["becomes"] == 3)
        let versions = try await server.get("/v1/billing/policies/reason-rules/versions").json["versions"]?.arrayValue ?? []
        #expect(versions.map { $0["definedAt"] == nil } == [true, false, false])
        #expect(versions[2]["policy"]?["rules"] == versions[0]["policy"]?["rules"])
    }

    @Test(
        "What cannot be gone back to is named",
        arguments: [
            (#"{"reason":"r"}"#, 400, "/to"), (#"{"to":7,"reason":"r"}"#, 400, "/to"), (#"{"to":"yesterday","reason":"r"}"#, 400, "/to"),
            (#"{"to":"2026-01-01T00:00:00","reason":"r"}"#, 400, "/to"), (#"{"to":"2098-01-01T00:00:00Z","reason":"r"}"#, 400, "/to"),
            (#"{"to":"position:2","reason":"r"}"#, 400, "/to"), (#"{"to":"position:-1","reason":"r"}"#, 400, "/to"),
            (#"{"to":"position:0"}"#, 400, "/reason"), (#"{"to":"position:0","reason":" "}"#, 400, "/reason"),
            (#"{"to":"position:0","reason":"r","more":1}"#, 400, "/more"), (#"{"to":"position:0","reason":"r"}"#, 409, nil),
            (#"{"to":"position:1","preview":true}"#, 409, nil),
        ] as [(String, Int, String?)])
    func refusals(body: String, status: Int, pointer: String?) async throws {
        let server = try ServerProcess()
        #expect(try await server.put("/v1/billing/policies/mine", Self.policy(1, days: 28)).status == 201)
        let answer = try await server.post("/v1/billing/policies/mine/rollback", body)
        #expect(answer.status == status, "\(answer.text)")
        #expect(try answer.json["pointer"]?.stringValue == pointer)
        #expect(try await server.get("/v1/log").json["head"] == 1)
        #expect(try await server.post("/v1/billing/policies/none/rollback", #"{"to":"position:0","preview":true}"#).status == 404)
        #expect(try await server.post("/v1/audience/templates/none/rollback", #"{"to":"position:0","preview":true}"#).status == 404)
        #expect(try await server.post("/v1/audience/templates/a%20b/rollback", #"{"to":"position:0","preview":true}"#).status == 400)
        #expect(try await server.get("/v1/audience/templates/none/versions").status == 404)
    }

    @Test("A stale preview is refused")
    func stale() async throws {
        let server = try ServerProcess()
        for version in 1...2 {
            #expect(try await server.put("/v1/billing/policies/mine", Self.policy(version, days: version)).status == 201)
        }
        let path = "/v1/billing/policies/mine/rollback"
        let digest = try #require(try await server.post(path, #"{"to":"position:1","preview":true}"#).json["digest"]?.stringValue)
        #expect(try await server.put("/v1/billing/policies/mine", Self.policy(3, days: 3)).status == 201)
        let answer = try await server.post(path, #"{"to":"position:1","reason":"r","digest":"\#(digest)"}"#)
        #expect(try answer.status == 409 && answer.json["type"] == "/problems/rejected")
    }

    @Test("The preview of a golden record's rollback lists what would be appended")
    func golden() async throws {
        let server = try ServerProcess()
        let person =
            #"{"attributes":{"surname":"Иванов","givenName":"Пётр","patronymic":"Сергеевич","birthDate":"01.02.1980","passport":"4510 123456"}}"#
        let golden = try #require(try await server.put("/v1/mdm/cards/CRM/1", person).json["golden"]?.stringValue)
        #expect(try await server.put("/v1/mdm/cards/IB/2", person).status == 201)
        let unmerge = #"{"groups":[["IB:2"]],"preview":true}"#
        let preview = try await server.post("/v1/mdm/golden/\(golden)/unmerge", unmerge)
        let types = try preview.json["appends"]?.arrayValue?.compactMap { $0["type"]?.stringValue } ?? []
        #expect(
            types.prefix(4)
                == ["unmerge-requested", "separation-made", "card-assigned", "golden-unmerged"].map { "customer-mdm.\($0)" }[...])
        #expect(!preview.text.contains("Иванов") && !preview.text.contains("4510"))
    }

    @Test("A template is led back, and its unchanged file does not undo it, in this server or the next", .timeLimit(.minutes(3)))
    func template() async throws {
        let folder = try TestFolder()
        let notebook = try await EmbeddedPeers(folder: folder.path, programs: Bundle.main.bundleURL.path).startNotebookRunner()
        let file = String(decoding: DemoInputs.audienceTemplate, as: UTF8.self)
        let changed = file.replacing("{ title: Clients at most,", with: "{ title: At most so many clients,")
        try folder.write(file, to: "templates/audience.yaml")
        let settings = ["audience.zeppelin.url=\(notebook.url)", "audience.templates=\(folder.path)/templates"]
        let server = try ServerProcess(in: folder, settings: settings)
        let path = "/v1/audience/templates/audience-by-purchases"
        func registrations(_ count: Int) -> (JSONValue) -> Bool { { $0["versions"]?.arrayValue?.count == count } }
        _ = try await server.eventually("/v1/audience/templates") { $0["templates"]?.arrayValue?.count == 1 }
        let then = try #require(try await server.get("\(path)/versions")["Hindsight-Position"])
        try folder.write(changed, to: "templates/audience.yaml")
        _ = try await server.eventually("\(path)/versions", registrations(2))

        let preview = try await server.post("\(path)/rollback", #"{"to":"position:\#(then)","preview":true}"#)
        #expect(preview.status == 200, "\(preview.text)")
        #expect(try preview.json["isNoteAsRegistered"] == true && preview.json["restores"] == 1 && preview.json["becomes"] == 3)
        let digest = try #require(try preview.json["digest"]?.stringValue)
        let body = #"{"to":"position:\#(then)","reason":"the old title","digest":"\#(digest)"}"#
        let key = ["Idempotency-Key": "k"]
        let done = try await server.post("\(path)/rollback", body, headers: key)
        #expect(done.status == 200, "\(done.text)")
        let again = try await server.post("\(path)/rollback", body, headers: key)
        #expect(again.status == 200 && again.text == done.text)
        let event = try await server.get("/v1/events?type=audience-jobs.template-restored").json["events"]?.arrayValue?.first
        #expect(event?["data"]?["restores"] == 1 && event?["data"]?["reason"] == "the old title" && event?["metadata"]?["actor"] == "local")
        #expect(server.stop() == .exited(0))

        // The files are looked at in the order of their names: once the second is registered, the first has been looked at.
        try folder.write(file.replacing("name: audience-by-purchases", with: "name: another"), to: "templates/other.yaml")
        let next = try ServerProcess(in: folder, settings: settings)
        _ = try await next.eventually("/v1/audience/templates") { $0["templates"]?.arrayValue?.count == 2 }
        let versions = try await next.get("\(path)/versions").json["versions"]?.arrayValue ?? []
        #expect(versions.map { $0["restores"] } == [nil, nil, 1])
        #expect(versions.first?["definition"] == versions.last?["definition"])
        let listed = try await next.get("/v1/audience/templates").json["templates"]?.arrayValue?.last
        #expect(listed?["restores"] == 1 && listed?["registrations"] == 3)
        next.stop()
        try await notebook.stop()
    }
}
