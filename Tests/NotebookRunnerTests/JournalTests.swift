import Testing
import notebook_runner

@Suite("The journal as a witness") struct JournalTests {
    @Test("Every change of a note names the note and who made it", arguments: Dialect.Name.allCases)
    func writes(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            let clone = try await runner.clone("2NOTE", to: "/jobs/1")
            let path = "/api/notebook/\(clone)"
            let lists: JSON = ["owners": ["anonymous"], "readers": [], "runners": [], "writers": []]
            _ = try await runner.send(.put, path + "/permissions", lists)
            let inserted = try #require(try await runner.send(.post, path + "/paragraph", ["text": "%python\n2"]).body?.string)
            _ = try await runner.send(.put, path + "/paragraph/\(inserted)", ["text": "%python\n3"])
            _ = try await runner.send(.put, path + "/paragraph/\(inserted)/config", ["enabled": true])
            _ = try await runner.send(.post, path + "/paragraph/\(inserted)/move/0")
            _ = try await runner.send(.put, path + "/clear")
            _ = try await runner.send(.delete, path + "/paragraph/\(inserted)")
            _ = try await runner.send(.delete, path)
            let changes = try folder.journal().filter { $0["kind"] != "request" }
            #expect(
                changes.map { $0["kind"] } == [
                    "clone", "permissions", "insert", "update", "configure", "move", "clear", "remove", "delete",
                ])
            #expect(changes.allSatisfy { $0["note"]?.string == clone && $0["user"] == "anonymous" })
            let texts = ["%python\n2", "%python\n3"].map(TextDigest.of)
            #expect(changes.compactMap { $0["textSHA256"]?.string } == texts)
            // The template was read, cloned, and never written to.
            #expect(changes.filter { $0["note"] == "2NOTE" }.isEmpty)
            #expect(try folder.journal(.request).filter { $0["note"] == "2NOTE" }.map { $0["operation"] } == ["clone"])
        }
    }

    @Test("What ran is there as the digest of its text, and never as the text", arguments: Dialect.Name.allCases)
    func digests(dialect: Dialect.Name) async throws {
        let text = "%python\nprint('personal data')"
        try await RunnerProcess.with(dialect, [(id: "p", text: text)]) { runner, folder async throws in
            _ = try await runner.run("p", of: "2NOTE")
            #expect(try folder.journal(.runStarted).map { $0["textSHA256"]?.string } == [TextDigest.of(text)])
            #expect(try folder.journal(.runStarted).map { $0["user"] } == ["anonymous"])
            #expect(try !folder.journal().contains { $0.gson.contains("personal") })
        }
    }

    @Test("It can be read from a line on, over lives of the runner, and in pieces")
    func reading() async throws {
        let folder = try Folder()
        let first = try await RunnerProcess.start(in: folder)
        for _ in 0..<3 { _ = try await first.send(.get, "/api/notebook") }
        try await first.kill()
        try await RunnerProcess.with(folder) { second async throws in
            func numbers(_ query: String) async throws -> [Int?] {
                let answer = try await second.send(.get, "/journal" + query)
                #expect(answer.status == 200 && answer.contentType == "application/x-ndjson")
                return try answer.text.split(separator: "\n").map { try JSON.parse($0.utf8)?["seq"]?.integer }
            }
            #expect(try await numbers("") == [1, 2, 3, 4])
            #expect(try await numbers("?from=3") == [3, 4])
            #expect(try await numbers("?from=2&limit=1") == [2])
            #expect(try await numbers("?from=5") == [])
            _ = try await second.send(.get, "/api/notebook")
            #expect(try await numbers("?from=5") == [5])
            #expect(try await second.send(.get, "/journal?limit=0").status == 400)
            // Reading it leaves no trace in it.
            #expect(try folder.journal().count == 5)
        }
    }
}
