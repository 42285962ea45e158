import EventLogSQLite
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightSchemas
import HindsightTesting
import Testing

/// The whole demo with fewer subscriptions, as a process that is killed and started again.
@Suite("Demo", .serialized) struct DemoTests {
    private static let subscriptions = "25"

    @Test("Killed with -9 three times, it ends with one clone, one charge for each key and no paragraph without cause", arguments: [7, 8])
    func killed(seed: UInt64) async throws {
        let folder = try CommandLineFolder()
        var draws = SeededGenerator(seed)
        // In the twins' chronology, among the renewals, and while the notebook runs: so many events after the part before.
        let moments: [(partsDone: Int, events: Int64)] = [
            (0, Int64(draws.next() % 100)), (1, Int64(draws.next() % 1_200)), (2, Int64(draws.next() % 24)),
        ]
        try await makeEmptyLog(in: folder.url)
        for moment in moments {
            let demo = try folder.start("demo", "--subscriptions", Self.subscriptions)
            try await reached(moment.partsDone, moment.events, in: folder.url)
            demo.signal(SIGKILL)
            #expect(await demo.end() == 128 + SIGKILL, "seed \(seed), \(moment)")
        }
        let finished = try await folder.hindsight("demo", "--subscriptions", Self.subscriptions)
        #expect(finished.code == 0, "seed \(seed): \(finished.errors)")
        try expectWitnessesAgree(in: folder.url, "seed \(seed), \(moments)")
        try await expectWhole(folder.url)
        #expect(try await folder.hindsight("doctor", "--log", "hindsight-demo").code == 0)

        let again = try await folder.hindsight("demo")
        #expect(again.code == 0 && again.output == finished.output)
        try await expectSuggestionsWork(finished.output, in: folder.url)
        try expectPoliciesAreTold(finished.output)
        let page = try await folder.hindsight("demo", "--format", "table")
        #expect(page.lines.contains { $0.hasPrefix("FOUR POLICIES") })
        #expect(page.lines.contains { $0.hasPrefix("  2022  40 of 40 facts hold  never") }, "\(page.output)")
    }

    @Test("The same seed gives the same data, byte for byte, in customer MDM and billing") func deterministic() async throws {
        let one = try CommandLineFolder()
        let other = try CommandLineFolder()
        #expect(try await one.hindsight("demo", "--subscriptions", "10").code == 0)
        #expect(try await other.hindsight("demo", "--subscriptions", "10").code == 0)
        let first = try await timelessEvents(one.url)
        #expect(first.count > 500)
        #expect(try await timelessEvents(other.url) == first)
    }

    // MARK: - Watching

    /// Returns once the demo has finished so many parts and appended so many events after them.
    private func reached(_ parts: Int, _ events: Int64, in folder: URL) async throws {
        let log = try opened(folder)
        var position: Position = 0
        if parts > 0 {
            var seen = 0
            let filter = EventFilter(types: ["demo.part-finished"])
            for try await event in log.events(EventSelection(filter), goingOnLive: true) {
                seen += 1
                position = event.position
                if seen == parts { break }
            }
        }
        try await log.waitForEvents(after: position + events)
    }

    private func opened(_ folder: URL) throws -> any EventLog {
        try Application.open(LogLocation(flag: folder.appending(path: "hindsight-demo").path, environment: [:]), for: .reading).log
    }

    /// Makes the folder with an empty log, so that it can be watched from the demo's first event on.
    private func makeEmptyLog(in folder: URL) async throws {
        try await SQLiteEventLog.open(folder: folder.appending(path: "hindsight-demo").path, clock: SystemClock()).close()
    }

    // MARK: - Witnesses

