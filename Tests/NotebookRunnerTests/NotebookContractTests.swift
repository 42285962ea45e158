import Foundation
import Testing
import notebook_runner

@Suite("The notebook's REST contract") struct NotebookContractTests {
    private static let template = [
        (id: "vars", text: "%python\nlimit = 41"), (id: "use", text: "%python\nprint(limit + 1)\nprint('%table a\\tb\\n1\\t2')"),
    ]

    private func withTemplate(_ body: (RunnerProcess, Folder) async throws -> Void) async throws {
        let folder = try Folder()
        try await RunnerProcess.with(folder, folder.importing("2TEMPLATE", at: "/templates/audience", Self.template)) { runner in
            try await body(runner, folder)
        }
    }

    @Test("A clone takes notePath, keeps paragraph ids and loses the permissions")
    func cloning() async throws {
        try await withTemplate { runner, folder in
            let id = try await runner.clone("2TEMPLATE", to: "jobs/2026-11/job-1")
            let note = try await runner.send(.post, "/api/notebook/getByPath", ["notePath": "/jobs/2026-11/job-1"]).body
            #expect(note?["id"]?.string == id)
            #expect(note?["name"]?.string == "job-1")
            #expect(note?["paragraphs"]?.array?.compactMap { $0["id"]?.string } == ["vars", "use"])
            let permissions = try await runner.send(.get, "/api/notebook/\(id)/permissions").body
            #expect(permissions == ["owners": ["anonymous"], "readers": [], "runners": [], "writers": []])
            #expect(try folder.journal(.clone).map { $0["path"]?.string } == ["/jobs/2026-11/job-1"])
        }
    }

    @Test("A second clone to the same path is a 500, a second create a 409, and name alone clones elsewhere")
    func duplicatePaths() async throws {
        try await withTemplate { runner, folder in
            _ = try await runner.clone("2TEMPLATE", to: "/jobs/1")
            let again = try await runner.send(.post, "/api/notebook/2TEMPLATE", ["notePath": "/jobs/1"])
            #expect(again.status == 500)
            #expect(again.json == ["status": "error", "message": "Internal server error"])
            #expect(try await runner.send(.post, "/api/notebook", ["notePath": "/jobs/1"]).status == 409)
            #expect(try await runner.send(.post, "/api/notebook/2TEMPLATE", ["name": "/jobs/2"]).status == 200)
            #expect(try await runner.send(.post, "/api/notebook/getByPath", ["notePath": "/jobs/2"]).status == 404)
            #expect(try await runner.send(.post, "/api/notebook/getByPath", ["notePath": "/Cloned Note_2TEMPLATE"]).status == 200)
            #expect(try folder.journal(.clone).count == 2)
        }
    }

    @Test("A clone copies the results of earlier runs, but neither status nor dates")
    func copiedResults() async throws {
        try await withTemplate { runner, _ in
            _ = try await runner.run("vars", of: "2TEMPLATE")
            _ = try await runner.run("use", of: "2TEMPLATE")
            let id = try await runner.clone("2TEMPLATE", to: "/jobs/1")
            let paragraph = try await runner.send(.get, "/api/notebook/\(id)/paragraph/use").body
            #expect(paragraph?["results"]?["code"] == "SUCCESS")
            #expect(try await runner.status("use", of: id) == ["id": "use", "status": "READY", "progress": "0"])
        }
    }

    @Test("A paragraph is inserted where it was asked for, and an index past the end is a 500")
    func inserting() async throws {
        try await withTemplate { runner, folder in
            let id = try await runner.clone("2TEMPLATE", to: "/jobs/1")
            let body: JSON = ["title": "parameters", "text": "%python\nlimit = 1", "index": 1]
            let inserted = try await runner.send(.post, "/api/notebook/\(id)/paragraph", body).body?.string
            #expect(try await runner.send(.post, "/api/notebook/\(id)/paragraph", ["text": "x", "index": 4]).status == 500)
            let note = try await runner.send(.get, "/api/notebook/\(id)").body
            #expect(note?["paragraphs"]?.array?.map { $0["id"]?.string } == ["vars", inserted, "use"])
            #expect(try folder.journal(.insert).map { $0["paragraph"]?.string } == [inserted])
        }
    }

    @Test("A paragraph sees the variables of those before it, and its output is cut into text and table")
    func runningInOrder() async throws {
        try await withTemplate { runner, _ in
            let id = try await runner.clone("2TEMPLATE", to: "/jobs/1")
            #expect(try await runner.run("vars", of: id) == ["code": "SUCCESS", "msg": []])
            let table: JSON = ["type": "TABLE", "data": "a\tb\n1\t2\n"]
            #expect(try await runner.run("use", of: id) == ["code": "SUCCESS", "msg": [["type": "TEXT", "data": "42\n"], table]])
            let status = try await runner.status("use", of: id)
            #expect(status?["status"] == "FINISHED")
            #expect(status?["progress"] == "100")
            let date = /[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \S+ \d{4}/
            #expect(try date.wholeMatch(in: #require(status?["started"]?.string)) != nil)
        }
    }

    @Test("Unknown notes and paragraphs are 404, foreign content types 415, foreign origins 403")
    func refusals() async throws {
        try await withTemplate { runner, _ in
            let missing = try await runner.send(.get, "/api/notebook/nothing")
            #expect(missing.status == 404)
            #expect(missing.json == ["status": "NOT_FOUND", "message": "No such note: nothing"])
            #expect(try await runner.send(.get, "/api/notebook/2TEMPLATE/paragraph/nothing").status == 404)
            #expect(try await runner.send(.post, "/api/notebook", [:], headers: [("Content-Type", "text/plain")]).status == 415)
            #expect(try await runner.send(.get, "/api/notebook", headers: [("Origin", "http://elsewhere.example")]).status == 403)
        }
    }
}
