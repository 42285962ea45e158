import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import NIOHTTP1
import Testing

@Suite("Models and experiments over HTTP") struct LearningRouteTests {
    private static let (first, second) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64))

    /// A log that tells of two trained models, from before the server; their files are lost.
    private func trained() async throws -> TestFolder {
        let folder = try TestFolder()
        let log = try SQLiteEventLog.open(folder: "\(folder.path)/log", clock: SystemClock())
        let events = try [Self.first, Self.second].map { digest in
            NewEvent(
                id: .version5(namespace: UUID(), name: digest), type: "billing-retries.model-trained",
                data: try JSONText(
                    object: """
                        {"at":"2026-02-01T04:00:00Z","cut":"2026-01-15T00:00:00Z","digest":"\(digest)","heldOutRows":2,"measures":{"brier":0.04,\
                        "deciles":[{"approved":0,"predicted":0.2,"rows":1}],"logLoss":0.25,"rows":2},"model":"retries","rows":900,\
                        "trainedThrough":12}
                        """))
        }
        _ = try await log.append(Append([StreamWrite(events, to: try StreamName("model-retries"))]))
        await log.close()
        return folder
    }

    private func roles(_ answer: ServerProcess.Answer) throws -> [JSONValue?] {
        try answer.json["models"]?.arrayValue?.map { $0["roles"] } ?? []
    }

    @Test("A model is promoted and rolled back by name, with a reason; the list tells who did it, now and as of any time")
    func models() async throws {
        let folder = try TestFolder()
        let (first, second) = try await TrainedModels.write(in: folder)
        let server = try ServerProcess(in: folder)
        func act(_ body: String, key: String? = nil) async throws -> ServerProcess.Answer {
            try await server.post("/v1/billing/models", body, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
        }
        #expect(try roles(try await server.get("/v1/billing/models")) == [[], []])
        let promote = #"{"action":"promote","model":"\#(first)","role":"champion","reason":"the first one"}"#
        let promoted = try await act(promote, key: "k1")
        #expect(try promoted.status == 200 && roles(promoted) == [[], ["champion"]])
        #expect(try await act(promote, key: "k1").text == promoted.text)
        #expect(try await act(promote).status == 409)
        let position = try #require(promoted["Hindsight-Position"])
        let better = try await act(#"{"action":"promote","model":"\#(second)","role":"champion","reason":"better"}"#)
        #expect(try roles(better) == [["champion"], []])
        let back = try await act(#"{"action":"roll-back","role":"champion","reason":"worse"}"#)
        #expect(try roles(back) == [[], ["champion"]])
        let decisions = try back.json["models"]?.arrayValue?.first?["decisions"]?.arrayValue ?? []
        #expect(decisions.map { $0["act"] } == ["promoted", "rolled-back"] && decisions.allSatisfy { $0["by"] == "local" })
        #expect(try roles(try await server.get("/v1/billing/models?at=position:\(position)")) == [[], ["champion"]])
        #expect(try roles(try await server.get("/v1/billing/models?at=position:1")) == [[]])
    }

    @Test("A model whose file was cut is not promoted, and the answer says so")
    func cutModel() async throws {
        let folder = try TestFolder()
        let (first, _) = try await TrainedModels.write(in: folder)
        let file = URL(filePath: "\(folder.path)/log/models/\(first).model")
        let content = try Data(contentsOf: file)
        try content.prefix(content.count / 2).write(to: file)
        let server = try ServerProcess(in: folder)
        let answer = try await server.post(
            "/v1/billing/models", #"{"action":"promote","model":"\#(first)","role":"champion","reason":"r"}"#)
        #expect(answer.status == 409 && answer.text.contains("the model file is cut"), "\(answer.text)")
        #expect(try await server.get("/v1/log").json["head"] == 2)
    }

    @Test(
        "What an act on models lacks is named",
        arguments: [
            ("{}", 400, "/action"), (#"{"action":"train-harder"}"#, 400, "/action"),
            (#"{"action":"promote","role":"champion","reason":"r"}"#, 400, "/model"),
            (#"{"action":"promote","model":"abc","role":"champion","reason":"r"}"#, 400, "/model"),
            (#"{"action":"promote","model":"FIRST","reason":"r"}"#, 400, "/role"),
            (#"{"action":"promote","model":"FIRST","role":"king","reason":"r"}"#, 400, "/role"),
            (#"{"action":"promote","model":"FIRST","role":"champion"}"#, 400, "/reason"),
            (#"{"action":"promote","model":"FIRST","role":"champion","reason":" "}"#, 400, "/reason"),
            (#"{"action":"promote","model":"FIRST","role":"champion","reason":"r"}"#, 409, "/model"),
            (#"{"action":"promote","model":"UNKNOWN","role":"champion","reason":"r"}"#, 409, "/model"),
            (#"{"action":"roll-back","model":"FIRST","role":"champion","reason":"r"}"#, 400, "/model"),
            (#"{"action":"roll-back","role":"champion"}"#, 400, "/reason"),
            (#"{"action":"roll-back","role":"champion","reason":"r"}"#, 409, "/role"),
        ])
    func badActs(_ body: String, _ status: Int, _ pointer: String) async throws {
        let server = try ServerProcess(in: try await trained())
        let named = body.replacing("FIRST", with: Self.first).replacing("UNKNOWN", with: String(repeating: "c", count: 64))
        let answer = try await server.post("/v1/billing/models", named)
        #expect(answer.status == status, "\(answer.text)")
        #expect(try answer.json["pointer"] == .string(pointer), "\(answer.text)")
        #expect(try await server.get("/v1/log").json["head"] == 2)
    }

    @Test("An experiment has a segment, another one for everybody else, and holds customers out, 20 of 1,000 unless it says otherwise")
    func experiments() async throws {
        let server = try ServerProcess()
        let plain = #"{"salt":"s","arms":[{"policy":"end-to-end","permille":1000}]}"#
        let defined = try await server.put("/v1/billing/experiments/collection", plain)
        #expect(try defined.status == 201 && defined.json["holdOutPermille"] == 20 && defined.json["segment"] == nil)
        #expect(try await server.put("/v1/billing/experiments/collection", plain).status == 200)
        let whole = #"""
            {"salt":"s","arms":[{"policy":"end-to-end","permille":1000}],"otherwise":"teams","holdOutPermille":30,
             "segment":{"countries":["DE"],"plans":["pro"],"fundings":["debit"],"customerTypes":["individual"]}}
            """#
        let segmented = try await server.put("/v1/billing/experiments/people", whole)
        var expected = try JSON.decode([String: JSONValue].self, from: Array(whole.utf8))
        expected["name"] = "people"
        #expect(try segmented.status == 201 && segmented.json == .object(expected), "\(segmented.text)")
        #expect(try await server.get("/v1/billing/experiments").json["experiments"]?.arrayValue?.last == .object(expected))
    }

    @Test(
        "What is wrong with an experiment is named",
        arguments: [
            (#""arms":[{"policy":"nobody","permille":1000}]"#, 409, "/arms/0/policy"),
            (#""arms":[{"policy":"end-to-end","permille":900},{"policy":"challenger","permille":90}]"#, 409, "/arms"),
            (#""arms":[{"policy":"end-to-end","permille":1001}]"#, 400, "/arms/0/permille"),
            (#""holdOutPermille":1001"#, 400, "/holdOutPermille"), (#""holdOutPermille":-1"#, 400, "/holdOutPermille"),
            (#""segment":{"countries":[]}"#, 400, "/segment/countries"), (#""segment":{"countries":["de"]}"#, 400, "/segment/countries/0"),
            (#""segment":{"fundings":["cash"]}"#, 400, "/segment/fundings/0"), (#""segment":{"ages":[7]}"#, 400, "/segment/ages"),
            (#""segment":{"customerTypes":["robot"]}"#, 400, "/segment/customerTypes/0"),
            (#""otherwise":"a b""#, 400, "/otherwise"), (#""otherwise":"mine""#, 409, "/otherwise"), (#""more":1"#, 400, "/more"),
        ])
    func badExperiments(_ member: String, _ status: Int, _ pointer: String) async throws {
        let server = try ServerProcess()
        let arms = member.contains("arms") ? "" : #","arms":[{"policy":"end-to-end","permille":1000}]"#
        let answer = try await server.put("/v1/billing/experiments/mine", #"{"salt":"s",\#(member)\#(arms)}"#)
        #expect(answer.status == status, "\(answer.text)")
        #expect(try answer.json["pointer"] == .string(pointer), "\(answer.text)")
        #expect(try await server.get("/v1/log").json["head"] == 0)
    }

    @Test("A policy may ask a model; its terms are checked, and it can't call itself one")
    func policies() async throws {
        let server = try ServerProcess()
        let known = try await server.get("/v1/billing/policies").json["policies"]?.arrayValue ?? []
        var policy = try #require(known.first { $0["name"] == "end-to-end" }?.objectValue)
        policy["name"] = nil
        func put(_ change: (inout [String: JSONValue]) -> Void) async throws -> ServerProcess.Answer {
            var changed = policy
            change(&changed)
            return try await server.put("/v1/billing/policies/mine", String(decoding: try JSON.encode(changed), as: UTF8.self))
        }
        func terms(_ name: String, _ value: JSONValue?) async throws -> JSONValue? {
            let answer = try await put { policy in
                var terms = policy["model"]?.objectValue ?? [:]
                terms[name] = value
                policy["model"] = .object(terms)
            }
            #expect(answer.status == 400, "\(answer.text)")
            return try answer.json["pointer"]
        }
        #expect(try await terms("horizonHours", 100) == "/model/horizonHours")
        #expect(try await terms("overrideFactor", -1) == "/model/overrideFactor")
        #expect(try await terms("explorationPermille", 1_001) == "/model/explorationPermille")
        #expect(try await terms("firstChargeHours", 169) == "/model/firstChargeHours")
        #expect(try await terms("role", "king") == "/model/role")
        #expect(try await terms("scope", nil) == "/model/scope")
        #expect(try await terms("more", 1) == "/model/more")
        #expect(try await put { $0["chooser"] = "model" }.json["pointer"] == "/chooser")
        #expect(try await put { $0["maximumRetries"] = -1 }.json["pointer"] == "/maximumRetries")
        #expect(try await put { _ in }.status == 201)
        let versions = try await server.get("/v1/billing/policies/mine/versions").json["versions"]?.arrayValue
        #expect(versions?.first?["policy"]?["model"] == policy["model"])
    }

    @Test("What is wrong in a question for the model is named, and nothing is recorded") func badQuestions() async throws {
        let server = try ServerProcess(settings: ["clock=manual"])
        #expect(try await server.post("/v1/clock", #"{"now":"2026-02-01T03:00:00Z"}"#).status == 200)
        let taken = #""takenAt":"2026-02-01T02:00:00Z""#
        for (member, status, pointer) in [
            (#""now":"9999-12-20T00:00:00Z""#, 409, "/now"), (#""horizonHours":100"#, 400, "/horizonHours"),
            (#""failure":{"code":"51"}"#, 400, "/failure/attempt"), (#""signals":{}"#, 400, "/signals/takenAt"),
            (#""signals":{\#(taken),"card":{"number":"4"}}"#, 400, "/signals/card/number"),
            (#""signals":{\#(taken),"country":"Germany"}"#, 400, "/signals/country"),
            (#""signals":{"takenAt":"2026-02-01T04:00:00Z"}"#, 409, "/signals/takenAt"),
        ] {
            let body = #"{"customer":"c1","customerType":"individual",\#(member)}"#
            let answer = try await server.post("/v1/billing/predict", body)
            #expect(answer.status == status, "\(member): \(answer.text)")
            #expect(try answer.json["pointer"]?.stringValue == pointer, "\(answer.text)")
        }
        let good = #"{"customer":"c1","customerType":"individual","signals":{\#(taken),"country":null,"card":{"network":"visa"}}}"#
        #expect(try await server.post("/v1/billing/predict", good).json["fallback"] == true)
        #expect(try await server.get("/v1/events?type=billing-retries.forecast-made").json["events"]?.arrayValue?.count == 1)
    }
}
