import HindsightApp
import Testing

@Suite("Configuration file") struct ConfigurationFileTests {
    @Test(
        "What is no YAML, or no mapping, is refused with its line",
        arguments: [
            ("listen: a:1\n\tclock: system", "hindsight.yaml:2: is no YAML: found a tab character that violates indentation"),
            ("auth:\n\tkeys: geheim", "hindsight.yaml:2: is no YAML: found character that cannot start any token"),
            ("clock: system\nauth: [geheim", "hindsight.yaml:3: is no YAML: did not find expected"),
            ("clock: *geheim", "hindsight.yaml:1: is no YAML: found undefined alias"),
            ("clock: system\nlisten: \u{1}", "hindsight.yaml:2: is no YAML: control characters are not allowed"),
            ("clock: system\n---\nclock: system", "hindsight.yaml:2: is no YAML: but found another document"),
            ("clock: system\nlog: a\nlog: b", "hindsight.yaml:2: stands twice in a mapping: log"),
            ("limits:\n  connections: 1\n  connections: 2", "hindsight.yaml:2: stands twice in a mapping: connections"),
            ("- clock", "hindsight.yaml:1: must be a mapping of settings, like `listen: 127.0.0.1:8080`"),
            ("\n\ngeheim", "hindsight.yaml:3: must be a mapping of settings, like `listen: 127.0.0.1:8080`"),
            ("clock: system\n? [geheim]\n: x", "hindsight.yaml:2: a key must be a text"),
            ("clock: system\naudience: geheim", "audience (hindsight.yaml:2): must be a mapping of settings"),
            ("<<: { clock: system }", "<< (hindsight.yaml:1): is no setting; the nearest one is"),
        ])
    func noYAML(yaml: String, reason: String) throws {
        let problems = try ConfigurationFolder(yaml).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(reason) == true, "\(problems)")
        #expect(problems.first?.contains("geheim") == false)
    }

    @Test("A file that says nothing is fine", arguments: ["", "# nothing\n", "---\n", "~", "audience:\nauth:\n  # keys: x\n", "{}"])
    func empty(yaml: String) throws {
        #expect(try ConfigurationFolder(yaml).load().entries.allSatisfy { $0.source == .fallback })
    }

    @Test(
        "Values have the types of YAML's core schema",
        arguments: [
            ("auth: { issuer: 12 }", "auth.issuer (hindsight.yaml:1): must be a text: put it in quotes"),
            ("auth: { issuer: 1.5e3 }", "auth.issuer (hindsight.yaml:1): must be a text: put it in quotes"),
            ("auth: { issuer: 0x1F }", "auth.issuer (hindsight.yaml:1): must be a text: put it in quotes"),
            ("auth: { issuer: true }", "auth.issuer (hindsight.yaml:1): must be a text: put it in quotes"),
            ("auth: { issuer: .inf }", "auth.issuer (hindsight.yaml:1): must be a text: put it in quotes"),
            ("auth: { issuer: [a] }", "auth.issuer (hindsight.yaml:1): must be a text"),
            ("log:", "log (hindsight.yaml:1): has no value: must be the path of a file or folder"),
            ("log: null", "log (hindsight.yaml:1): has no value: must be the path of a file or folder"),
            ("log: ''", "log (hindsight.yaml:1): is empty"),
            ("auth: { audience: a }", "auth.audience (hindsight.yaml:1): must be a list of texts"),
            ("auth: { audience: [a, 1] }", "auth.audience (hindsight.yaml:1): must be a list of texts: put what is none in quotes"),
            ("auth: { audience: [[a]] }", "auth.audience (hindsight.yaml:1): must be a list of texts: put what is none in quotes"),
            ("auth: { audience: [a, ''] }", "auth.audience (hindsight.yaml:1): is empty"),
            ("auth: { audience: [] }", "auth.audience (hindsight.yaml:1): is an empty list: name one item at least, or leave it out"),
            (
                "limits:\n  connections: '10'",
                "limits.connections (hindsight.yaml:2): must be a whole number from 1 to 1000000, without quotes"
            ),
            ("limits:\n  connections: 1.0", "limits.connections (hindsight.yaml:2): must be a whole number from 1 to 1000000"),
            ("limits:\n  connections: 0x10", "limits.connections (hindsight.yaml:2): must be a whole number from 1 to 1000000"),
            ("listen: { host: a, port: 1 }", "listen (hindsight.yaml:1): must be host:port like 127.0.0.1:8080, or [::1]:8080"),
        ])
    func types(yaml: String, reason: String) throws {
        #expect(try ConfigurationFolder(yaml).problems() == [reason])
    }

    @Test(
        "What only older YAML takes for a boolean or a number is a text", arguments: ["on", "No", "12:30", "1_000", "'12'", "2026-01-31"])
    func olderYAML(text: String) throws {
        let issuer = try ConfigurationFolder("auth: { issuer: \(text) }").load().auth.issuer
        #expect(issuer == text.replacing("'", with: ""))
    }

    @Test("A dotted key says the same as nested ones, and may not say it again") func dotted() throws {
        #expect(try ConfigurationFolder("limits.connections: 3\naudience: { limits.pollSeconds: 2 }").load().limits.connections == 3)
        let twice = try ConfigurationFolder("limits: { connections: 3 }\nlimits.connections: 4")
        #expect(twice.problems() == ["limits.connections (hindsight.yaml:2): stands twice, before in hindsight.yaml:1"])
    }

    @Test("An anchor may be used again") func anchor() throws {
        let folder = try ConfigurationFolder("audience: { permissions: { owners: &us [svc], readers: *us } }")
        #expect(try folder.load().audience.permissions.readers == ["svc"])
    }

    @Test("A file that can't be read is named with the reason, beside everything else that is wrong") func unreadable() throws {
        let folder = try ConfigurationFolder("")
        func problems(_ file: String) -> [String] {
            do {
                _ = try Configuration.load(flags: [(key: "clock", value: "x")], file: file, environment: [:])
                return []
            } catch {
                return error.problems
            }
        }
        let missing = "\(folder.path)/none.yaml"
        #expect(
            problems(missing) == ["\(missing): cannot be opened: No such file or directory", "clock (flag): must be one of system, manual"])
        #expect(problems(folder.path).first == "\(folder.path): cannot be read: Is a directory")
        #expect(problems("/dev/zero").first == "/dev/zero: is longer than 1048576 bytes, so it is no configuration")
        #expect(problems("").first == "--config: is empty: name a file")
        #expect(try ConfigurationFolder(bytes: [0x61, 0xff]).problems() == ["hindsight.yaml: is not UTF-8"])
    }
}
