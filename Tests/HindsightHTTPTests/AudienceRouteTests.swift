import DemoInputs
import Foundation
import HindsightApp
import HindsightCore
import LogFaults
import NIOHTTP1
import Testing
import HindsightTesting

@Suite("Audience jobs over HTTP")
struct AudienceRouteTests {
    private static let form = String(decoding: DemoInputs.audienceForm, as: UTF8.self)

    @Test("A form becomes a checked file at an offer, through a real notebook, and every step can be watched", .timeLimit(.minutes(5)))
    func job() async throws {
        let folder = try TestFolder()
        let peers = EmbeddedPeers(folder: folder.path, programs: Bundle.main.bundleURL.path)
        let notebook = try await peers.startNotebookRunner()
        try folder.write(String(decoding: DemoInputs.audienceTemplate, as: UTF8.self), to: "templates/audience.yaml")
        let server = try ServerProcess(
            in: folder,
            settings: [
                "audience.zeppelin.url=\(notebook.url)", "audience.sharedDirectory=\(peers.sharedDirectory)",
                "audience.templates=\(folder.path)/templates", "audience.limits.pollSeconds=0.05",
            ])
        let templates = try await server.eventually("/v1/audience/templates") { $0["templates"]?.arrayValue?.isEmpty == false }
        #expect(templates["templates"]?.arrayValue?.first?["name"] == "audience-by-purchases")
        #expect(templates["templates"]?.arrayValue?.first?["parameters"]?["type"] == "object")
        try await Self.lists(server, in: peers.sharedDirectory)

        let bad = try await server.post("/v1/audience/jobs", Self.form.replacingOccurrences(of: "\"B07\"", with: "7"))
        #expect(bad.status == 400)
        #expect(try bad.json["pointer"] == "/parameters/bcc/0")
        #expect(try await server.post("/v1/audience/jobs", #"{"template":"none"}"#).json["pointer"] == "/template")
        let rows = try await Self.preview(on: server)

        let key = ["Idempotency-Key": "k"]
        let requested = try await server.post("/v1/audience/jobs", Self.form, headers: key)
        #expect(requested.status == 202)
        let id = try #require(try requested.json["id"]?.stringValue)
        #expect(requested["Location"] == "/v1/audience/jobs/\(id)")
        #expect(try await server.post("/v1/audience/jobs", Self.form, headers: key).json["id"] == .string(id))

        var seen: [JSONValue] = []
        for try await line in try await server.follow("/v1/audience/jobs/\(id)", headers: ["Accept": "text/event-stream"])
        where line.hasPrefix("data: ") {
            seen.append(try JSON.decode(JSONValue.self, from: Array(line.dropFirst(6).utf8)))
        }
        #expect(seen.last?["status"] == "finished", "\(seen.last ?? .null)")
        #expect(seen.contains { $0["status"] == "running" })
        let job = try await server.get("/v1/audience/jobs/\(id)").json
        #expect(job == seen.last)
        #expect(job["artifact"]?["rows"] == rows)
        let artifact = try await server.get("/v1/audience/jobs/\(id)/artifact")
        #expect(artifact.status == 200 && artifact["Content-Type"] == "text/csv")
        #expect(Int64(artifact.bytes.count) == job["artifact"]?["bytes"]?.integerValue)
        #expect(artifact["ETag"] == "\"\(job["artifact"]?["sha256"]?.stringValue ?? "")\"")

        #expect(try await server.get("/v1/audience/offers/coffee-2026-07").json["audiences"]?.arrayValue?.count == 1)
        let attached = try await server.post(
            "/v1/audience/offers/coffee-2026-07/audiences", #"{"job":"\#(id)","type":"regulars","cashback":{"percent":5},"precedence":2}"#)
        #expect(attached.status == 201)
        #expect(try attached.json["audiences"]?.arrayValue?.count == 2)
        try await Self.offer(id, of: server, bytes: artifact.text)
        #expect(try await server.post("/v1/audience/offers/none/audiences", #"{"job":"\#(id)","type":"x"}"#).status == 404)
        let statistics = try await server.get("/v1/audience/statistics?from=2026-01-01T00:00:00Z&by=day").json
        #expect(statistics["finished"] == 1 && statistics["hoursSaved"] == 2)
        #expect(statistics["byTemplate"]?.arrayValue?.map { $0["template"] } == ["audience-by-purchases"])
        #expect(try await server.get("/v1/audience/statistics?template=other").json["finished"] == 0)
        #expect(try await server.get("/v1/audience/statistics?by=year").json["field"] == "by")
        let notices = try await server.get("/v1/inbox?job=\(id)").json["notices"]?.arrayValue ?? []
        #expect(notices.map { $0["channel"] } == ["inbox"] && notices.first?["delivery"]?["status"] == "delivered")
        #expect(job["notices"]?.arrayValue?.first?["delivery"]?["attempts"] == 1)
        let unnamed = try await server.post("/v1/audience/jobs", Self.form.replacingOccurrences(of: "\"inbox\"", with: "\"mail:anna\""))
        #expect(try unnamed.status == 400 && unnamed.json["pointer"] == "/notify/0")
        #expect(try await server.get("/v1/sagas/notebook-run:\(id)").json["status"] == "finished")
        #expect(try await server.get("/v1/audience/jobs?status=finished").json["jobs"]?.arrayValue?.isEmpty == false)
        let odd = try await server.get("/v1/audience/jobs?status=zzz")
        #expect(try odd.status == 400 && odd.json["field"] == "status", "\(odd.text)")
        #expect(try odd.json["detail"]?.stringValue?.contains("requested, awaiting-approval, cloning") == true, "\(odd.text)")
        try await Self.twins(in: folder, server)
        let metrics = try await server.get("/metrics").text
        #expect(metrics.contains(#"hindsight_effect_outcomes_total{outcome="succeeded",peer="notebook"}"#))
        #expect(server.stop() == .exited(0))
        try await notebook.stop()
    }

    /// A list of opted-out clients that is not there is told of, until it is.
    private static func lists(_ server: ServerProcess, in directory: String) async throws {
        let list = URL(filePath: directory).appending(path: "opt-outs.txt")
        let aside = list.appendingPathExtension("aside")
        try FileManager.default.moveItem(at: list, to: aside)
        let template = try await server.get("/v1/audience/templates").json["templates"]?.arrayValue?.first
        #expect(
            template?["warnings"] == [
                "/artifact/optOuts names opt-outs.txt, which is not in the shared directory: jobs wait for it at the check of their file"
            ])
        try FileManager.default.moveItem(at: aside, to: list)
        #expect(try await server.get("/v1/audience/templates").json["templates"]?.arrayValue?.first?["warnings"] == nil)
    }