    private func expectWitnessesAgree(in folder: URL, _ comment: String) throws {
        let charges = try journal("payment-gateway", in: folder).filter { $0["kind"] == "charge" }.compactMap { $0["key"]?.stringValue }
        #expect(!charges.isEmpty)
        #expect(Set(charges).count == charges.count, "\(comment)")

        let notebook = try journal("notebook-runner", in: folder)
        #expect(notebook.count { $0["kind"] == "clone" } == 1, "\(comment)")
        let passes = passes(in: notebook)
        #expect(!passes.isEmpty)
        for pass in passes { #expect(Set(pass.paragraphs).count == pass.paragraphs.count, "\(comment): \(pass)") }
        // The cause of a second pass: its session began without the variables of the one that died, and a paragraph missed them.
        let secondPasses = passes.filter { $0.number > 1 }
        #expect(secondPasses.allSatisfy { $0.number == 2 && $0.session != passes[0].session }, "\(comment): \(secondPasses)")
    }

    /// Paragraphs that the notebook ran in one life of the runner, up to one that failed.
    private struct Pass {
        let session: JSONValue?
        let number: Int
        var paragraphs: [String] = []
    }

    private func passes(in notebook: [JSONValue]) -> [Pass] {
        var passes: [Pass] = []
        var hasFailed = false
        for line in notebook {
            let isContinued = passes.last?.session == line["session"]
            if line["kind"] == "run-finished", line["status"] == "ERROR", isContinued { hasFailed = true }
            guard line["kind"] == "run-accepted", let paragraph = line["paragraph"]?.stringValue else { continue }
            if hasFailed || !isContinued {
                passes.append(Pass(session: line["session"], number: isContinued ? (passes.last?.number ?? 0) + 1 : 1))
            }
            hasFailed = false
            passes[passes.count - 1].paragraphs.append(paragraph)
        }
        return passes
    }

    private func journal(_ peer: String, in folder: URL) throws -> [JSONValue] {
        let text = try String(contentsOf: folder.appending(path: "hindsight-demo/\(peer)/journal.ndjson"), encoding: .utf8)
        return try text.split(separator: "\n").map { try JSON.decode(JSONValue.self, from: Array($0.utf8)) }
    }

    // MARK: - What is stored

    private func expectWhole(_ folder: URL) async throws {
        let log = try opened(folder)
        #expect(try await LogVerification.run(log).verified)
        #expect(try await DecodingCheck.run(log).findings == [])
        let catalog = try SchemaCatalog()
        for try await event in log.events(EventSelection()) {
            guard let schema = catalog.schema(of: event.type, version: event.schemaVersion) else {
                #expect(["demo", "simulation"].contains(event.stream.category.description), "\(event.type) has no schema")
                continue
            }
            let text = try #require(event.data)
            let data = try text.decoded(as: JSONValue.self)
            #expect(schema.violations(in: data) == [], "position \(event.position): \(event.type)")
        }
    }

    /// Everything up to the end of billing, as it stands in the log.
    private func timelessEvents(_ folder: URL) async throws -> [String] {
        let log = try opened(folder)
        let parts = try await log.read(EventSelection(EventFilter(types: ["demo.part-finished"])))
        return try await log.read(EventSelection(until: parts[1].position, limit: .max)).map {
            "\($0.stream) \($0.version) \($0.id) \($0.type) \($0.recordedAt) \($0.data?.description ?? "")"
        }
    }

    /// Each policy but today's glues the twins, and the facts of the demo's own log are those of today's.
    private func expectPoliciesAreTold(_ output: String) throws {
        let story = try JSON.decode(JSONValue.self, from: Array(output.utf8))
        let policies = try #require(story["chronology"]?["policies"]?.arrayValue)
        #expect(policies.compactMap { $0["policy"]?.stringValue } == ["2014", "2016", "2018", "2022"])
        #expect(policies.map { $0["unions"]?.arrayValue?.isEmpty } == [false, false, false, true])
        #expect(policies.last?["facts"] == story["figures"]?["customer-mdm"]?["facts"] && policies.last?["failed"] == 0)
    }

    private func expectSuggestionsWork(_ story: String, in folder: URL) async throws {
        let story = try JSON.decode(JSONValue.self, from: Array(story.utf8))
        let suggestions = (story["suggestions"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(suggestions.count >= 6)
        for suggestion in suggestions {
            let shell = RunningCommand(
                URL(filePath: "/bin/sh"), ["-c", "\(CommandLineFolder.program.path) \(suggestion)"], in: folder, environment: [:])
            try shell.start()
            let output = await shell.rest()
            #expect(await shell.end() == 0, "\(suggestion)")
            #expect(!output.isEmpty, "\(suggestion)")
        }
    }
}
