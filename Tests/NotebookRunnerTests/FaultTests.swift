import FoundationEssentials
import Testing
import notebook_runner

@Suite("Faults on demand") struct FaultTests {
    private static let answered: [Faults.Kind: (status: Int, isDone: Bool)] = [
        .http500Before: (500, false), .http500After: (500, true), .html500After: (500, true), .empty200After: (200, true),
        .broken200After: (200, true), .redirect302Before: (302, false), .http429Before: (429, false), .http503Before: (503, false),
        .lateAnswer: (200, true),
    ]

    @Test("An answer is spoilt before or after the deed, as armed, once", arguments: answered.keys.sorted { $0.rawValue < $1.rawValue })
    func answers(kind: Faults.Kind) async throws {
        let expected = try #require(Self.answered[kind])
        try await RunnerProcess.with(.v0121) { runner, folder async throws in
            try await runner.arm(kind, at: .clone)
            let answer = try await runner.send(.post, "/api/notebook/2NOTE", ["notePath": "/jobs/1"])
            #expect(answer.status == expected.status)
            #expect(try folder.journal(.clone).count == (expected.isDone ? 1 : 0))
            switch kind {
            case .html500After: #expect(answer.text.hasPrefix("<html>"))
            case .empty200After: #expect(answer.text.isEmpty)
            case .broken200After: #expect(!answer.text.isEmpty && answer.contentType == "application/json" && answer.json == nil)
            case .redirect302Before: #expect(answer.location?.hasSuffix("/api/login") == true)
            case .http429Before, .http503Before: #expect(answer.retryAfter == "1")
            case .lateAnswer: #expect(answer.body?.string != nil)
            default: break
            }
            #expect(try folder.journal(.request).last?["fault"]?.string == kind.rawValue)
            // The fault is used up.
            #expect(try await runner.send(.post, "/api/notebook/2NOTE", ["notePath": "/jobs/2"]).status == 200)
        }
    }

    @Test("A clone that was cut short takes its place with half of its paragraphs, behind an error", arguments: Dialect.Name.allCases)
    func halfClone(dialect: Dialect.Name) async throws {
        let paragraphs = ["a", "b", "c", "d", "e"].map { (id: $0, text: "%python\nprint(1)") }
        try await RunnerProcess.with(dialect, paragraphs) { runner, folder async throws in
            try await runner.arm(.halfClone, at: .clone)
            let place: JSON = ["name": "/jobs/1", "notePath": "/jobs/1"]
            #expect(try await runner.send(.post, "/api/notebook/2NOTE", place).status == 500)
            let line = try #require(try folder.journal(.clone).last)
            #expect(line["paragraphs"] == 2)
            let note = try #require(line["note"]?.string)
            let copied = try await runner.send(.get, "/api/notebook/\(note)").body?["paragraphs"]?.array
            #expect(copied?.map { $0["id"]?.string } == ["a", "b"])
            #expect(try await runner.send(.post, "/faults", ["operation": "run", "fault": "half-clone"]).status == 400)
        }
    }

    @Test("A reset leaves no answer, before or after the deed", arguments: [Faults.Kind.resetBefore, .resetAfter])
    func resets(kind: Faults.Kind) async throws {
        try await RunnerProcess.with(.v0121) { runner, folder async throws in
            try await runner.arm(kind, at: .clone)
            try await runner.sendLosingTheAnswer(.post, "/api/notebook/2NOTE", ["notePath": "/jobs/1"])
            #expect(try folder.journal(.clone).count == (kind == .resetAfter ? 1 : 0))
            #expect(try folder.journal(.request).last?["status"] == 0)
        }
    }

    @Test("A late deed is done after its answer was given up")
    func lateAction() async throws {
        try await RunnerProcess.with(.v0121) { runner, folder async throws in
            try await runner.arm(.lateAction, at: .clone, milliseconds: 300)
            try await runner.sendLosingTheAnswer(.post, "/api/notebook/2NOTE", ["notePath": "/jobs/1"])
            #expect(try folder.journal(.clone).isEmpty)
            while try await runner.send(.post, "/api/notebook/getByPath", ["notePath": "/jobs/1"]).status == 404 {}
            #expect(try folder.journal(.clone).count == 1)
        }
    }

    @Test("A mislaid clone is made, at another place than was asked for")
    func mislaidClone() async throws {
        try await RunnerProcess.with(.v0121) { runner, folder async throws in
            try await runner.arm(.mislaidClone, at: .clone)
            #expect(try await runner.send(.post, "/api/notebook/2NOTE", ["notePath": "/jobs/1"]).status == 200)
            #expect(try await runner.send(.post, "/api/notebook/getByPath", ["notePath": "/jobs/1"]).status == 404)
            #expect(try folder.journal(.clone).last?["path"]?.string == "/Cloned Note_2NOTE")
        }
    }

    @Test("A stall keeps the connection open without an answer", arguments: [Faults.Kind.stallBefore, .stallAfter])
    func stalls(kind: Faults.Kind) async throws {
        try await RunnerProcess.with(.v0121) { runner, folder async throws in
            try await runner.arm(kind, at: .clone)
            let stalled = Task { try await runner.send(.post, "/api/notebook/2NOTE", ["notePath": "/jobs/1"]) }
            while try folder.journal(.request).isEmpty { _ = try await runner.send(.get, "/faults") }
            #expect(try folder.journal(.clone).count == (kind == .stallAfter ? 1 : 0))
            stalled.cancel()
            await #expect(throws: (any Error).self) { _ = try await stalled.value }
            #expect(try await runner.send(.get, "/api/notebook").status == 200)
        }
    }

