import Foundation
import HindsightCore
import Testing

@Suite("Command line: figures and alerts of billing") struct BillingFigureCommandTests {
    @Test("Figures of some days and of any instant, as tables and as JSON; alerts as of then")
    func figures() async throws {
        let folder = try CommandLineFolder()
        let run = try await folder.hindsight("billing", "run", "--subscriptions", "40", "--days", "70", "--seed", "5")
        #expect(run.code == 0, "\(run.errors)")
        let whole = try JSON.decode(JSONValue.self, from: Array(run.output.utf8))
        let last = try #require(whole["asOf"]?.stringValue)
        let page = try await folder.hindsight("billing", "metrics", "--at", last, "--format", "table")
        #expect(page.code == 0, "\(page.errors)")
        for title in ["coverage", "availability", "RETRIES PER 100", "EXPERIMENT", "first reasons of the last 7 days"] {
            #expect(page.output.contains(title), "\(title) is not in\n\(page.output)")
        }
        func metrics(_ arguments: String...) async throws -> JSONValue {
            try await folder.hindsightJSON(["billing", "metrics", "--format", "json"] + arguments)
        }
        let january = try await metrics("--from", "2026-01-01", "--to", "2026-01-31")
        let later = try await metrics("--from", "2026-02-01")
        func opened(_ report: JSONValue) -> Int64? { report["total"]?["counts"]?["invoicesOpened"]?.integerValue }
        #expect(try #require(opened(january)) + (try #require(opened(later))) == opened(whole))
        #expect(january["from"] == "2026-01-01" && later["to"] == nil)
        let atTheEnd = try await metrics("--at", last)
        #expect(atTheEnd["total"] == whole["total"] && atTheEnd["asOf"] == whole["asOf"])
        #expect(opened(try await metrics("--at", "position:1")) == 0)
        let alerts = try await folder.hindsight("billing", "alerts", "--at", "position:1", "--format", "table")
        #expect(alerts.code == 0 && alerts.output.hasPrefix("no alert fires as of"), "\(alerts.output)\(alerts.errors)")
    }

    @Test(
        "Days that mean nothing are wrong usage, in one line",
        arguments: ["--from yesterday", "--to 2026-02-30", "--from 2026-02-02 --to 2026-02-01", "--at tomorrow"])
    func wrongUsage(arguments: String) async throws {
        let folder = try CommandLineFolder()
        let answer = try await folder.shell("\"$HINDSIGHT\" billing metrics \(arguments)")
        #expect(answer.code == 2 && answer.output.isEmpty, "\(answer.output)\(answer.errors)")
    }
}

extension CommandLineFolder {
    /// What the command printed, which has to be one JSON document.
    fileprivate func hindsightJSON(_ arguments: [String]) async throws -> JSONValue {
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        let answer = try await shell("\"$HINDSIGHT\" \(words)")
        #expect(answer.code == 0, "\(answer.errors)")
        return try JSON.decode(JSONValue.self, from: Array(answer.output.utf8))
    }
}
