import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightTesting
import NIOHTTP1
import Testing
import ZeppelinAdapter

@Suite("Zeppelin's contract") struct ZeppelinContractTests {
    private static let dialects = FaultCase.dialects
    private static let template = PerformerDesk.template
    private static let variables = "paragraph_1767225600000_100000001"
    private static let second = "paragraph_1767225600000_100000002"

    @Test("The version names the dialect, and one that is none of them is refused by its name")
    func versions() throws {
        #expect(try ZeppelinDialect(version: "0.8.2") == .v08)
        for version in ["0.9.0", "0.10.1"] { #expect(try ZeppelinDialect(version: version) == .v09) }
        for version in ["0.11.2", "0.12.0", "0.12.1", "0.13.0-SNAPSHOT"] { #expect(try ZeppelinDialect(version: version) == .since011) }
        for version in ["0.7.3", "1.0.0", "0", "", "0.x.1", "zeppelin"] {
            #expect(throws: ZeppelinError.unsupportedVersion(version)) { try ZeppelinDialect(version: version) }
        }
        #expect("\(ZeppelinError.unsupportedVersion("0.7.3"))".contains("0.7.3"))
    }

    @Test("A server of another version ends a job with a cause of its own") func unknownVersion() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "old-zeppelin-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "api"), withIntermediateDirectories: true)
        defer { _ = Result { try FileManager.default.removeItem(at: folder) } }
        try Data(#"{"status":"OK","message":"","body":{"version":"0.7.3"}}"#.utf8).write(to: folder.appending(path: "api/version"))
        let server = try ChildProcess(
            "python3", ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder.path])
        defer {
            server.kill()
            server.waitForEnd()
        }
        let port = try #require(try server.nextLine()?.firstMatch(of: /port (\d+)/)?.1)
        try await AudienceStage.with(.init()) { stage in
            let client = try ZeppelinClient(address: "http://127.0.0.1:\(port)", credentials: nil)
            let outcome = await PerformerDesk(stage, client: client).performer.perform(PerformerDesk(stage).cloning(digest: "of no matter"))
            try await client.close()
            #expect(
                outcome
                    == .rejected(
                        reason: "Zeppelin 0.7.3 is not supported: 0.8 to 0.12 are", result: ["cause": "unsupported-version"]))
        }
    }

    // MARK: - Clones

    /// A job that was asked for, and has not begun.
    private struct WantedJob {
        let id: JobID
        let stage: AudienceStage
        let service: AudienceService

        /// Where its note will stand.
        var path: String { "/hindsight/2026-11/job-\(id)" }
        /// What makes a note there.
        var note: JSONValue { ZeppelinContractTests.note(at: path) }

        func run(beforeWait: (Duration) async throws -> Void = { _ in }) async throws -> JobRow {
            try await stage.run(id, by: service, beforeWait: beforeWait)
        }
    }

    private static func note(at path: String) -> JSONValue { ["name": .string(path), "notePath": .string(path)] }

    private static func withJob(
        _ setting: AudienceStage.Setting, _ body: (AudienceStage, WantedJob) async throws -> Void
    ) async throws {
        try await AudienceStage.with(setting) { stage in
            let service = stage.service()
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            try await body(stage, WantedJob(id: job, stage: stage, service: service))
        }
    }

    @Test("A note of nearly the same name is not taken for the job's, and is left alone", arguments: dialects)
    func neighbours(dialect: String) async throws {
        try await Self.withJob(.init(dialect: dialect)) { stage, job in
            var neighbours: [String] = []
            for place in [job.path + "x", job.path + "/job-\(job.id)", "/other" + job.path, String(job.path.dropLast())] {
                neighbours.append(try #require(try await stage.notebook.call(.POST, "/notebook", Self.note(at: place)).stringValue))
            }
            let row = try await job.run()
            try NotebookWitness(stage).judge(row)
            for neighbour in neighbours { _ = try await stage.notebook.call(.GET, "/notebook/\(neighbour)") }
        }
    }

    @Test("A note of somebody else in the job's place is not used and not touched", arguments: dialects)
    func foreignNote(dialect: String) async throws {
        try await Self.withJob(.init(credentials: true, dialect: dialect)) { stage, job in
            let ann = try await stage.notebook.logInAsAnalyst()
            let id = try #require(
                try await stage.notebook.call(.POST, "/notebook/\(Self.template)", job.note, cookie: ann).stringValue)
            let row = try await job.run()
            #expect(row.status == .failed && row.cause == .notOurNote)
            #expect(try stage.notebook.journal("clone").count == 1)
            let lists: JSONValue = ["owners": ["ann"], "readers": [], "runners": [], "writers": []]
            #expect(try await stage.notebook.call(.GET, "/notebook/\(id)/permissions", cookie: ann) == lists)
        }
    }

