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
        let closed = Permissions(readers: ["b"]).closedUpwards(by: "a")
        #expect(closed == Permissions(owners: ["a"], readers: ["b"], runners: ["a"], writers: ["a"]))
        #expect(closed.allows(.reader, to: "b") && !closed.allows(.runner, to: "b") && closed.allows(.reader, to: "a"))
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
        #expect(try NotePath.normalized("jobs/1") == "/jobs/1")
        for path in ["/jobs/../1", "/jobs/", "/", "/" + String(repeating: "x", count: 255)] {
            #expect(throws: Refusal.unexpected) { try NotePath.normalized(path) }
        }
    }
}
