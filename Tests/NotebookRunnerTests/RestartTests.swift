import Foundation
import Testing
import notebook_runner

@Suite("Killing the runner, and faults") struct RestartTests {
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

    @Test("A reset, an error or an empty answer comes before or after the deed, as armed", arguments: Faults.Kind.allCases)
    func faults(kind: Faults.Kind) async throws {
        let folder = try Folder()
        try await RunnerProcess.with(folder, folder.importing("2NOTE", at: "/note", [(id: "p", text: "%python\n1")])) { runner in
            try await runner.arm(kind, at: .clone)
            let answer: RunnerProcess.Answer?
            do {
                answer = try await runner.send(.post, "/api/notebook/2NOTE", ["notePath": "/jobs/1"])
            } catch {
                answer = nil
            }
            switch kind {
            case .resetBefore, .resetAfter: #expect(answer == nil)
            case .http500Before, .http500After: #expect(answer?.status == 500)
            case .empty200After: #expect(answer?.status == 200 && answer?.text == "")
            }
            #expect(try folder.journal(.clone).count == (kind.actsFirst ? 1 : 0))
            let found = try await runner.send(.post, "/api/notebook/getByPath", ["notePath": "/jobs/1"]).status
            #expect(found == (kind.actsFirst ? 200 : 404))
            // The fault is used up.
            #expect(try await runner.send(.post, "/api/notebook/2NOTE", ["notePath": "/jobs/2"]).status == 200)
        }
    }

    private static func isZombie(_ pid: pid_t) -> Bool {
        guard let status = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return true }
        return String(decoding: status, as: UTF8.self).contains(") Z ")
    }
}
