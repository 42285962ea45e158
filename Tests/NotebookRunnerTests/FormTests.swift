import Foundation
import Testing
import notebook_runner

/// What `z` gives to Python paragraphs, version by version.
@Suite("Dynamic forms") struct FormTests {
    private static let asking = "%python\nprint(repr(z.textbox('name', 'nobody')), repr(z.input('age', 7)), repr(z.password('secret')))"

    private func printed(_ runner: RunnerProcess, _ params: JSON? = nil) async throws -> String? {
        let answer = try await runner.send(.post, "/api/notebook/run/2NOTE/p", params.map { ["params": $0] })
        return answer.body?["msg"]?.array?.first?["data"]?.string
    }

    private func settings(_ runner: RunnerProcess, of note: String = "2NOTE") async throws -> JSON? {
        try await runner.send(.get, "/api/notebook/\(note)/paragraph/p").body?["settings"]
    }

    @Test(
        "A form has its default until it is filled, and what it was filled with until it is filled again", arguments: Dialect.Name.allCases)
    func fills(dialect: Dialect.Name) async throws {
        try await RunnerProcess.with(dialect, [(id: "p", text: Self.asking)]) { runner, _ async throws in
            #expect(try await printed(runner) == "'nobody' '7' None\n")
            #expect(try await settings(runner)?["params"] == ["name": "nobody", "age": "7"])
            #expect(
                try await settings(runner)?["forms"]?["name"] == [
                    "type": "TextBox", "name": "name", "displayName": "name", "hidden": false, "defaultValue": "nobody",
                ])
            #expect(try await printed(runner, ["name": "Anna", "age": "8", "secret": "s"]) == "'Anna' '8' 's'\n")
            #expect(try await printed(runner) == "'Anna' '8' 's'\n")
            // 0.8 lays what it gets over what there was, later versions take it instead.
            #expect(try await printed(runner, ["name": "Boris"]) == (dialect == .v08 ? "'Boris' '8' 's'\n" : "'Boris' '7' None\n"))
        }
    }

    @Test("A value is data, whatever it holds", arguments: Dialect.Name.allCases) func hostile(dialect: Dialect.Name) async throws {
        let values = [
            "'; raise SystemExit", "\"\"\"\nopen('ran', 'w')\n\"\"\"", "%sh\ntouch ran", "${name=open('ran','w')} {{x}}",
            "\\u0000 \\x00 \\\n\r\t",
            "😀 e\u{301} \u{202e}שלום\u{202c} \u{2028}\u{feff}", "</script>&='", String(repeating: "я", count: 500_000),
        ]
        let text = "%python\nopen('seen', 'w', encoding='utf-8', newline='').write(z.textbox('name'))"
        try await RunnerProcess.with(dialect, [(id: "p", text: text)]) { runner, folder async throws in
            for value in values {
                let answer = try await runner.send(.post, "/api/notebook/run/2NOTE/p", ["params": ["name": .string(value)]])
                #expect(answer.body?["code"] == "SUCCESS")
                #expect(try String(contentsOf: URL(filePath: folder.path("shared/seen")), encoding: .utf8) == value)
                #expect(try await settings(runner)?["params"]?["name"]?.string == value)
            }
            #expect(!FileManager.default.fileExists(atPath: folder.path("shared/ran")))
        }
    }

    @Test("A choice has its options, and a box that is none of them is not ticked") func choices() async throws {
        let text = """
            %python
            print(z.select('day', [('mon', 'Monday'), ('tue', 'Tuesday')], 'tue'))
            print(z.checkbox('cities', [('msk', 'Москва'), ('spb', 'Петербург')], ['spb']))
            """
        try await RunnerProcess.with(.v0121, [(id: "p", text: text)]) { runner, _ async throws in
            #expect(try await printed(runner) == "tue\n['spb']\n")
            let forms = try await settings(runner)?["forms"]
            #expect(forms?["day"]?["type"] == "Select" && forms?["cities"]?["type"] == "CheckBox")
            #expect(forms?["day"]?["options"]?.array?.first == ["value": "mon", "displayName": "Monday"])
            #expect(try await printed(runner, ["day": "mon", "cities": ["msk", "nowhere"]]) == "mon\n['msk']\n")
        }
    }

    @Test("A default that no form can have is the paragraph's error, and the session lives on") func badDefault() async throws {
        let text = "%python\nkept = 1\nz.select('day', [('mon', 'Monday')], object())"
        try await RunnerProcess.with(.v0121, [(id: "p", text: text), (id: "after", text: "%python\nprint(kept)")]) {
            runner, _ async throws in
            #expect(try await printed(runner)?.contains("TypeError") == true)
            #expect(try await runner.run("after", of: "2NOTE")?["msg"]?.array?.first?["data"] == "1\n")
        }
    }

    @Test("A paragraph that asks for no form any more shows none, and keeps what was filled in") func forgets() async throws {
        try await RunnerProcess.with(.v0121, [(id: "p", text: Self.asking)]) { runner, _ async throws in
            _ = try await printed(runner, ["name": "Anna"])
            _ = try await runner.send(.put, "/api/notebook/2NOTE/paragraph/p", ["text": "%python\nprint(1)"])
            _ = try await printed(runner)
            #expect(try await settings(runner)?["forms"] == [:])
            #expect(try await settings(runner)?["params"]?["name"] == "Anna")
        }
    }

    @Test("What was filled in goes with a clone, and outlives the runner", arguments: Dialect.Name.allCases)
    func lasts(dialect: Dialect.Name) async throws {
        let folder = try Folder()
        let arguments = try folder.importing("2NOTE", at: "/note", [(id: "p", text: Self.asking)]) + ["--dialect", dialect.rawValue]
        let first = try await RunnerProcess.start(in: folder, arguments)
        _ = try await printed(first, ["name": "Anna"])
        let clone = try await first.clone("2NOTE", to: "/jobs/1")
        try await first.kill()
        try await RunnerProcess.with(folder, arguments) { second async throws in
            for note in ["2NOTE", clone] {
                #expect(try await settings(second, of: note)?["params"]?["name"] == "Anna")
                #expect(try await settings(second, of: note)?["forms"]?["name"]?["type"] == "TextBox")
            }
            #expect(try await printed(second)?.hasPrefix("'Anna' ") == true)
        }
    }
}
