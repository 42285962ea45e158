import DemoInputs
import Foundation
import HindsightApp
import HindsightCore
import HindsightTesting
import Testing

@Suite("Jobs while the server is killed", .serialized) struct JobsUnderKillsTests {
    /// Many more, where `tools/soak jobs` asks for them.
    private static let wanted = ProcessInfo.processInfo.environment["SOAK_JOBS"].flatMap { Int($0) }

    @Test("Eight at a time, with kills at any event: one clone each, nothing run twice, no orphan, the same file", .timeLimit(.minutes(60)))
    func jobs() async throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["SOAK_SEED"] ?? "") ?? 20_261_128
        let site = try await Site(seed: seed)
        let count = Self.wanted ?? 8
        let kills = try await site.run(jobs: count)
        #expect(kills >= 2, "seed \(seed)")
        try await site.judge()
        try await site.close()
        print("kept \(count) jobs under \(kills) kills, seed \(seed)")
    }
}

/// A server that is killed now and then, beside a notebook that is not.
private final class Site {
    private let folder: TestFolder
    private let peers: EmbeddedPeers
    private let notebook: HindsightApp.PeerProcess
    private let settings: [String]
    private let label: String
    private var chance: SeededGenerator
    private var server: ServerProcess
    private var jobs: [String] = []
    private var ended = 0
    private var position = 0
    private var kills = 0

    private static let form = String(decoding: DemoInputs.audienceForm, as: UTF8.self)
    private static let ends: Set = ["audience-jobs.job-finished", "audience-jobs.job-failed"]

    init(seed: UInt64) async throws {
        label = "seed \(seed)"
        chance = SeededGenerator(seed)
        folder = try TestFolder()
        peers = EmbeddedPeers(folder: folder.path, programs: Bundle.main.bundleURL.path)
        notebook = try await peers.startNotebookRunner()
        try folder.write(String(decoding: DemoInputs.audienceTemplate, as: UTF8.self), to: "templates/audience.yaml")
        settings = [
            "audience.zeppelin.url=\(notebook.url)", "audience.sharedDirectory=\(peers.sharedDirectory)",
            "audience.templates=\(folder.path)/templates", "audience.limits.pollSeconds=0.05", "work.leaseSeconds=1",
        ]
        server = try ServerProcess(in: folder, settings: settings)
    }

    /// - Returns: How often the server was killed.
    func run(jobs count: Int) async throws -> Int {
        try await begin()
        // After each a minute may pass until what was under way must have arrived: of many jobs fewer are hit.
        let events = 60...max(150, 2 * count)
        var untilKill = Int.random(in: events, using: &chance)
        while ended < count {
            while jobs.count < count, jobs.count - ended < 8 { try await ask() }
            let headers = ["Accept": "text/event-stream", "Last-Event-ID": "\(position)"]
            for try await line in try await server.follow("/v1/events", headers: headers) {
                if let id = line.afterPrefix("id: ") { position = try #require(Int(id)) }
                guard let data = line.afterPrefix("data: ") else { continue }
                untilKill -= 1
                let type = try JSON.decode(JSONValue.self, from: Array(data.utf8))["type"]?.stringValue
                if Self.ends.contains(type ?? "") {
                    ended += 1
                    break
                }
                if untilKill <= 0 { break }
            }
            guard untilKill <= 0 else { continue }
            server.crash()
            kills += 1
            untilKill = Int.random(in: events, using: &chance)
            server = try ServerProcess(in: folder, settings: settings)
            try await begin()
        }
        return kills
    }

    private func begin() async throws {
        _ = try await server.eventually("/v1/audience/templates") { $0["templates"]?.arrayValue?.isEmpty == false }
    }

    private func ask() async throws {
        let offer = "offer-\(jobs.count)"
        let form = Self.form.replacingOccurrences(of: "coffee-2026-07", with: offer)
        let answer = try await server.post("/v1/audience/jobs", form, headers: ["Idempotency-Key": offer])
        jobs.append(try #require(answer.json["id"]?.stringValue, "\(answer.text)"))
    }

    /// Asks the server and the notebook what became of the jobs.
    func judge() async throws {
        var notes: Set<String> = []
        var digests: Set<String> = []
        for id in jobs {
            let job = try await server.eventually("/v1/audience/jobs/\(id)") { $0["status"] == "finished" || $0["status"] == "failed" }
            #expect(job["status"] == "finished", "\(label): \(job)")
            notes.insert(try #require(job["noteId"]?.stringValue))
            digests.insert(try #require(job["artifact"]?["sha256"]?.stringValue))
        }
        #expect(notes.count == jobs.count && digests.count == 1, "\(label)")
        _ = try await server.eventually("/v1/sagas?status=running") { $0["sagas"] == [] }
        #expect(try await server.get("/v1/sagas?status=parked").json["sagas"] == [], "\(label)")
        let verified = try await server.get("/v1/sagas/notebook-run:\(jobs[0])/verify").json
        #expect(verified["differences"] == [], "\(label)")

        let journal = try folder.text(of: "notebook-runner/journal.ndjson").split(separator: "\n").map {
            try JSON.decode(JSONValue.self, from: Array($0.utf8))
        }
        let clones = journal.filter { $0["kind"] == "clone" }.compactMap { $0["note"]?.stringValue }
        #expect(clones.count == jobs.count && Set(clones) == notes, "\(label): a clone that no job knows, or one more than jobs")
        var running: JSONValue?
        var runs: [String: Int] = [:]
        for line in journal {
            switch line["kind"]?.stringValue {
            case "run-started":
                #expect(running == nil, "\(label): two paragraphs at a time")
                running = line["paragraph"]
                runs["\(line["note"]?.stringValue ?? "")/\(line["paragraph"]?.stringValue ?? "")", default: 0] += 1
            case "run-finished": running = nil
            default: break
            }
        }
        #expect(runs.values.allSatisfy { $0 == 1 }, "\(label): a paragraph was run twice")
    }

    func close() async throws {
        #expect(server.stop() == .exited(0))
        try await notebook.stop()
    }
}

extension String {
    fileprivate func afterPrefix(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}