    /// A second file of one template's name changes nothing, and is told of.
    private static func twins(in folder: TestFolder, _ server: ServerProcess) async throws {
        let other = String(decoding: DemoInputs.audienceTemplate, as: UTF8.self).replacing("purchases_min", with: "purchases_least")
        try folder.write(other, to: "templates/twin.yaml")
        let listed = try await server.eventually("/v1/audience/templates") { $0["refused"] != nil }
        let refused = listed["refused"]?.arrayValue ?? []
        #expect(refused.count == 2 && refused.allSatisfy { $0["problem"]?.stringValue?.contains("each template has one file") == true })
        #expect(try await server.get("/v1/audience/templates/audience-by-purchases/versions").json["versions"]?.arrayValue?.count == 1)
    }

    private static func previewing(_ form: [UInt8]) throws -> String {
        var members = try JSON.decode([String: JSONValue].self, from: form)
        members["preview"] = true
        return String(decoding: try JSON.encode(members), as: UTF8.self)
    }

    /// Counts the form's clients alone, where its template can.
    ///
    /// - Returns: How many there are.
    private static func preview(on server: ServerProcess) async throws -> JSONValue {
        let asked = try await server.post("/v1/audience/jobs", try previewing(DemoInputs.audienceForm))
        #expect(asked.status == 202, "\(asked.text)")
        let id = try #require(try asked.json["id"]?.stringValue)
        let counted = try await server.eventually("/v1/audience/jobs/\(id)") { $0["endedAt"] != nil }
        #expect(counted["status"] == "finished" && counted["artifact"] == nil, "\(counted)")
        #expect(try await server.get("/v1/audience/jobs/\(id)/artifact").status == 404)
        #expect(try await server.get("/v1/audience/offers/coffee-2026-07").status == 404)
        return try #require(counted["preview"]?["rows"])
    }

