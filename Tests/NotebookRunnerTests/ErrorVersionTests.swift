import Testing
import notebook_runner

/// How versions say no.
@Suite("Errors in every version") struct ErrorVersionTests {
    @Test(
        "What was not foreseen is a page in 0.8, an exception without status up to 0.12.0, an envelope in 0.12.1",
        arguments: Dialect.Name.allCases)
    func unmapped(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let answer = try await runner.send(.post, "/api/notebook/2NOTE/paragraph", ["text": "x", "index": 9])
            #expect(answer.status == 500)
            switch dialect {
            case .v08:
                #expect(answer.contentType?.hasPrefix("text/html") == true && answer.text.hasPrefix("<html>"))
            case .v010, .v0120:
                #expect(answer.json?["exception"] == "IndexOutOfBoundsException")
                #expect(answer.json?["stacktrace"] != nil && answer.json?["status"] == nil)
            case .v0121:
                #expect(answer.json == ["status": "error", "message": "Internal server error"])
            }
        }
    }

    @Test("What is missing is called by its id from 0.9 on", arguments: Dialect.Name.allCases)
    func notFound(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let isOld = dialect == .v08
            let note = try await runner.send(.get, "/api/notebook/gone")
            #expect(note.status == 404)
            #expect(note.json == ["status": "NOT_FOUND", "message": isOld ? "note not found" : "No such note: gone"])
            let paragraph = try await runner.send(.get, "/api/notebook/2NOTE/paragraph/gone")
            #expect(paragraph.status == 404)
            #expect(paragraph.json == ["status": "NOT_FOUND", "message": isOld ? "paragraph not found" : "No such paragraph: gone"])
        }
    }

    @Test("Only 0.12.1 refuses foreign content types with 415 and foreign origins with 403", arguments: Dialect.Name.allCases)
    func filters(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let isFiltering = dialect == .v0121
            let plain = [("Content-Type", "text/plain")]
            #expect(
                try await runner.send(.put, "/api/notebook/2NOTE/paragraph/p", ["text": "x"], headers: plain).status
                    == (isFiltering ? 415 : 200))
            let origin = [("Origin", "http://elsewhere.example")]
            #expect(try await runner.send(.get, "/api/notebook", headers: origin).status == (isFiltering ? 403 : 200))
        }
    }

    @Test("Gson escapes what HTML could mistake and leaves out what is null", arguments: Dialect.Name.allCases)
    func gson(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect, [(id: "p", text: "%python\n'<&=>'")]) { runner, _ async throws in
            let text = try await runner.send(.get, "/api/notebook/2NOTE/paragraph/p").text
            #expect(text.contains(#""text":"%python\n\u0027\u003c\u0026\u003d\u003e\u0027""#))
            #expect(!text.contains("null") && !text.contains("dateStarted"))
        }
    }
}