    @Test(
        "A private note of somebody else in the job's place ends the job in words that a manager can pass on",
        arguments: ["0.10", "0.12.1"])
    func privateNote(dialect: String) async throws {
        try await Self.withJob(.init(credentials: true, dialect: dialect)) { stage, job in
            let ann = try await stage.notebook.logInAsAnalyst()
            let id = try #require(
                try await stage.notebook.call(.POST, "/notebook", job.note, cookie: ann).stringValue)
            let lists: JSONValue = ["owners": ["ann"], "readers": ["ann"], "runners": ["ann"], "writers": ["ann"]]
            _ = try await stage.notebook.call(.PUT, "/notebook/\(id)/permissions", lists, cookie: ann)
            let row = try await job.run()
            // 0.10 tells nobody that it is there.
            #expect(row.status == .failed && row.cause == (dialect == "0.10" ? .cloneRefused : .notOurNote))
            #expect(row.reason?.contains("in the job's place. Please ask an analyst") == true)
            #expect(try stage.notebook.journal("clone").isEmpty)
            #expect(try await stage.notebook.call(.GET, "/notebook/\(id)/permissions", cookie: ann) == lists)
        }
    }

    @Test("A server that fails for a while makes the clone after all, before its place is blamed") func passingTrouble() async throws {
        try await AudienceStage.with(.init(dialect: "0.10")) { stage in
            let service = stage.service()
            try await stage.register(service)
            try await stage.notebook.arm("http-500-before", at: "clone", times: 4)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .finished)
            #expect(try stage.notebook.journal("clone").count == 1)
        }
    }

    @Test("A clone that was made, and whose answers fail again and again, is found before its place is blamed") func failingAnswers()
        async throws
    {
        try await AudienceStage.with(.init(dialect: "0.10")) { stage in
            let desk = PerformerDesk(stage)
            let digest = try await stage.zeppelin.note(Self.template).outline.digest()
            try await stage.notebook.arm("http-500-after", at: "clone")
            guard case .succeeded = await desk.performer.perform(desk.cloning(digest: digest, attempt: 9)) else {
                Issue.record("the clone was not found")
                return
            }
            #expect(try stage.notebook.journal("clone").count == 1)
        }
    }

    @Test("A note in the job's place that is no clone of the template is not adopted", arguments: dialects)
    func otherNote(dialect: String) async throws {
        try await Self.withJob(.init(dialect: dialect)) { stage, job in
            let paragraphs: JSONValue = [["title": "Variables", "text": "%python\nmcc = []"]]
            _ = try await stage.notebook.call(
                .POST, "/notebook", ["name": .string(job.path), "notePath": .string(job.path), "paragraphs": paragraphs])
            let row = try await job.run()
            #expect(row.status == .failed && row.cause == .notOurNote)
            #expect(try stage.notebook.journal("clone").isEmpty)
        }
    }

    @Test("A clone that stands there already is adopted; of several in 0.8 one is kept", arguments: dialects)
    func adopted(dialect: String) async throws {
        try await Self.withJob(.init(dialect: dialect)) { stage, job in
            for _ in 0..<(dialect == "0.8" ? 3 : 1) {
                _ = try await stage.notebook.call(.POST, "/notebook/\(Self.template)", job.note)
            }
            let row = try await job.run()
            #expect(row.status == .finished)
            try NotebookWitness(stage).judge(row)
            #expect(try stage.notebook.journal("delete").count == (dialect == "0.8" ? 2 : 0))
        }
    }

    @Test("In 0.8 a clone that appears while the job runs is swept away at its end, one that somebody used is not")
    func lateTwins() async throws {
        try await Self.withJob(.init(dialect: "0.8")) { stage, job in
            // The wait for an unclear answer gives the time to do it.
            try await stage.notebook.arm("reset-after", at: "run", nth: 2)
            var used: String?
            let row = try await job.run { _ in
                guard used == nil, try !stage.notebook.journal("insert").isEmpty else { return }
                for _ in 0..<2 {
                    used = try await stage.notebook.call(.POST, "/notebook/\(Self.template)", job.note).stringValue
                }
                _ = try await stage.notebook.call(.POST, "/notebook/\(used ?? "")/paragraph", ["title": "Mine", "text": "%sh\ntrue"])
            }
            #expect(row.status == .finished)
            let removed = try stage.notebook.journal("delete").compactMap { $0["note"]?.stringValue }
            #expect(removed.count == 1 && removed.first != used && removed.first != row.noteId)
        }
    }

    @Test("A clone that is late is waited for: none is asked for again before it must have arrived", arguments: dialects)
    func lateClone(dialect: String) async throws {
        try await Self.withJob(.init(dialect: dialect)) { stage, job in
            try await stage.notebook.arm("late-action", at: "clone", milliseconds: 200)
            let row = try await job.run { wait in
                // A minute is longer than any request is under way.
                guard wait > .seconds(30) else { return }
                while try stage.notebook.journal("clone").isEmpty { await Task.yield() }
            }
            #expect(row.status == .finished)
            try NotebookWitness(stage).judge(row)
            let requests = try stage.notebook.journal("request").filter { $0["operation"] == "clone" }
            #expect(requests.count == 1)
        }
    }

    @Test("Results that a clone has from its template don't count as a run", arguments: dialects)
    func copiedResults(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            _ = try await stage.notebook.call(.POST, "/notebook/run/\(Self.template)/\(Self.variables)")
            let before = try stage.notebook.startedParagraphs().count
            let service = stage.service()
            try await stage.register(service)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .finished)
            #expect(try Array(stage.notebook.startedParagraphs().dropFirst(before)) == row.paragraphs.map(\.id))
        }
    }

    @Test("A paragraph that was switched off in the clone is a failure, not a success with an old result", arguments: dialects)
    func switchedOff(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            _ = try await stage.notebook.call(.POST, "/notebook/run/\(Self.template)/\(Self.variables)")
            let desk = PerformerDesk(stage)
            let clone = try await desk.clone(stage)
            _ = try await stage.notebook.call(
                .PUT, "/notebook/\(clone)/paragraph/\(Self.variables)/config", ["enabled": false])
            let intent = desk.running(Self.variables, of: clone)
            guard case .rejected(_, let result) = await desk.performer.perform(intent) else {
                // Still READY after the grace time: the first request might have been lost, so a look-up decides.
                guard case .settled(.rejected(_, let result)) = await desk.performer.lookUp(intent) else {
                    Issue.record("a paragraph that never ran did not fail")
                    return
                }
                #expect(try RunResult(result).cause == .paragraphError)
                return
            }
            #expect(try RunResult(result).cause == .paragraphError)
        }
    }

    // MARK: - Rights

    @Test("All four lists are set, with our own user among the owners, and nobody else may read the clone", arguments: dialects)
    func permissions(dialect: String) async throws {
        try await AudienceStage.with(.init(credentials: true, dialect: dialect)) { stage in
            let service = stage.service()
            try await stage.register(service)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            try NotebookWitness(stage).judge(row)
            let set = try await stage.events(of: row.id).compactMap { event in
                if case .permissionsSet(let set) = event { set.permissions } else { nil }
            }
            #expect(set == [NotePermissions(owners: ["svc"], readers: ["svc"], runners: ["svc"], writers: ["svc"])])
            let ann = try await stage.notebook.logInAsAnalyst()
            let note = try #require(row.noteId)
            await #expect(throws: RunningNotebook.Refused.self) { try await stage.notebook.call(.GET, "/notebook/\(note)", cookie: ann) }
        }
    }

    @Test("An interpreter that is kept for others ends the job with a cause of its own, and nothing is seen by it", arguments: dialects)
    func interpreterOwners(dialect: String) async throws {
        let setting = AudienceStage.Setting(credentials: true, dialect: dialect, options: ["--interpreter-owners", "python=ann"])
        try await AudienceStage.with(setting) { stage in
            let service = stage.service()
            try await stage.register(service)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .failed && row.cause == .interpreterRefused)
            #expect(row.reason?.contains("keeps its interpreter for others") == true && row.reason?.contains("svc") == false)
            // Once: another try would be refused as well.
            #expect(try stage.notebook.startedParagraphs().count == 1)
            try NotebookWitness(stage).judge(row)
        }
    }

    // MARK: - Sessions

    @Test("A session that ended is renewed once, whoever finds it first", arguments: dialects)
    func oneLogin(dialect: String) async throws {
        try await AudienceStage.with(.init(credentials: true, dialect: dialect)) { stage in
            for logins in 1...2 {
                try await stage.notebook.expireSessions()
                try await withThrowingTaskGroup(of: ZeppelinNote.self) { group in
                    for _ in 0..<8 { group.addTask { try await stage.zeppelin.note(Self.template) } }
                    for try await note in group { #expect(note.id == Self.template) }
                }
                let requests = try stage.notebook.journal("request")
                #expect(requests.filter { $0["operation"] == "login" }.count == logins)
                // A redirect that was followed would have been a GET of the login.
                #expect(!requests.contains { $0["path"] == "/api/login" && $0["method"] != "POST" })
            }
        }
    }

    @Test("A wrong password is refused in words that name the setting, and nothing of what stands in the file", arguments: dialects)
    func wrongPassword(dialect: String) async throws {
        try await AudienceStage.with(.init(credentials: true, dialect: dialect)) { stage in
            let wrong = #"{"userName":"svc","password":"swordfish"}"#
            let client = try ZeppelinClient(
                address: stage.notebook.address, credentials: JSON.decode(ZeppelinCredentials.self, from: Array(wrong.utf8)))
            let outcome = await PerformerDesk(stage, client: client).performer.perform(
                PerformerDesk(stage).cloning(digest: "of no matter"))
            try await client.close()
            guard case .rejected(let reason, let result) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.contains("audience.zeppelin.credentials"))
            #expect(!reason.contains("swordfish") && !reason.contains("svc"))
            #expect(result["cause"] == "login-refused")
        }
    }

    @Test(
        "Where a login is wanted and no credentials are configured, the words name the setting and what the file holds", arguments: dialects
    )
    func noCredentials(dialect: String) async throws {
        try await AudienceStage.with(.init(credentials: true, dialect: dialect)) { stage in
            let client = try ZeppelinClient(address: stage.notebook.address, credentials: nil)
            let outcome = await PerformerDesk(stage, client: client).performer.perform(
                PerformerDesk(stage).cloning(digest: "of no matter"))
            try await client.close()
            guard case .rejected(let reason, let result) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(
                reason.contains(
                    #"no credentials are configured: name a JSON file {"userName","password"} in audience.zeppelin.credentials"#))
            #expect(result["cause"] == "login-refused")
        }
    }

    // MARK: - Not now

    @Test("Not now, and no connection, are answers: surely nothing was done", arguments: dialects)
    func notNow(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let desk = PerformerDesk(stage)
            let digest = try await stage.zeppelin.note(Self.template).outline.digest()
            for fault in ["http-429", "http-503"] {
                try await stage.notebook.arm(fault, at: "clone", milliseconds: 7_000)
                guard case .notDone(_, let retryAfter) = await desk.performer.perform(desk.cloning(digest: digest)) else {
                    Issue.record("\(fault) was taken for something else")
                    continue
                }
                #expect(retryAfter == .seconds(7))
            }
            // What was done before is not undone by a refusal to tell about it.
            try await stage.notebook.arm("http-429", at: "permissions")
            guard case .indeterminate = await desk.performer.perform(desk.cloning(digest: digest)) else {
                Issue.record("a clone that was made counts as not done")
                return
            }
            #expect(try stage.notebook.journal("clone").count == 1)
            stage.notebook.kill()
            // A client without a connection: one that has one learns of its end first.
            try await stage.withFreshClient { client in
                let performer = PerformerDesk(stage, client: client).performer
                guard case .notDone = await performer.perform(desk.cloning(digest: digest)),
                    case .unknown = await performer.lookUp(desk.cloning(digest: digest))
                else {
                    Issue.record("a refused connection says something about the clone")
                    return
                }
            }
        }
    }

    @Test("What a late request could do twice is not sent again within a minute") func peer() async throws {
        try await AudienceStage.with { stage in
            let performer = PerformerDesk(stage, limits: RunLimits()).performer
            for kind in [RunEffect.cloneNote, .insertParameters, .runParagraph] {
                let peer = performer.peer(of: kind.rawValue)
                #expect(peer.name == "notebook" && peer.isQueryable && peer.keys == .ignored && peer.settling == .seconds(60))
            }
            #expect(performer.peer(of: RunEffect.setPermissions.rawValue).settling == .zero)
        }
    }
}
