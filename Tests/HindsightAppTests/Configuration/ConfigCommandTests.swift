import Foundation
import Testing

@Suite("hindsight config") struct ConfigCommandTests {
    private struct Line: Decodable, Equatable {
        let key: String
        let value: String?
        let source: String
    }

    @Test("Every setting is a line of NDJSON with its value and its source") func lines() async throws {
        let folder = try CommandLineFolder()
        try Data("auth:\n  issuer: us\n".utf8).write(to: folder.url.appending(path: "hindsight.yaml"))
        let result = try await folder.hindsight(
            "--log", "elsewhere", "config", "--config", "hindsight.yaml", "--listen", "[::1]:0", "--set", "clock=manual", "--set",
            "mdm.profile=a=b.yaml", environment: ["HINDSIGHT_LOGGING_LEVEL": "debug"])
        #expect(result.code == 0)
        #expect(result.lines.contains(#"{"key":"limits.connections","source":"default","value":15000}"#))
        #expect(result.lines.contains(#"{"key":"limits.headerSeconds","source":"default","value":10}"#))
        let found = result.lines.compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        for line in [
            Line(key: "log", value: "elsewhere", source: "flag"), Line(key: "listen", value: "[::1]:0", source: "flag"),
            Line(key: "clock", value: "manual", source: "flag"), Line(key: "mdm.profile", value: "a=b.yaml", source: "flag"),
            Line(key: "auth.issuer", value: "us", source: "hindsight.yaml:2"), Line(key: "tls.key", value: nil, source: "default"),
            Line(key: "logging.level", value: "debug", source: "environment HINDSIGHT_LOGGING_LEVEL"),
        ] {
            #expect(found.contains(line), "\(line)")
        }
    }

    @Test("As a table it shows what is not set as well") func table() async throws {
        let result = try await CommandLineFolder().hindsight("config", "--format", "table")
        #expect(result.lines.first?.hasPrefix("KEY ") == true)
        #expect(result.lines.contains { $0.hasPrefix("auth.keys ") && $0.contains("(not set)") && $0.hasSuffix("default") })
    }

    @Test("Everything that is wrong is told, a line each, with exit code 2") func wrong() async throws {
        let result = try await CommandLineFolder().hindsight("config", "--set", "clok=1", "--listen", "8080")
        #expect(result.code == 2)
        #expect(
            result.errors == """
                hindsight: clok (flag): is no setting; the nearest one is clock
                hindsight: listen (flag): must be host:port like 127.0.0.1:8080, or [::1]:8080

                """)
        #expect(result.output == "")
    }

    @Test("--set without a key is refused without repeating it", arguments: ["geheim", "=geheim"])
    func assignment(text: String) async throws {
        let result = try await CommandLineFolder().hindsight("config", "--set", text)
        #expect(result.code == 2)
        #expect(result.errors == "hindsight: --set takes key=value, like --set limits.connections=100\n")
    }

    @Test("Its help names every setting") func help() async throws {
        let result = try await CommandLineFolder().hindsight("config", "--help")
        #expect(result.code == 0)
        #expect(result.output.contains("audience.sharedDirectory: The folder where notebooks leave their files."))
    }
}
