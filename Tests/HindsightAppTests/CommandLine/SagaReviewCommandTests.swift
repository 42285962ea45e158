import Foundation
import HindsightApp
import HindsightCore
import Testing

@Suite("Command line: decisions made again") struct SagaReviewCommandTests {
    /// Two cards of one person, and the merge of them.
    private func merged() async throws -> CommandLineFolder {
        let folder = try CommandLineFolder()
        let attributes = #""surname":"Иванов","givenName":"Пётр","patronymic":"Ильич","birthDate":"01.02.1980","snils":"112-233-445 95""#
        let cards = ["CRM", "IB"].map { #"{"source":"\#($0)","id":"1","attributes":{\#(attributes)}}"# }.joined(separator: "\n")
        try Data(cards.utf8).write(to: folder.url.appending(path: "cards.ndjson"))
        #expect(try await folder.hindsight("mdm", "ingest", "cards.ndjson").code == 0)
        return folder
    }

    @Test("A sound log's decisions come out as they were recorded, for one line of figures per definition") func sound() async throws {
        let folder = try await merged()
        let all = try await folder.hindsight("sagas", "verify", "--format", "ndjson")
        #expect(all.code == 0, "\(all.errors)")
        #expect(all.lines.count == BuiltIn.sagas.reduce(0) { $0 + $1.definitions.count })
        let merge = try await folder.hindsight("sagas", "verify", "merge", "--format", "ndjson")
        let report = try JSON.decode(SagaReplayReport.self, from: Array(try #require(merge.lines.first).utf8))
        #expect(merge.lines.count == 1 && report.saga == "merge")
        #expect(report.decisions >= 2 && report.differences == 0 && report.erased == 0 && report.unhandled == 0)
    }

    @Test("A decision that was slipped into the log is shown, with exit code 3") func forged() async throws {
        let folder = try await merged()
        let row = try #require(try await folder.hindsight("sagas", "list", "--saga", "merge", "--format", "table").lines.dropFirst().first)
        let saga = try #require(row.split(separator: " ").first)
        let application = try Application.open(
            try LogLocation(flag: folder.url.appending(path: "hindsight-data").path, environment: [:]), for: .writing)
        let stream = try StreamName("saga-\(saga)")
        let id = EventID.version7(at: application.clock.now(), entropy: [UInt8](repeating: 7, count: 10))
        let data = try JSONText(object: #"{"reason":"slipped in","cause":"nothing"}"#)
        try await application.log.append([NewEvent(id: id, type: "hindsight.compensation-started", data: data)], to: stream)
        await application.close()

        let found = try await folder.hindsight("sagas", "verify", String(saga), "--format", "table")
        #expect(found.code == 3, "\(found.output) \(found.errors)")
        #expect(found.errors.contains("1 decisions come out otherwise than they were recorded"))
        #expect(found.output.contains("slipped in") && found.output.contains("the saga had finished"))
        let line = try #require(try await folder.hindsight("sagas", "verify", String(saga), "--format", "ndjson").lines.first)
        let difference = try JSON.decode(JSONValue.self, from: Array(line.utf8))["difference"]
        #expect(difference?["changes"]?.arrayValue?.map { $0["recorded"]?["reason"] } == ["slipped in"], "\(line)")
        #expect(difference?["recorded"] == nil && difference?["computed"] == nil, "\(line)")
    }

    @Test("What can't be asked is one line") func refusals() async throws {
        let folder = try await merged()
        for (question, complaint) in [
            ("sagas verify merge:nobody", "there is no saga merge:nobody"), ("sagas verify merge:", "there is no saga merge:"),
            ("sagas verify nothing", "there is no saga nothing: this program has"),
            ("sagas what-if nothing --definition 1", "there is no saga"),
            ("sagas what-if merge --definition 7", "merge has no definition of version 7: this program has 1"),
            ("sagas what-if merge --definition 1", "no other definition of merge than version 1 has decided anything"),
            ("sagas what-if merge", "no other definition of merge than version 1 has decided anything"),
            ("sagas what-if notebook-run:nobody --definition 1", "there is no saga notebook-run:nobody"),
            ("sagas what-if merge:nobody", "there is no saga merge:nobody"),
            ("sagas what-if merge --policy reason-rules", "merge goes by no policy: collect does"),
            ("sagas what-if collect:nobody --policy reason-rules", "there is no saga collect:nobody"),
            ("sagas what-if collect --policy nothing", "there is no policy nothing: name one of challenger, daily-7, doubling"),
            ("sagas what-if collect --policy reason-rules@7", "there is no policy reason-rules@7"),
        ] {
            let result = try await folder.shell("$HINDSIGHT \(question)")
            #expect(result.code == 1 && result.isOneLineOfError && result.errors.contains(complaint), "\(question): \(result.errors)")
        }
    }

    @Test("A policy that is put in the place of others decides otherwise only where another one decided") func policies() async throws {
        let folder = try CommandLineFolder()
        let run = try await folder.hindsight("billing", "run", "--subscriptions", "40", "--days", "60", "--seed", "5")
        #expect(run.code == 0, "\(run.errors)")
        let head = try await folder.hindsight("log", "info", "--format", "json").output
        var differing: [String: Set<String>] = [:]
        for policy in ["fixed-4-days", "reason-rules", "reason-rules@1"] {
            let found = try await folder.hindsight("sagas", "what-if", "collect", "--policy", policy, "--format", "ndjson")
            #expect(found.code == 0, "\(found.errors)")
            let differences = found.lines.compactMap { try? JSON.decode(JSONValue.self, from: Array($0.utf8))["difference"] }
            differing[policy] = Set(differences.compactMap { $0["instance"]?.stringValue })
        }
        let (fixed, rules) = (try #require(differing["fixed-4-days"]), try #require(differing["reason-rules"]))
        #expect(!fixed.isEmpty && !rules.isEmpty && fixed.isDisjoint(with: rules))
        #expect(differing["reason-rules@1"] == rules)
        #expect(try await folder.hindsight("log", "info", "--format", "json").output == head)
        let alone = try await folder.hindsight("sagas", "what-if", "collect", "--policy", "reason-rules")
        let both = try await folder.hindsight("sagas", "what-if", "collect", "--definition", "1", "--policy", "reason-rules")
        #expect(both.code == 0 && both.output == alone.output, "\(both.errors)")
    }
}