    @Test("A fault can wait for the nth request, be for one note, and last for several requests")
    func aiming() async throws {
        try await RunnerProcess.with(.v0121) { runner, _ async throws in
            let other = try await runner.clone("2NOTE", to: "/other")
            try await runner.arm(.http500Before, at: .note, note: "2NOTE", nth: 2, times: 2)
            var statuses: [Int] = []
            for note in ["2NOTE", other, "2NOTE", other, "2NOTE", "2NOTE"] {
                statuses.append(try await runner.send(.get, "/api/notebook/\(note)").status)
            }
            #expect(statuses == [200, 200, 500, 200, 500, 200])
            #expect(try await runner.send(.get, "/faults").text == "[]")
        }
    }

    @Test("A fault that does not fit its operation, or does not exist, is refused with what would")
    func malformed() async throws {
        try await RunnerProcess.with(.v0121) { runner, _ async throws in
            for body: JSON in [
                ["operation": "clone", "fault": "stuck-pending"], ["operation": "clone", "fault": "nothing"], ["fault": "reset-before"],
                ["operation": "clone", "fault": "reset-before", "nth": 0],
            ] {
                let answer = try await runner.send(.post, "/faults", body)
                #expect(answer.status == 400 && answer.json?["error"]?.string?.contains("has to be") == true)
            }
            #expect(try await runner.send(.delete, "/faults").text == "[]")
        }
    }

    @Test("A paragraph stuck in PENDING holds nobody else up, and a stop or a restart of its interpreter frees it")
    func stuckPending() async throws {
        try await RunnerProcess.with(.v0121) { runner, folder async throws in
            let other = try await runner.clone("2NOTE", to: "/other")
            for isStopped in [true, false] {
                try await runner.arm(.stuckPending, at: .run)
                #expect(try await runner.send(.post, "/api/notebook/job/2NOTE/p").status == 200)
                #expect(try await runner.run("p", of: other)?["code"] == "SUCCESS")
                #expect(try await runner.status("p", of: "2NOTE")?["status"] == "PENDING")
                if isStopped {
                    _ = try await runner.send(.delete, "/api/notebook/job/2NOTE/p")
                } else {
                    _ = try await runner.send(.put, "/api/interpreter/setting/restart/python", [:])
                }
                #expect(try await runner.status("p", of: "2NOTE")?["status"] == "ABORT")
            }
            #expect(try folder.journal(.runStarted).allSatisfy { $0["note"]?.string == other })
        }
    }

    @Test("A paragraph stuck in RUNNING ends by a stop only, and a stop can be ignored")
    func stuckRunning() async throws {
        try await RunnerProcess.with(.v0121) { runner, folder async throws in
            try await runner.arm(.stuckRunning, at: .run)
            try await runner.arm(.stopIgnored, at: .stop)
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            try await runner.status("p", of: "2NOTE", reaching: "RUNNING")
            #expect(try await runner.send(.delete, "/api/notebook/job/2NOTE/p").status == 200)
            #expect(try await runner.status("p", of: "2NOTE")?["status"] == "RUNNING")
            #expect(try folder.journal(.abort).isEmpty)
            #expect(try await runner.send(.delete, "/api/notebook/job/2NOTE/p").status == 200)
            try await runner.status("p", of: "2NOTE", reaching: "ABORT")
        }
    }

    @Test("An interpreter that dies mid-run leaves an ERROR, the deed of its text, and no variables")
    func interpreterDies() async throws {
        let paragraphs = [
            (id: "set", text: "%python\nkept = 1"), (id: "deed", text: "%python\nopen('deed', 'w').write('done')"),
            (id: "get", text: "%python\nkept"),
        ]
        try await RunnerProcess.with(.v0121, paragraphs) { runner, folder async throws in
            _ = try await runner.run("set", of: "2NOTE")
            try await runner.arm(.interpreterDies, at: .run)
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/deed")
            let status = try await runner.status("deed", of: "2NOTE", reaching: "ERROR", "FINISHED")
            #expect(status?["status"] == "ERROR")
            #expect(status?["errorMessage"]?.string?.hasPrefix("Interpreter process is not running") == true)
            #expect(try String(contentsOfFile: folder.path("shared/deed"), encoding: .utf8) == "done")
            #expect(try await runner.run("get", of: "2NOTE")?["code"] == "ERROR")
        }
    }

    @Test("Results can be missing from a run that FINISHED")
    func resultsMissing() async throws {
        try await RunnerProcess.with(.v0121) { runner, _ async throws in
            try await runner.arm(.resultsMissing, at: .run)
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            try await runner.status("p", of: "2NOTE", reaching: "FINISHED")
            #expect(try await runner.send(.get, "/api/notebook/2NOTE/paragraph/p").body?["results"] == nil)
        }
    }

    @Test("Accidents by chance are the same for the same seed, and end when told to", arguments: [1, 2])
    func accidents(seed: Int64) async throws {
        func statuses() async throws -> [Int] {
            var statuses: [Int] = []
            try await RunnerProcess.with(.v0121) { runner, folder async throws in
                let rules: JSON = [
                    "seed": .integer(seed), "probabilities": ["note": .number(0.5)],
                    "faults": ["http-500-before", "http-503", "empty-200-after"],
                ]
                #expect(try await runner.send(.post, "/faults/random", rules).json?["seed"] == .integer(seed))
                for _ in 0..<40 { statuses.append(try await runner.send(.get, "/api/notebook/2NOTE").status) }
                #expect(try folder.journal(.request).contains { $0["fault"] != nil } && statuses.contains(200))
                #expect(try await runner.send(.get, "/api/notebook").status == 200)
                #expect(try await runner.send(.delete, "/faults/random").status == 200)
                for _ in 0..<20 { #expect(try await runner.send(.get, "/api/notebook/2NOTE").body != nil) }
            }
            return statuses
        }
        #expect(try await statuses() == statuses())
    }
}
