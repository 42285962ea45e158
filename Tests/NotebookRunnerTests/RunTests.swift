import Foundation
import Testing
import notebook_runner

@Suite("Runs of paragraphs") struct RunTests {
    private func with(
        _ paragraphs: [(id: String, text: String)], _ arguments: [String] = [], _ body: (RunnerProcess, Folder) async throws -> Void
    ) async throws {
        let folder = try Folder()
        try await RunnerProcess.with(folder, folder.importing("2NOTE", at: "/note", paragraphs) + arguments) { runner in
            try await body(runner, folder)
        }
    }

    @Test("An exception is an ERROR with its traceback, answered with 200")
    func exception() async throws {
        try await with([(id: "p", text: "%python\nprint('before')\n1/0")]) { runner, _ in
            let answer = try await runner.send(.post, "/api/notebook/run/2NOTE/p")
            #expect(answer.status == 200)
            #expect(answer.body?["code"] == "ERROR")
            let text = try #require(answer.body?["msg"]?.array?.first?["data"]?.string)
            #expect(text.hasPrefix("before\n") && text.contains("line 2") && text.contains("ZeroDivisionError"))
            #expect(try await runner.status("p", of: "2NOTE")?["status"] == "ERROR")
        }
    }

    @Test("An unknown interpreter is accepted and an error, and a disabled paragraph is finished without running")
    func withoutRunning() async throws {
        try await with([(id: "unknown", text: "%nope x"), (id: "disabled", text: "%python\n1/0")]) { runner, folder async throws in
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE/unknown").text == #"{"status":"OK"}"#)
            #expect(try await runner.status("unknown", of: "2NOTE")?["status"] == "ERROR")
            #expect(try await runner.send(.put, "/api/notebook/2NOTE/paragraph/disabled/config", ["enabled": false]).status == 200)
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE/disabled").status == 200)
            #expect(try await runner.status("disabled", of: "2NOTE")?["status"] == "FINISHED")
            #expect(try folder.journal(.runStarted).isEmpty)
        }
    }

    @Test("An interpreter that is kept for others does not see the text, and the result names who may not use it")
    func keptForOthers() async throws {
        let paragraphs = [(id: "p", text: "%python\nopen('seen', 'w')"), (id: "s", text: "%sh\ntrue")]
        try await with(paragraphs, ["--interpreter-owners", "python=ann,bob", "--interpreter-owners", "sh=anonymous"]) { runner, folder in
            let refused = try await runner.run("p", of: "2NOTE")
            #expect(refused?["code"] == "ERROR")
            #expect(refused?["msg"]?.array?.first?["data"]?.string == "anonymous has no permission for python")
            #expect(try await runner.status("p", of: "2NOTE")?["status"] == "ERROR")
            #expect(!FileManager.default.fileExists(atPath: folder.path("shared/seen")))
            #expect(try await runner.run("s", of: "2NOTE")?["code"] == "SUCCESS")
        }
    }

    @Test("Shell paragraphs run in the shared directory, and a failure names its exit value")
    func shell() async throws {
        try await with([(id: "p", text: "%sh\npwd; echo made > file.txt; exit 3")]) { runner, folder in
            let result = try await runner.run("p", of: "2NOTE")
            #expect(result?["code"] == "ERROR")
            let data = result?["msg"]?.array?.compactMap { $0["data"]?.string }
            #expect(data == [folder.path("shared") + "\n", "ExitValue: 3"])
            #expect(try String(contentsOf: URL(filePath: folder.path("shared/file.txt")), encoding: .utf8) == "made\n")
        }
    }

    @Test("SQL gives a table, stops at 1,000 rows, and cannot write")
    func sql() async throws {
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i, NULL AS none FROM n"
        let folder = try Folder()
        let database = folder.path("data.sqlite")
        try Data().write(to: URL(filePath: database))
        let note = try folder.importing(
            "2NOTE", at: "/note", [(id: "read", text: "%sql\n" + rows), (id: "write", text: "%sql\nCREATE TABLE t(a)")])
        try await RunnerProcess.with(folder, note + ["--database", database]) { runner in
            let messages = try await runner.run("read", of: "2NOTE")?["msg"]?.array
            #expect(messages?.map { $0["type"]?.string } == ["TABLE", "HTML"])
            let lines = messages?.first?["data"]?.string?.split(separator: "\n")
            #expect(lines?.count == 1_001)
            #expect(lines?.prefix(2) == ["i\tnone", "1\tnull"])
            #expect(try await runner.run("write", of: "2NOTE")?["code"] == "ERROR")
        }
    }

