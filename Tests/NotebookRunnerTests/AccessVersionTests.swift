import Testing
import notebook_runner

/// Logins, sessions and permissions, version by version.
@Suite("Access in every version") struct AccessVersionTests {
    private static let newer: [Dialect.Name] = [.v010, .v0120, .v0121]

    private func with(_ dialect: Dialect.Name, _ arguments: [String] = [], _ body: (RunnerProcess, Folder) async throws -> Void)
        async throws
    {
        let folder = try Folder()
        let note = try folder.importing("2NOTE", at: "/templates/note", [(id: "p", text: "%python\nprint(1)")])
        let users = try folder.credentials([("engine", []), ("analyst", ["analysts"]), ("stranger", [])])
        try await RunnerProcess.with(folder, note + users + ["--dialect", dialect.rawValue] + arguments) { try await body($0, folder) }
    }

    @Test("Without a session every call is a 302 to the login, which a GET meets with 405", arguments: Dialect.Name.allCases)
    func redirect(dialect: Dialect.Name) async throws {
        try await with(dialect) { runner, folder async throws in
            let refused = try await runner.send(.get, "/api/notebook")
            #expect(refused.status == 302)
            #expect(refused.location?.hasSuffix("/api/login") == true)
            let page = try await runner.send(.get, "/api/login")
            #expect(page.status == 405 && page.json?["status"] == "METHOD_NOT_ALLOWED")
            #expect(try await runner.send(.get, "/api/version").status == 200)
            #expect(try folder.journal(.request).allSatisfy { $0["user"] == nil })
        }
    }

    @Test("A login sets several cookies of which the last counts, and its roles are a JSON text", arguments: Dialect.Name.allCases)
    func login(dialect: Dialect.Name) async throws {
        try await with(dialect) { runner, folder async throws in
            let wrong = try await runner.logIn(userName: "analyst", password: "guess")
            #expect(wrong.status == 403 && wrong.json == ["status": "FORBIDDEN", "message": ""])
            let login = try await runner.logIn(userName: "analyst", password: "secret")
            #expect(login.body?["principal"] == "analyst")
            #expect(login.body?["roles"] == #"["analysts"]"#)
            #expect(login.body?["ticket"]?.string?.isEmpty == false)
            let cookies = login.setCookies.compactMap { $0.split(separator: ";").first.map(String.init) }
            #expect(cookies.map { $0.split(separator: "=")[0] } == ["JSESSIONID", "rememberMe", "JSESSIONID", "JSESSIONID"])
            #expect(cookies[2] == "JSESSIONID=deleteMe")
            for (cookie, status) in zip(cookies, [302, 302, 302, 200]) {
                #expect(try await runner.send(.get, "/api/notebook", headers: [("Cookie", cookie)]).status == status)
            }
            #expect(try folder.journal(.request).last?["user"] == "analyst")
            #expect(try !folder.journal().contains { $0.gson.contains("secret") || $0.gson.contains(cookies[3]) })
        }
    }

    @Test("A logout is 401 in 0.8 and 403 later, and the session is over", arguments: Dialect.Name.allCases)
    func logout(dialect: Dialect.Name) async throws {
        try await with(dialect) { runner, _ async throws in
            let session = try await runner.session("engine")
            #expect(try await runner.send(.post, "/api/login/logout", headers: session).status == (dialect == .v08 ? 401 : 403))
            #expect(try await runner.send(.get, "/api/notebook", headers: session).status == 302)
        }
    }

    @Test("All sessions expire at once when a test says so")
    func expiry() async throws {
        try await with(.v0121) { runner, folder async throws in
            let session = try await runner.session("engine")
            #expect(try await runner.send(.get, "/api/notebook", headers: session).status == 200)
            #expect(try await runner.send(.delete, "/faults/sessions").status == 200)
            #expect(try await runner.send(.get, "/api/notebook", headers: session).status == 302)
            #expect(try await runner.send(.get, "/api/notebook", headers: runner.session("engine")).status == 200)
            #expect(try folder.journal(.sessionsExpired).count == 1)
        }
    }

    @Test("A session lasts as long as it was set to", .timeLimit(.minutes(1)))
    func lifetime() async throws {
        try await with(.v0121, ["--session-seconds", "1"]) { runner, _ async throws in
            let session = try await runner.session("engine")
            while try await runner.send(.get, "/api/notebook", headers: session).status == 200 {}
            #expect(try await runner.send(.get, "/api/notebook", headers: session).status == 302)
        }
    }

