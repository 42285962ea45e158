import DemoInputs
import Foundation
import HindsightApp
import HindsightCore
import HindsightTesting
import Testing

@Suite("Webhooks of a server", .timeLimit(.minutes(5))) struct WebhookNoticeTests {
    private static let secret = "whsec-0123456789abcdef"
    private static let form = String(decoding: DemoInputs.audienceForm, as: UTF8.self)
        .replacingOccurrences(of: "\"inbox\"", with: "\"inbox\", \"webhook:crm\"")

    private func configuration(_ address: String) -> String {
        "audience: { notices: { webhooks: { crm: { url: '\(address)/effects/notice', secret: ./crm.secret } } } }"
    }

    @Test("The end of a job is told to the program that its form names: signed, once, and with a record of it") func tells() async throws {
        let folder = try TestFolder()
        let secret = try folder.write("\(Self.secret)\n", to: "crm.secret")
        let journal = "\(folder.path)/receiver.ndjson"
        // It refuses what is not signed with the secret, by code of its own.
        let receiver = try HindsightTesting.PeerProcess(
            Bundle.main.bundleURL.appending(path: "recording-peer").path,
            ["--journal", journal, "--parent-pipe", "--signing-secret", secret])
        let peers = EmbeddedPeers(folder: folder.path, programs: Bundle.main.bundleURL.path)
        let notebook = try await peers.startNotebookRunner()
        try folder.write(String(decoding: DemoInputs.audienceTemplate, as: UTF8.self), to: "templates/audience.yaml")
        let settings = [
            "audience.zeppelin.url=\(notebook.url)", "audience.sharedDirectory=\(peers.sharedDirectory)",
            "audience.templates=\(folder.path)/templates", "audience.limits.pollSeconds=0.05",
        ]
        let server = try ServerProcess(in: folder, settings: settings, configuration: configuration(receiver.address))
        _ = try await server.eventually("/v1/audience/templates") { $0["templates"]?.arrayValue?.isEmpty == false }
        let id = try #require(try await server.post("/v1/audience/jobs", Self.form).json["id"]?.stringValue)
        let job = try await server.eventually("/v1/audience/jobs/\(id)") { job in
            job["notices"]?.arrayValue?.contains { $0["channel"] == "webhook" && $0["delivery"] != nil } == true
        }
        let notice = try #require(job["notices"]?.arrayValue?.first { $0["channel"] == "webhook" })
        #expect(notice["recipient"] == "crm" && notice["delivery"]?["status"] == "delivered")
        #expect(notice["delivery"]?["reply"] == "200" && notice["delivery"]?["attempts"] == 1)
        #expect(server.stop() == .exited(0))

        let next = try ServerProcess(in: folder, settings: settings, configuration: configuration(receiver.address))
        _ = try await next.eventually("/v1/sagas/notice-delivery:\(id):finished:2") { $0["status"] == "finished" }
        let told = EffectReference(kind: "notice", key: "\(id):finished:2")
        try PeerVerdict(on: PeerJournal(file: journal)).exactlyOnce([told]).nothingBut([told]).hold()
        #expect(try PeerJournal(file: journal).requests.count == 1)
        let events = try await next.get("/v1/events?limit=1000").text
        let lines = try next.logLines().joined()
        for text in [events, lines] { #expect(!text.contains(Self.secret) && !text.contains(receiver.address)) }
        next.stop()
        try await notebook.stop()
    }

    @Test("A server whose secret is missing does not start, and says which setting it wants") func noSecret() throws {
        let error = #expect(throws: ServerProcess.Failure.self) {
            try ServerProcess(configuration: configuration("http://127.0.0.1:9"))
        }
        #expect(error?.description.contains("audience.notices.webhooks.crm.secret: ") == true)
    }
}
