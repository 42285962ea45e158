import Foundation
import Testing
import notebook_runner

@Suite("Killing the runner") struct RestartTests {
    @Test("After a kill everything answered is still there, what ran is aborted, and no process of the old life is left")
    func killed() async throws {
        let folder = try Folder()
        try folder.makeGate("gate")
        let arguments = try folder.importing(
            "2NOTE", at: "/note",
            [(id: "vars", text: "%python\nx = 1"), (id: "stuck", text: "%sh\necho $$ > shell.pid; cat gate; echo late > late.txt")])
        let first = try await RunnerProcess.start(in: folder, arguments)
        let clone = try await first.clone("2NOTE", to: "/jobs/1")
        _ = try await first.run("vars", of: clone)
        #expect(try await first.send(.post, "/api/notebook/job/\(clone)/stuck").status == 200)
        #expect(try await first.send(.post, "/api/notebook/job/\(clone)/stuck").status == 200)
        let gate = await folder.waitUntilReading("gate")
        try await first.kill()

        // The second runner waits for the interpreters of the first: they hold the folder's lock.
        try await RunnerProcess.with(folder, arguments) { second in
            try gate.close()
            let shell = try String(contentsOf: URL(filePath: folder.path("shared/shell.pid")), encoding: .utf8)
            let pid = try #require(pid_t(shell.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(kill(pid, 0) != 0 || Self.isZombie(pid))
            #expect(!FileManager.default.fileExists(atPath: folder.path("shared/late.txt")))
            #expect(try await second.status("stuck", of: clone)?["status"] == "ABORT")
            #expect(try await second.status("vars", of: clone)?["status"] == "FINISHED")
            #expect(try await second.send(.post, "/api/notebook/getByPath", ["notePath": "/jobs/1"]).body?["id"]?.string == clone)
        }
        let lines = try folder.journal(.restart)
        #expect(lines.count == 1)
        #expect(try folder.journal(.clone).count == 1)
        #expect(try folder.journal(.clone).first?["session"] != lines.first?["session"])
        let requests = try folder.journal(.request).compactMap { $0["seq"]?.integer }
        #expect(requests == requests.sorted() && Set(requests).count == requests.count)
    }

    @Test("What ran when the runner was killed is ABORT without recovery, in every version", arguments: Dialect.Name.allCases)
    func aborted(dialect: Dialect.Name) async throws {
        let (folder, arguments) = try await killedMidRun(dialect)
        try await RunnerProcess.with(folder, arguments) { runner async throws in
            #expect(try await runner.status("stuck", of: "2NOTE")?["status"] == "ABORT")
            #expect(try await runner.status("waits", of: "2NOTE")?["status"] == "ABORT")
        }
        #expect(try folder.journal(.abort).map { $0["reason"] } == ["restart", "restart"])
    }

    @Test("With recovery it is run again, in the order in which it was accepted", arguments: [Dialect.Name.v010, .v0120, .v0121])
    func resubmitted(dialect: Dialect.Name) async throws {
        let (folder, arguments) = try await killedMidRun(dialect)
        try await RunnerProcess.with(folder, arguments + ["--recover"]) { runner async throws in
            try await folder.waitUntilReading("gate").close()
            try await runner.status("waits", of: "2NOTE", reaching: "FINISHED")
        }
        #expect(try folder.journal(.runStarted).map { $0["paragraph"] } == ["stuck", "stuck", "waits"])
        #expect(try folder.journal(.runAccepted).map { $0["recovered"] } == [nil, nil, true, true])
    }

    @Test("0.8 knows no recovery and refuses the flag")
    func noRecovery() async throws {
        let folder = try Folder()
        await #expect(throws: RunnerProcess.Unexpected.self) {
            _ = try await RunnerProcess.start(in: folder, ["--dialect", "0.8", "--recover"])
        }
    }

    @Test("A session ends with the runner")
    func sessions() async throws {
        let folder = try Folder()
        let arguments = try folder.credentials([("engine", [])])
        let first = try await RunnerProcess.start(in: folder, arguments)
        let session = try await first.session("engine")
        #expect(try await first.send(.get, "/api/notebook", headers: session).status == 200)
        try await first.kill()
        try await RunnerProcess.with(folder, arguments) { second in
            let refused = try await second.send(.get, "/api/notebook", headers: session)
            #expect(refused.status == 302)
        }
    }

    /// A runner that was killed with one paragraph running and one pending.
    private func killedMidRun(_ dialect: Dialect.Name) async throws -> (Folder, [String]) {
        let folder = try Folder()
        try folder.makeGate("gate")
        let paragraphs = [(id: "waits", text: "%python\nprint(1)"), (id: "stuck", text: "%python\nopen('gate').read()")]
        let arguments = try folder.importing("2NOTE", at: "/note", paragraphs) + ["--dialect", dialect.rawValue]
        let runner = try await RunnerProcess.start(in: folder, arguments)
        for paragraph in ["stuck", "waits"] { _ = try await runner.send(.post, "/api/notebook/job/2NOTE/\(paragraph)") }
        let gate = await folder.waitUntilReading("gate")
        try await runner.kill()
        try gate.close()
        return (folder, arguments)
    }

    private static func isZombie(_ pid: pid_t) -> Bool {
        guard let status = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return true }
        return String(decoding: status, as: UTF8.self).contains(") Z ")
    }
}