    @Test(
        "A large audience waits for a manager, who may approve, refuse or cancel, and a job that can't be led on says why",
        .timeLimit(.minutes(5)))
    func acts() async throws {
        let folder = try TestFolder()
        let peers = EmbeddedPeers(folder: folder.path, programs: Bundle.main.bundleURL.path)
        let notebook = try await peers.startNotebookRunner()
        try folder.write(String(decoding: DemoInputs.audienceTemplate, as: UTF8.self), to: "templates/audience.yaml")
        try folder.write(String(decoding: DemoInputs.reportTemplate, as: UTF8.self), to: "templates/report.yaml")
        let server = try ServerProcess(
            in: folder,
            settings: [
                "audience.zeppelin.url=\(notebook.url)", "audience.sharedDirectory=\(peers.sharedDirectory)",
                "audience.templates=\(folder.path)/templates", "audience.limits.pollSeconds=0.05", "audience.limits.approvalRows=1",
            ])
        _ = try await server.eventually("/v1/audience/templates") { $0["templates"]?.arrayValue?.count == 2 }
        func request() async throws -> String {
            "/v1/audience/jobs/" + (try await server.post("/v1/audience/jobs", Self.form).json["id"]?.stringValue ?? "")
        }
        func waiting(_ path: String) async throws -> JSONValue {
            try await server.eventually(path) { $0["status"] == "awaiting-approval" || $0["endedAt"] != nil }
        }
        let checked = try await server.post("/v1/audience/jobs", try Self.previewing(DemoInputs.reportForm))
        #expect(try checked.status == 200 && checked.json["valid"] == true, "\(checked.text)")
        #expect(try await server.get("/v1/audience/jobs").json["jobs"] == [])

        let approved = try await request()
        #expect(try await waiting(approved)["approval"]?["limit"] == 1)
        #expect(try await server.get("/v1/audience/offers/coffee-2026-07").status == 404)
        let key = ["Idempotency-Key": "yes"]
        let answer = try await server.post(approved + "/approve", "", headers: key)
        #expect(answer.status == 202 && answer["Location"] == approved, "\(answer.text)")
        #expect(try await server.eventually(approved) { $0["endedAt"] != nil }["status"] == "finished")
        #expect(try await server.post(approved + "/approve", "", headers: key).json == answer.json)
        #expect(try await server.get("/v1/audience/offers/coffee-2026-07").json["audiences"]?.arrayValue?.count == 1)

        let rejected = try await request()
        _ = try await waiting(rejected)
        #expect(try await server.post(rejected + "/reject", "{}").json["pointer"] == "/reason")
        #expect(try await server.post(rejected + "/reject", #"{"reason":"too many"}"#).json["status"] == "rejected")
        #expect(try await server.post(rejected + "/approve", "").status == 409)

        let cancelled = try await request()
        #expect(try await server.post(cancelled + "/cancel", #"{"reason":"a slip"}"#).status == 202)
        #expect(try await server.eventually(cancelled) { $0["endedAt"] != nil }["status"] == "cancelled")
        let refusals = [
            (cancelled + "/cancel", #"{"reason":"a slip"}"#, 409), (approved + "/retry", "", 409), (approved + "/cancel", "{}", 400),
            ("/v1/audience/jobs/01890a5d-ac96-774b-bcce-b302099a8057/retry", "", 404), ("/v1/audience/jobs/x/retry", "", 400),
        ]
        for (path, body, status) in refusals {
            let refused = try await server.post(path, body)
            #expect(refused.status == status, "\(path): \(refused.text)")
        }
        #expect(try await server.get("/v1/audience/statistics").json["cancelled"] == 1)
        server.stop()
        try await notebook.stop()
    }

    /// The offer of the form with the same file twice, under two types: everybody is in both.
    private static func offer(_ job: String, of server: ServerProcess, bytes csv: String) async throws {
        let clients = Int64(csv.split(separator: "\n").count - 1)
        let offer = try await server.get("/v1/audience/offers/coffee-2026-07").json
        #expect(offer["overlaps"] == [["types": ["competitor", "regulars"], "clients": .integer(clients)]])
        #expect(offer["resolved"] == ["clients": .integer(clients), "inSeveral": .integer(clients)])
        #expect(offer["audiences"]?.arrayValue?.map { $0["assigned"] } == [.integer(clients), 0])
        let taken = try await server.post(
            "/v1/audience/offers/coffee-2026-07/audiences", #"{"job":"\#(job)","type":"third","precedence":2}"#)
        #expect(try taken.status == 409 && taken.json["detail"]?.stringValue?.contains("regulars already") == true)
        let wrong = try await server.post(
            "/v1/audience/offers/coffee-2026-07/audiences", #"{"job":"\#(job)","type":"third","cashback":{"percent":5.555}}"#)
        #expect(try wrong.status == 400 && wrong.json["pointer"] == "/cashback/percent")
        let path = "/v1/audience/offers/coffee-2026-07/precedence"
        #expect(try await server.ask(.PUT, path, #"{"order":["regulars"]}"#).status == 409)
        let ordered = try await server.ask(.PUT, path, #"{"order":["regulars","competitor"]}"#)
        #expect(try ordered.json["audiences"]?.arrayValue?.map { $0["type"] } == ["regulars", "competitor"])
        #expect(try ordered.json["audiences"]?.arrayValue?.map { $0["assigned"] } == [.integer(clients), 0])
        let assignment = try await server.get("/v1/audience/offers/coffee-2026-07/assignment")
        #expect(assignment.status == 200 && assignment["Content-Type"] == "text/csv")
        let expected = csv.split(separator: "\n").dropFirst().map { "\($0.prefix { $0 != "," }),regulars,\(job)" }
        #expect(assignment.text == (["client_id,type,job"] + expected).map { $0 + "\n" }.joined())
        #expect(try await server.get("/v1/audience/offers/none/assignment").status == 404)
    }

    @Test("A job that is under way when the server stops is finished by the next one, in the same note", .timeLimit(.minutes(5)))
    func handedOver() async throws {
        let folder = try TestFolder()
        let peers = EmbeddedPeers(folder: folder.path, programs: Bundle.main.bundleURL.path)
        let notebook = try await peers.startNotebookRunner()
        try folder.write(String(decoding: DemoInputs.audienceTemplate, as: UTF8.self), to: "templates/audience.yaml")
        let settings = [
            "audience.zeppelin.url=\(notebook.url)", "audience.sharedDirectory=\(peers.sharedDirectory)",
            "audience.templates=\(folder.path)/templates", "audience.limits.pollSeconds=0.05",
        ]
        let first = try ServerProcess(in: folder, settings: settings)
        _ = try await first.eventually("/v1/audience/templates") { $0["templates"]?.arrayValue?.isEmpty == false }
        let id = try #require(try await first.post("/v1/audience/jobs", Self.form).json["id"]?.stringValue)
        _ = try await first.eventually("/v1/audience/jobs/\(id)") { job in
            job["paragraphs"]?.arrayValue?.contains { $0["status"] == "RUNNING" || $0["status"] == "FINISHED" } == true
        }
        #expect(first.stop() == .exited(0))
        let second = try ServerProcess(in: folder, settings: settings)
        let job = try await second.eventually("/v1/audience/jobs/\(id)") { $0["status"] == "finished" || $0["status"] == "failed" }
        #expect(job["status"] == "finished", "\(job)")
        let clones = try await second.get("/v1/events?type=audience-jobs.note-cloned").json["events"]?.arrayValue
        #expect(clones?.count == 1)
        let journal = try folder.text(of: "notebook-runner/journal.ndjson").split(separator: "\n")
        #expect(journal.count { $0.contains("\"kind\":\"clone\"") } == 1, "\(journal.first ?? "")")
        second.stop()
        try await notebook.stop()
    }

    @Test("Without a notebook a good request says what is missing")
    func notConfigured() async throws {
        let server = try ServerProcess()
        let answer = try await server.post("/v1/audience/jobs", Self.form)
        #expect(answer.status == 409)
        #expect(try answer.json["type"] == "/problems/not-configured")
        #expect(try await server.get("/v1/audience/jobs/01890a5d-ac96-774b-bcce-b302099a8057").status == 404)
        #expect(try await server.get("/v1/audience/jobs/x").status == 400)
    }
}