    @Test("Output is cut at 102,400 bytes, and code and status don't tell")
    func truncation() async throws {
        try await with([(id: "p", text: "%python\nprint('я' * 100000)")]) { runner, _ in
            let result = try await runner.run("p", of: "2NOTE")
            #expect(result?["code"] == "SUCCESS")
            #expect(result?["msg"]?.array?.first?["data"]?.string?.utf8.count == 102_400)
        }
    }

    @Test("A run is never refused: each POST queues one more, and one runs at a time")
    func queueing() async throws {
        let text = "%python\nruns = globals().get('runs', 0) + 1\nopen('gate%d' % runs).read()"
        try await with([(id: "p", text: text), (id: "count", text: "%python\nprint(runs)")]) { runner, folder in
            try ["gate1", "gate2", "gate3"].forEach(folder.makeGate)
            for _ in 0..<3 { #expect(try await runner.send(.post, "/api/notebook/job/2NOTE/p").status == 200) }
            async let count = runner.run("count", of: "2NOTE")
            let first = await folder.waitUntilReading("gate1")
            #expect(try await runner.status("p", of: "2NOTE")?["status"] == "RUNNING")
            #expect(try await runner.send(.get, "/api/notebook/job/2NOTE").body?["isRunning"] == false)
            #expect(try folder.journal(.runStarted).count == 1)
            try first.close()
            for gate in ["gate2", "gate3"] { try await folder.waitUntilReading(gate).close() }
            #expect(try await count?["msg"]?.array?.first?["data"] == "3\n")
            let steps = try (folder.journal(.runStarted) + folder.journal(.runFinished)).compactMap { line in
                line["seq"]?.integer.map { (seq: $0, kind: line["kind"]?.string) }
            }
            let kinds = steps.sorted { $0.seq < $1.seq }.map(\.kind)
            #expect(kinds == Array(repeating: ["run-started", "run-finished"], count: 4).flatMap(\.self))
        }
    }

    @Test("A stop ends in ABORT, takes waiting runs along, and loses the session's variables")
    func stopping() async throws {
        let paragraphs = [
            (id: "vars", text: "%python\nkept = 1"), (id: "stuck", text: "%python\nopen('gate').read()"),
            (id: "use", text: "%python\nprint(kept)"),
        ]
        try await with(paragraphs) { runner, folder in
            try folder.makeGate("gate")
            _ = try await runner.run("vars", of: "2NOTE")
            async let ended = runner.run("stuck", of: "2NOTE")
            let gate = await folder.waitUntilReading("gate")
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE/stuck").status == 200)
            #expect(try await runner.send(.delete, "/api/notebook/job/2NOTE/stuck").text == #"{"status":"OK"}"#)
            _ = try await ended
            try gate.close()
            #expect(try await runner.status("stuck", of: "2NOTE")?["status"] == "ABORT")
            #expect(try await runner.run("use", of: "2NOTE")?["code"] == "ERROR")
            #expect(try folder.journal(.abort).map { $0["reason"]?.string } == ["stopped", "stopping"])
        }
    }

    @Test("No output of a paragraph passes for its end")
    func forgery() async throws {
        let text = "%python\nimport os\nos.write(1, b'0\\n')\nos.system('echo 0')\nprint('0')\nraise SystemExit"
        try await with([(id: "p", text: text)]) { runner, _ in
            let result = try await runner.run("p", of: "2NOTE")
            #expect(result?["code"] == "ERROR")
            #expect(result?["msg"]?.array?.first?["data"]?.string?.hasPrefix("0\n0\n0\n") == true)
        }
    }

    @Test("A run of the whole note stops at the first failure and skips what is disabled")
    func wholeNote() async throws {
        let paragraphs = [(id: "a", text: "%python\nx = 1"), (id: "b", text: "%python\n1/0"), (id: "c", text: "%python\nx = 2")]
        try await with(paragraphs) { runner, folder async throws in
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE", [:]).status == 500)
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE?blocking=true").status == 200)
            #expect(try folder.journal(.runStarted).map { $0["paragraph"]?.string } == ["a", "b"])
            #expect(try await runner.status("c", of: "2NOTE")?["status"] == "READY")
        }
    }

    @Test("Notes share one Python unless each is given its own", arguments: [("shared", "SUCCESS"), ("isolated", "ERROR")])
    func modes(mode: String, code: String) async throws {
        let paragraphs = [(id: "set", text: "%python\nleaked = 1"), (id: "get", text: "%python\nleaked")]
        try await with(paragraphs, ["--interpreter-mode", mode]) { runner, _ in
            let other = try await runner.clone("2NOTE", to: "/other")
            _ = try await runner.run("set", of: "2NOTE")
            #expect(try await runner.run("get", of: other)?["code"]?.string == code)
        }
    }
}
