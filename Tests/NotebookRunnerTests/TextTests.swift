import Testing
import notebook_runner

@Suite("Texts of the contract") struct TextTests {
    @Test("Gson leaves nulls out and escapes what HTML could mistake")
    func gson() {
        let value: JSON = ["b": .null, "a": "<x> & 'y' = \"z\"\n", "c": [.null, 1, true]]
        let quote = "\\u0027"
        #expect(value.gson == "{\"a\":\"\\u003cx\\u003e \\u0026 \(quote)y\(quote) \\u003d \\\"z\\\"\\n\",\"c\":[null,1,true]}")
    }

    @Test("A paragraph names its interpreter, and without a name it is Python")
    func interpreters() {
        #expect(ParagraphText("%sh\necho 1").interpreter == "sh")
        #expect(ParagraphText("%sh\necho 1").body == "echo 1")
        #expect(ParagraphText(" %python(a=b) x = 1").body == "x = 1")
        #expect(ParagraphText("x = 1").interpreter == "python")
        #expect(ParagraphText("%sql\n  \n").isBlank)
    }

    @Test("An empty list admits everybody, and a higher right implies the lower")
    func permissions() {
        let open = Permissions.publicNote(of: "a")
        #expect(open.allows(.writer, to: "b") && !open.allows(.owner, to: "b"))
        #expect(Permissions(owners: ["admin"], writers: ["admin"]).allows(.writer, to: Caller(name: "b", roles: ["admin"])))
        var closed = Permissions()
        let lists: JSON = ["readers": ["b"], "runners": [], "writers": [], "owners": []]
        #expect(PermissionChange(lists).apply(to: &closed, by: "a"))
        #expect(closed == Permissions(owners: ["a"], readers: ["b"], runners: ["a"], writers: ["a"]))
        #expect(closed.allows(.reader, to: "b") && !closed.allows(.runner, to: "b") && closed.allows(.reader, to: "a"))
    }

    @Test("A missing list stops before the first where a filled one needs it, and else at its own turn")
    func missingLists() {
        var permissions = Permissions(owners: ["a"])
        #expect(!PermissionChange(["readers": ["b"], "writers": [], "owners": []]).apply(to: &permissions, by: "a"))
        #expect(permissions == Permissions(owners: ["a"]))
        #expect(!PermissionChange(["readers": [], "runners": [], "writers": ["c"], "owners": .null]).apply(to: &permissions, by: "a"))
        #expect(permissions == Permissions(owners: ["a"]))
        #expect(!PermissionChange(["readers": [], "runners": [], "owners": ["x"]]).apply(to: &permissions, by: "a"))
        #expect(permissions == Permissions(owners: ["a"]))
        permissions = Permissions(owners: ["a"], readers: ["b"], runners: ["b"])
        #expect(!PermissionChange(["readers": [], "owners": ["x"]]).apply(to: &permissions, by: "a"))
        #expect(permissions == Permissions(owners: ["a"], readers: [], runners: ["b"]))
    }

    @Test("A session runs one at a time and in order, and sessions don't wait for each other")
    func queue() {
        var queue = RunQueue()
        let python = SessionKey(interpreter: .python, scope: "shared"), shell = SessionKey(interpreter: .sh, scope: "shared")
        let runs = (1...3).map { Run(id: $0, note: "n", paragraph: "p\($0)", session: $0 == 3 ? shell : python) }
        runs.forEach { queue.append($0) }
        #expect(queue.startNext(in: python) == runs[0])
        #expect(queue.startNext(in: python) == nil)
        #expect(queue.startNext(in: shell) == runs[2])
        queue.finish(runs[0])
        #expect(queue.removeWaiting(note: "n", paragraph: "p2") == [runs[1]])
        #expect(queue.startNext(in: python) == nil)
    }

    @Test("Paths get a leading slash; no dots upwards, no slash at the end, no overlong name")
    func paths() throws {
        let rules = NotePath.Rules.strict(refusesTrailingSlash: true)
        #expect(try NotePath.normalized("jobs/1", by: rules) == "/jobs/1")
        for path in ["/jobs/../1", "/jobs/", "/", "/" + String(repeating: "x", count: 255)] {
            #expect(throws: Refusal.self) { try NotePath.normalized(path, by: rules) }
        }
        #expect(try NotePath.normalized("/jobs/", by: .strict(refusesTrailingSlash: false)) == "/jobs/")
        #expect(try NotePath.normalized("/jobs//a///b/", by: .collapsing) == "/jobs/a/b")
    }

    @Test("The same seed hits the same requests, however operations mix, and a probability is kept")
    func accidents() {
        func hits(_ order: [notebook_runner.Operation]) -> [notebook_runner.Operation: [Faults.Kind?]] {
            var accidents = Accidents(
                seed: 7, probabilities: [.run: 0.25, .clone: 1], kinds: [.resetBefore, .stuckPending], milliseconds: 0)
            var hits: [notebook_runner.Operation: [Faults.Kind?]] = [:]
            for operation in order { hits[operation, default: []].append(accidents.next(at: operation)?.kind) }
            return hits
        }
        let runsFirst = hits(Array(repeating: .run, count: 1_000) + Array(repeating: .clone, count: 100))
        let mixed = hits((0..<100).flatMap { _ in [.clone] + Array(repeating: notebook_runner.Operation.run, count: 10) })
        #expect(runsFirst == mixed)
        #expect((200...300).contains(runsFirst[.run, default: []].filter { $0 != nil }.count))
        #expect(runsFirst[.clone] == Array(repeating: .resetBefore, count: 100))
    }

    @Test("A digest is the SHA-256 of the text")
    func digests() {
        #expect(TextDigest.of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
