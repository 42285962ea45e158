import Foundation
import Testing
import notebook_runner

/// What a REST client sees of runs, version by version.
@Suite("Runs in every version") struct RunVersionTests {
    @Test(
        "The status of a note is an array in 0.8 and an object later; a single run is no run of the note", arguments: Dialect.Name.allCases)
    func noteStatus(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect, [(id: "p", text: "%python\nopen('gate').read()")]) { runner, folder async throws in
            try folder.makeGate("gate")
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            let gate = await folder.waitUntilReading("gate")
            let status = try await runner.send(.get, "/api/notebook/job/2NOTE").body
            let paragraphs = dialect == .v08 ? status?.array : status?["paragraphs"]?.array
            #expect(paragraphs?.map { $0["status"] } == ["RUNNING"])
            if dialect != .v08 { #expect(status?["isRunning"] == false && status?["id"] == "2NOTE") }
            try gate.close()
        }
    }

    @Test("What is not RUNNING has progress 100 in 0.8, and 0 later until it has run", arguments: Dialect.Name.allCases)
    func progress(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let idle: JSON = dialect == .v08 ? "100" : "0"
            #expect(try await runner.status("p", of: "2NOTE") == ["id": "p", "status": "READY", "progress": idle])
            try await runner.arm(.stuckPending, at: .run)
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            #expect(try await runner.status("p", of: "2NOTE") == ["id": "p", "status": "PENDING", "progress": idle])
        }
    }

    @Test(
        "Dates of a status are Java's with whole seconds, and `finished` is that of the run before while one runs",
        arguments: Dialect.Name.allCases)
    func dates(dialect: Dialect.Name) async throws {
        let text = "%python\nruns = globals().get('runs', 0) + 1\nif runs > 1: open('gate').read()"
        try await RunnerProcess.with(dialect, [(id: "p", text: text)]) { runner, folder async throws in
            try folder.makeGate("gate")
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            let first = try await runner.status("p", of: "2NOTE", reaching: "FINISHED")
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            let gate = await folder.waitUntilReading("gate")
            let second = try await runner.status("p", of: "2NOTE")
            #expect(second?["status"] == "RUNNING" && second?["progress"] == "0")
            #expect(second?["finished"] != nil && second?["finished"] == first?["finished"])
            let date = /[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \S+ \d{4}/
            #expect(try date.wholeMatch(in: #require(second?["started"]?.string)) != nil)
            try gate.close()
        }
    }

    @Test("A disabled paragraph stays READY for ever in 0.8 and is FINISHED at once later; it never runs", arguments: Dialect.Name.allCases)
    func disabled(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            _ = try await runner.send(.put, "/api/notebook/2NOTE/paragraph/p/config", ["enabled": false])
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE/p").status == 200)
            #expect(try await runner.status("p", of: "2NOTE")?["status"] == (dialect == .v08 ? "READY" : "FINISHED"))
            #expect(try folder.journal(.runStarted).isEmpty)
        }
    }

    @Test("An unknown interpreter is a 500 in 0.8, and later a 200 with the paragraph in ERROR", arguments: Dialect.Name.allCases)
    func unknownInterpreter(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect, [(id: "p", text: "%nope\nx")]) { runner, _ async throws in
            let answer = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            #expect(answer.status == (dialect == .v08 ? 500 : 200))
            let status = try await runner.status("p", of: "2NOTE")
            #expect(status?["status"] == "ERROR")
            #expect((status?["errorMessage"] != nil) == (dialect != .v08))
            let waited = try await runner.send(.post, "/api/notebook/run/2NOTE/p")
            #expect(waited.status == (dialect == .v08 ? 500 : 200))
            #expect(waited.body?["code"] == (dialect == .v08 ? nil : "ERROR"))
        }
    }

    @Test("A synchronous run that fails is a 500 with the result in 0.8, and a 200 with code ERROR later", arguments: Dialect.Name.allCases)
    func failedSyncRun(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect, [(id: "p", text: "%python\n1/0")]) { runner, _ async throws in
            let answer = try await runner.send(.post, "/api/notebook/run/2NOTE/p")
            #expect(answer.status == (dialect == .v08 ? 500 : 200))
            #expect(answer.json?["status"] == (dialect == .v08 ? "INTERNAL_SERVER_ERROR" : "OK"))
            #expect(answer.body?["code"] == "ERROR")
            #expect(try await runner.status("p", of: "2NOTE")?["status"] == (dialect == .v08 ? "READY" : "ERROR"))
        }
    }

    @Test("Parameters stay; 0.8 lays new ones over them and later versions replace them", arguments: Dialect.Name.allCases)
    func params(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            for params: JSON in [["a": 1, "b": 1], ["b": 2]] {
                _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p", ["params": params])
            }
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            let kept = try await runner.send(.get, "/api/notebook/2NOTE/paragraph/p").body?["settings"]?["params"]
            #expect(kept == (dialect == .v08 ? ["a": 1, "b": 2] : ["b": 2]))
        }
    }

    @Test("A run of a note blocks in 0.8 with 412 for an error, and is answered at once later", arguments: Dialect.Name.allCases)
    func noteRun(dialect: Dialect.Name) async throws {
        let paragraphs = [(id: "a", text: "%python\nopen('gate').read()"), (id: "b", text: "%python\n1/0"), (id: "c", text: "%python\n1")]
        try await RunnerProcess.with(dialect, paragraphs) { runner, folder async throws in
            try folder.makeGate("gate")
            async let answer = runner.send(.post, "/api/notebook/job/2NOTE")
            if dialect != .v08 { #expect(try await answer.status == 200) }
            let gate = await folder.waitUntilReading("gate")
            let status = try await runner.send(.get, "/api/notebook/job/2NOTE").body
            if dialect != .v08 {
                #expect(status?["isRunning"] == true)
                #expect(try await runner.send(.post, "/api/notebook/job/2NOTE").status == 500)
            }
            try gate.close()
            try await runner.status("b", of: "2NOTE", reaching: "ERROR")
            if dialect == .v08 { #expect(try await answer.status == 412) }
            #expect(try await runner.status("c", of: "2NOTE")?["status"] == "READY")
            #expect(try folder.journal(.runStarted).map { $0["paragraph"] } == ["a", "b"])
        }
    }

    @Test("A run of a note skips what is disabled", arguments: Dialect.Name.allCases)
    func noteRunSkips(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect, [(id: "a", text: "%python\n1/0"), (id: "b", text: "%python\n1")]) {
            runner, folder async throws in
            _ = try await runner.send(.put, "/api/notebook/2NOTE/paragraph/a/config", ["enabled": false])
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE?blocking=true").status == 200)
            #expect(try folder.journal(.runStarted).map { $0["paragraph"] } == ["b"])
        }
    }

    @Test("A run of a note with the body {} trips from 0.11 on", arguments: Dialect.Name.allCases)
    func emptyBody(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let isOld = dialect == .v08 || dialect == .v010
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE", [:]).status == (isOld ? 200 : 500))
        }
    }

    @Test("Each POST queues one more run in every version", arguments: Dialect.Name.allCases)
    func queueing(dialect: Dialect.Name) async throws {
        let text = "%python\nruns = globals().get('runs', 0) + 1\nopen('gate%d' % runs).read()"
        try await RunnerProcess.with(dialect, [(id: "p", text: text)]) { runner, folder async throws in
            try ["gate1", "gate2"].forEach(folder.makeGate)
            for _ in 0..<2 { #expect(try await runner.send(.post, "/api/notebook/job/2NOTE/p").text == #"{"status":"OK"}"#) }
            for gate in ["gate1", "gate2"] { try await folder.waitUntilReading(gate).close() }
            try await runner.status("p", of: "2NOTE", reaching: "FINISHED")
            #expect(try folder.journal(.runStarted).count == 2)
        }
    }

    @Test("A stop is answered before it is done, and ends in ABORT", arguments: Dialect.Name.allCases)
    func stop(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            try await runner.arm(.stuckRunning, at: .run)
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            try await runner.status("p", of: "2NOTE", reaching: "RUNNING")
            #expect(try await runner.send(.delete, "/api/notebook/job/2NOTE").status == 200)
            let status = try await runner.status("p", of: "2NOTE", reaching: "ABORT")
            #expect(status?["finished"] != nil)
        }
    }

    @Test(
        "Restarting an interpreter ends sessions: with a note in isolated mode its own, without one everybody's",
        arguments: Dialect.Name.allCases)
    func restart(dialect: Dialect.Name) async throws {
        let paragraphs = [(id: "set", text: "%python\nkept = 1"), (id: "get", text: "%python\nkept")]
        try await RunnerProcess.with(dialect, paragraphs, ["--interpreter-mode", "isolated"]) { runner, _ async throws in
            let other = try await runner.clone("2NOTE", to: "/other")
            for note in ["2NOTE", other] { _ = try await runner.run("set", of: note) }
            #expect(try await runner.send(.put, "/api/interpreter/setting/restart/python", ["noteId": "2NOTE"]).body?["id"] == "python")
            #expect(try await runner.run("get", of: "2NOTE")?["code"] == "ERROR")
            #expect(try await runner.run("get", of: other)?["code"] == "SUCCESS")
            #expect(try await runner.send(.put, "/api/interpreter/setting/restart/python", [:]).status == 200)
            #expect(try await runner.run("get", of: other)?["code"] == "ERROR")
        }
    }

    @Test("Restarting an interpreter aborts what runs in it", arguments: Dialect.Name.allCases)
    func restartMidRun(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect, [(id: "p", text: "%python\nopen('gate').read()")]) { runner, folder async throws in
            try folder.makeGate("gate")
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            let gate = await folder.waitUntilReading("gate")
            _ = try await runner.send(.put, "/api/interpreter/setting/restart/python", [:])
            try await runner.status("p", of: "2NOTE", reaching: "ABORT")
            try gate.close()
        }
    }

    @Test("Notes share one Python by default, so a variable of one is there in the other", arguments: Dialect.Name.allCases)
    func sharing(dialect: Dialect.Name) async throws {
        let paragraphs = [(id: "set", text: "%python\nleaked = 1"), (id: "get", text: "%python\nleaked")]
        try await RunnerProcess.with(dialect, paragraphs) { runner, _ async throws in
            let other = try await runner.clone("2NOTE", to: "/other")
            _ = try await runner.run("set", of: "2NOTE")
            #expect(try await runner.run("get", of: other)?["code"] == "SUCCESS")
        }
    }
}
