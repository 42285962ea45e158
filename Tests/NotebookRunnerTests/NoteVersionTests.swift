import Testing
import notebook_runner

/// What a REST client sees of notes, version by version.
@Suite("Notes in every version") struct NoteVersionTests {
    private static let strict: [Dialect.Name] = [.v010, .v0120, .v0121]

    @Test("The version says what to speak", arguments: zip(Dialect.Name.allCases, ["0.8.2", "0.10.1", "0.12.0", "0.12.1"]))
    func version(dialect: Dialect.Name, full: String) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let version = try await runner.send(.get, "/api/version").body
            #expect(version?["version"]?.string == full)
            #expect(version?["git-commit-id"]?.string != nil)
        }
    }

    @Test("A clone takes `name` before 0.12.1 and `notePath` from then on; the other key is ignored", arguments: Dialect.Name.allCases)
    func cloneKey(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            let both = try await runner.send(.post, "/api/notebook/2NOTE", ["name": "/by-name", "notePath": "/by-path"])
            #expect(both.status == 200 && both.body?.string != nil)
            let wrong: JSON = dialect == .v0121 ? ["name": "/elsewhere"] : ["notePath": "/elsewhere"]
            let astray = try #require(try await runner.send(.post, "/api/notebook/2NOTE", wrong).body?.string)
            let paths = try folder.journal(.clone).map { $0["path"]?.string }
            let stray = dialect == .v08 ? "/Note \(astray)" : "/Cloned Note_2NOTE"
            #expect(paths == [dialect == .v0121 ? "/by-path" : "/by-name", stray])
        }
    }

    @Test("The second clone that went astray is a 500", arguments: strict)
    func strayTwice(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            #expect(try await runner.send(.post, "/api/notebook/2NOTE", [:]).status == 200)
            #expect(try await runner.send(.post, "/api/notebook/2NOTE", [:]).status == 500)
            #expect(try folder.journal(.clone).count == 1)
        }
    }

    @Test("A duplicate clone is a second note in 0.8 and a bare 500 later", arguments: Dialect.Name.allCases)
    func duplicateClone(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            let first = try await runner.clone("2NOTE", to: "/jobs/1")
            let again = try await runner.send(.post, "/api/notebook/2NOTE", ["name": "/jobs/1", "notePath": "/jobs/1"])
            #expect(again.status == (dialect == .v08 ? 200 : 500))
            #expect(again.body?.string != first)
            #expect(try folder.journal(.clone).count == (dialect == .v08 ? 2 : 1))
        }
    }

    @Test("A path that is taken: 0.8 does not mind, 0.12.1 says 409 to create, import and rename, those between say 500")
    func duplicateOthers() async throws {
        let expected: [Dialect.Name: Int] = [.v08: 200, .v010: 500, .v0120: 500, .v0121: 409]
        for (dialect, status) in expected {
            try await RunnerProcess.with(dialect) { runner, _ async throws in
                let place: JSON = ["name": "/templates/note", "notePath": "/templates/note"]
                #expect(try await runner.send(.post, "/api/notebook", place).status == status)
                let file: JSON = ["name": "templates/note", "paragraphs": [["id": "p", "text": "x"]]]
                #expect(try await runner.send(.post, "/api/notebook/import", file).status == status)
                guard dialect != .v08 else { return }
                let other = try await runner.clone("2NOTE", to: "/other")
                #expect(try await runner.send(.put, "/api/notebook/\(other)/rename", ["name": "/templates/note"]).status == status)
            }
        }
    }

    @Test("Rename takes `name` in every version that has it, and 0.8 has none", arguments: Dialect.Name.allCases)
    func rename(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            let answer = try await runner.send(.put, "/api/notebook/2NOTE/rename", ["name": "/moved/there"])
            #expect(answer.status == (dialect == .v08 ? 404 : 200))
            #expect(try folder.journal(.rename).map { $0["path"]?.string } == (dialect == .v08 ? [] : ["/moved/there"]))
        }
    }

    @Test("A list has names without a leading slash in 0.8, and paths later", arguments: Dialect.Name.allCases)
    func list(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let entry: JSON = dialect == .v08 ? ["id": "2NOTE", "name": "templates/note"] : ["id": "2NOTE", "path": "/templates/note"]
            #expect(try await runner.send(.get, "/api/notebook").body == [entry])
            let note = try await runner.send(.get, "/api/notebook/2NOTE").body
            #expect(note?["path"]?.string == (dialect == .v08 ? nil : "/templates/note"))
            #expect(note?["name"]?.string == (dialect == .v08 ? "templates/note" : "note"))
            #expect((note?["defaultInterpreterGroup"] != nil) == (dialect != .v08))
        }
    }

    @Test("A lookup by path is there from 0.11 on; before, it is a clone of a note that does not exist", arguments: Dialect.Name.allCases)
    func getByPath(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let found = try await runner.send(.post, "/api/notebook/getByPath", ["notePath": "/templates/note"])
            switch dialect {
            case .v08: #expect(found.json == ["status": "NOT_FOUND", "message": "note not found"])
            case .v010: #expect(found.json == ["status": "NOT_FOUND", "message": "No such note: getByPath"])
            case .v0120, .v0121: #expect(found.body?["id"] == "2NOTE")
            }
            #expect(try await runner.send(.post, "/api/notebook/getByPath", ["notePath": "/nowhere"]).status == 404)
        }
    }

    @Test("0.8 gives a new note one more, empty paragraph", arguments: Dialect.Name.allCases)
    func emptyParagraph(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let body: JSON = ["name": "/new", "notePath": "/new", "paragraphs": [["title": "one", "text": "%sh\ntrue"]]]
            let id = try #require(try await runner.send(.post, "/api/notebook", body).body?.string)
            let paragraphs = try await runner.send(.get, "/api/notebook/\(id)").body?["paragraphs"]?.array
            #expect(paragraphs?.count == (dialect == .v08 ? 2 : 1))
            #expect(paragraphs?.first?["text"] == "%sh\ntrue")
        }
    }

    @Test("A new note without a name is called after its id in 0.8, and Untitled Note later", arguments: Dialect.Name.allCases)
    func unnamed(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            let id = try #require(try await runner.send(.post, "/api/notebook", [:]).body?.string)
            #expect(try folder.journal(.create).map { $0["path"]?.string } == [dialect == .v08 ? "/Note \(id)" : "/Untitled Note"])
        }
    }

    @Test("Paths: 0.8 collapses slashes, 0.10 and later refuse dots and long names, 0.12.1 a slash at the end too")
    func normalization() async throws {
        for dialect in Dialect.Name.allCases {
            try await RunnerProcess.with(dialect) { runner, folder async throws in
                func create(_ path: String) async throws -> Int {
                    try await runner.send(.post, "/api/notebook", ["name": .string(path), "notePath": .string(path)]).status
                }
                #expect(try await create("a//b") == 200)
                #expect(try folder.journal(.create).last?["path"]?.string == (dialect == .v08 ? "/a/b" : "/a//b"))
                #expect(try await create("/a/../b") == (dialect == .v08 ? 200 : 500))
                #expect(try await create("/" + String(repeating: "x", count: 255)) == (dialect == .v08 ? 200 : 500))
                #expect(try await create("/folder/") == (dialect == .v0121 ? 500 : 200))
            }
        }
    }

    @Test("A clone keeps paragraph ids and old results, and is READY without dates", arguments: Dialect.Name.allCases)
    func cloned(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p", ["params": ["limit": 1]])
            try await runner.status("p", of: "2NOTE", reaching: "FINISHED")
            let id = try await runner.clone("2NOTE", to: "/jobs/1")
            let paragraph = try await runner.send(.get, "/api/notebook/\(id)/paragraph/p").body
            #expect(paragraph?["results"]?["code"] == "SUCCESS")
            #expect(paragraph?["settings"]?["params"] == ["limit": 1])
            #expect(try await runner.status("p", of: id) == ["id": "p", "status": "READY", "progress": dialect == .v08 ? "100" : "0"])
        }
    }

    @Test("0.8 drops a note's own configuration, parameters and forms on the way to its clone", arguments: Dialect.Name.allCases)
    func noteSettings(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let file: JSON = [
                "name": "source", "config": ["looknfeel": "report"], "noteParams": ["a": 1], "noteForms": ["b": [:]],
                "paragraphs": [["id": "p", "text": "x"]],
            ]
            let source = try #require(try await runner.send(.post, "/api/notebook/import", file).body?.string)
            let clone = try await runner.send(.get, "/api/notebook/\(try await runner.clone(source, to: "/jobs/1"))").body
            let isKept = dialect != .v08
            #expect(clone?["config"]?["looknfeel"] == (isKept ? "report" : nil))
            #expect(clone?["noteParams"] == (isKept ? ["a": 1] : [:]))
            #expect(clone?["noteForms"] == (isKept ? ["b": [:]] : [:]))
            #expect(clone?["paragraphs"]?.array?.map { $0["id"] } == ["p"])
        }
    }

    @Test("Deleting is for good; an id that is not there is 200 in 0.8 and 404 later", arguments: Dialect.Name.allCases)
    func deletion(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            #expect(try await runner.send(.delete, "/api/notebook/2NOTE").status == 200)
            #expect(try await runner.send(.get, "/api/notebook").body == [])
            #expect(try await runner.send(.delete, "/api/notebook/2NOTE").status == (dialect == .v08 ? 200 : 404))
            #expect(try folder.journal(.delete).map { $0["note"] } == ["2NOTE"])
        }
    }

    @Test(
        "Insert past the end is a 500, move out of range a 400, an empty configuration a 400, in every version",
        arguments: Dialect.Name.allCases)
    func ranges(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let path = "/api/notebook/2NOTE/paragraph"
            let inserted = try await runner.send(.post, path, ["title": "t", "text": "x", "index": 0]).body?.string
            #expect(try await runner.send(.post, path, ["text": "x", "index": 3]).status == 500)
            #expect(try await runner.send(.post, path + "/p/move/2").status == 400)
            #expect(try await runner.send(.post, path + "/p/move/0").status == 200)
            #expect(try await runner.send(.put, path + "/p/config", [:]).status == 400)
            let merged = try await runner.send(.put, path + "/p/config", ["enabled": false]).body
            #expect(merged?["config"]?["enabled"] == false)
            let ids = try await runner.send(.get, "/api/notebook/2NOTE").body?["paragraphs"]?.array?.map { $0["id"]?.string }
            #expect(ids == ["p", inserted])
        }
    }

    @Test("An update without text wipes the text, in every version", arguments: Dialect.Name.allCases)
    func wipe(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let path = "/api/notebook/2NOTE/paragraph/p"
            #expect(try await runner.send(.put, path, ["title": "only"]).status == 200)
            let paragraph = try await runner.send(.get, path).body
            #expect(paragraph?["title"] == "only")
            #expect(paragraph?["text"] == nil)
        }
    }

    @Test("Clearing takes results and leaves status and dates", arguments: Dialect.Name.allCases)
    func clear(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            _ = try await runner.send(.post, "/api/notebook/job/2NOTE/p")
            let before = try await runner.status("p", of: "2NOTE", reaching: "FINISHED")
            #expect(try await runner.send(.put, "/api/notebook/2NOTE/clear").status == 200)
            #expect(try await runner.send(.get, "/api/notebook/2NOTE/paragraph/p").body?["results"] == nil)
            #expect(try await runner.status("p", of: "2NOTE") == before)
        }
    }

    @Test("A paragraph's dates have a comma after the year from Java 11 on", arguments: Dialect.Name.allCases)
    func dates(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, _ async throws in
            let date = try #require(try await runner.send(.get, "/api/notebook/2NOTE/paragraph/p").body?["dateCreated"]?.string)
            let hasComma = date.wholeMatch(of: /[A-Z][a-z]{2} \d+, \d{4}, \d+:\d\d:\d\d [AP]M/) != nil
            let hasNone = date.wholeMatch(of: /[A-Z][a-z]{2} \d+, \d{4} \d+:\d\d:\d\d [AP]M/) != nil
            #expect(dialect == .v08 || dialect == .v010 ? hasNone : hasComma, "\(date)")
        }
    }
}