    @Test("Without credentials a login is a 500 and everybody is anonymous", arguments: Dialect.Name.allCases)
    func anonymous(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect) { runner, folder async throws in
            #expect(try await runner.logIn(userName: "engine", password: "secret").status == 500)
            let clone = try await runner.clone("2NOTE", to: "/jobs/1")
            let lists: JSON = ["owners": ["other"], "readers": ["other"], "runners": ["other"], "writers": ["other"]]
            #expect(try await runner.send(.put, "/api/notebook/\(clone)/permissions", lists).status == 200)
            // Nothing is enforced where nobody logs in.
            #expect(try await runner.send(.delete, "/api/notebook/\(clone)").status == 200)
            #expect(try folder.journal(.delete).map { $0["user"] } == ["anonymous"])
        }
    }

    @Test(
        "A clone loses the template's permissions: the cloner owns it, and the other lists admit everybody",
        arguments: Dialect.Name.allCases)
    func clonePermissions(dialect: Dialect.Name) async throws {
        try await with(dialect, ["--no-anonymous"]) { runner, _ async throws in
            let engine = try await runner.session("engine")
            let stranger = try await runner.session("stranger")
            let lists: JSON = ["owners": ["engine"], "readers": ["engine"], "runners": ["engine"], "writers": ["engine"]]
            #expect(try await runner.send(.put, "/api/notebook/2NOTE/permissions", lists, headers: engine).text == #"{"status":"OK"}"#)
            let place: JSON = ["name": "/jobs/1", "notePath": "/jobs/1"]
            let refused = try await runner.send(.post, "/api/notebook/2NOTE", place, headers: stranger)
            #expect(refused.json == ["status": "FORBIDDEN", "message": "Insufficient privileges you cannot clone this note"])
            let clone = try #require(try await runner.send(.post, "/api/notebook/2NOTE", place, headers: engine).body?.string)
            let open: JSON = ["owners": ["engine"], "readers": [], "runners": [], "writers": []]
            #expect(try await runner.send(.get, "/api/notebook/\(clone)/permissions", headers: stranger).body == open)
            #expect(try await runner.send(.put, "/api/notebook/\(clone)/paragraph/p", ["text": "x"], headers: stranger).status == 200)
            #expect(try await runner.send(.delete, "/api/notebook/\(clone)", headers: stranger).status == 403)
        }
    }

    @Test("A clone needs the right to write to the template, not only to read it", arguments: Dialect.Name.allCases)
    func cloneNeedsWrite(dialect: Dialect.Name) async throws {
        try await with(dialect, ["--no-anonymous"]) { runner, folder async throws in
            let engine = try await runner.session("engine")
            let lists: JSON = ["owners": ["engine"], "readers": ["analysts"], "runners": ["analysts"], "writers": ["engine"]]
            _ = try await runner.send(.put, "/api/notebook/2NOTE/permissions", lists, headers: engine)
            let analyst = try await runner.session("analyst")
            #expect(try await runner.send(.get, "/api/notebook/2NOTE", headers: analyst).status == 200)
            #expect(try await runner.send(.post, "/api/notebook/job/2NOTE/p", headers: analyst).status == 200)
            #expect(try await runner.send(.post, "/api/notebook/2NOTE", ["name": "/1", "notePath": "/1"], headers: analyst).status == 403)
            #expect(try folder.journal(.clone).isEmpty)
        }
    }

    @Test("Lists hide a note and refuse in the version's words", arguments: Dialect.Name.allCases)
    func refusals(dialect: Dialect.Name) async throws {
        try await with(dialect, ["--no-anonymous"]) { runner, _ async throws in
            let engine = try await runner.session("engine")
            let stranger = try await runner.session("stranger")
            let lists: JSON = ["owners": ["engine"], "readers": ["engine"], "runners": ["engine"], "writers": ["engine"]]
            _ = try await runner.send(.put, "/api/notebook/2NOTE/permissions", lists, headers: engine)
            #expect(try await runner.send(.get, "/api/notebook", headers: stranger).body == [])
            let run = try await runner.send(.post, "/api/notebook/job/2NOTE/p", headers: stranger)
            #expect(run.status == 403)
            let words =
                dialect == .v08
                ? "Insufficient privileges you cannot run job for this note"
                : "Insufficient privileges to RUNNER note.\nAllowed users or roles: [engine]\nBut the user stranger belongs to: [stranger]"
            #expect(run.json?["message"]?.string == words)
            #expect(try await runner.send(.get, "/api/notebook/job/2NOTE", headers: stranger).status == 403)
        }
    }

    @Test("A filled list fills empty higher ones with the caller", arguments: Dialect.Name.allCases)
    func filling(dialect: Dialect.Name) async throws {
        try await with(dialect) { runner, _ async throws in
            let engine = try await runner.session("engine")
            let lists: JSON = ["owners": [], "readers": ["analysts"], "runners": [], "writers": []]
            _ = try await runner.send(.put, "/api/notebook/2NOTE/permissions", lists, headers: engine)
            let filled: JSON = ["owners": ["engine"], "readers": ["analysts"], "runners": ["engine"], "writers": ["engine"]]
            #expect(try await runner.send(.get, "/api/notebook/2NOTE/permissions", headers: engine).body == filled)
        }
    }

    @Test("A missing list is a 500, and those before it may have been applied", arguments: Dialect.Name.allCases)
    func missingList(dialect: Dialect.Name) async throws {
        try await with(dialect) { runner, folder async throws in
            let engine = try await runner.session("engine")
            let path = "/api/notebook/2NOTE/permissions"
            let full: JSON = ["owners": ["engine"], "readers": ["engine"], "runners": ["engine"], "writers": ["engine"]]
            _ = try await runner.send(.put, path, full, headers: engine)
            #expect(try await runner.send(.put, path, ["readers": ["x"], "runners": [], "writers": []], headers: engine).status == 500)
            #expect(try await runner.send(.get, path, headers: engine).body == full)
            #expect(try await runner.send(.put, path, ["readers": [], "writers": [], "owners": []], headers: engine).status == 500)
            let half: JSON = ["owners": ["engine"], "readers": [], "runners": ["engine"], "writers": ["engine"]]
            #expect(try await runner.send(.get, path, headers: engine).body == half)
            #expect(try folder.journal(.permissions).map { $0["complete"] } == [true, false, false])
        }
    }

    @Test("0.8 enforces nothing while anonymous is allowed, which is its default even with a login")
    func lenient() async throws {
        for (dialect, arguments, status) in [(Dialect.Name.v08, [], 200), (.v08, ["--no-anonymous"], 403), (.v010, [], 403)] {
            try await with(dialect, arguments) { runner, _ async throws in
                let lists: JSON = ["owners": ["engine"], "readers": ["engine"], "runners": ["engine"], "writers": ["engine"]]
                _ = try await runner.send(.put, "/api/notebook/2NOTE/permissions", lists, headers: runner.session("engine"))
                #expect(try await runner.send(.get, "/api/notebook/2NOTE", headers: runner.session("stranger")).status == status)
            }
        }
    }

    @Test("0.8 removes a paragraph for whoever may read; later versions ask for the right to write", arguments: Dialect.Name.allCases)
    func removal(dialect: Dialect.Name) async throws {
        try await with(dialect, ["--no-anonymous"]) { runner, folder async throws in
            let lists: JSON = ["owners": ["engine"], "readers": ["analysts"], "runners": ["engine"], "writers": ["engine"]]
            _ = try await runner.send(.put, "/api/notebook/2NOTE/permissions", lists, headers: runner.session("engine"))
            let answer = try await runner.send(.delete, "/api/notebook/2NOTE/paragraph/p", headers: runner.session("analyst"))
            #expect(answer.status == (dialect == .v08 ? 200 : 403))
            #expect(try folder.journal(.remove).count == (dialect == .v08 ? 1 : 0))
        }
    }

    @Test("An interpreter of a note is restarted only by who may run the note", arguments: Dialect.Name.allCases)
    func restart(dialect: Dialect.Name) async throws {
        try await with(dialect, ["--no-anonymous"]) { runner, _ async throws in
            let lists: JSON = ["owners": ["engine"], "readers": ["engine"], "runners": ["engine"], "writers": ["engine"]]
            _ = try await runner.send(.put, "/api/notebook/2NOTE/permissions", lists, headers: runner.session("engine"))
            for (user, status) in [("engine", 200), ("stranger", 403)] {
                let session = try await runner.session(user)
                let path = "/api/interpreter/setting/restart/python"
                #expect(try await runner.send(.put, path, ["noteId": "2NOTE"], headers: session).status == status)
            }
        }
    }
}
