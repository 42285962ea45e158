import CustomerMDM
import Foundation
import HindsightApp
import HindsightCore
import Testing

@Suite("Command line: kill -9 of an ingest") struct KilledIngestTests {
    private static let rows = 2_000

    @Test(
        "Run again on the same file it comes to what it would have come to, wherever it was killed",
        arguments: [
            ["customer-mdm.ingest-page-taken": 1], ["customer-mdm.ingest-page-taken": 4], ["customer-mdm.ingest-page-taken": 9],
            ["customer-mdm.merge-run-started": 1],
        ])
    func killed(moment: [String: Int]) async throws {
        let (type, count) = try #require(moment.first)
        let whole = try CommandLineFolder()
        let broken = try CommandLineFolder()
        let content = Data(try MadeCards.mixed(Self.rows).joined(separator: "\n").utf8)
        for url in [whole.url, broken.url] { try content.write(to: url.appending(path: "cards.ndjson")) }
        let reference = try await whole.hindsight("mdm", "ingest", "cards.ndjson")
        #expect(reference.code == 4, "\(reference.errors)")

        let command = try broken.start("mdm", "ingest", "cards.ndjson")
        try await Self.wait(for: count, of: EventType(type), in: broken.url)
        command.signal(SIGKILL)
        #expect(await command.end() == 128 + SIGKILL)
        let resumed = try await broken.hindsight("mdm", "ingest", "cards.ndjson")
        #expect(resumed.code == 4, "\(resumed.errors)")

        let expected = try Self.summary(reference)
        let found = try Self.summary(resumed)
        for member in ["cards", "taken", "changed", "held", "rejected"] { #expect(found[member] == expected[member], "\(member)") }
        #expect(found["resumedAfter"]?.integerValue ?? 0 >= (type.hasSuffix("page-taken") ? count * 200 : Self.rows))
        #expect(try Self.rejects(broken.url) == Self.rejects(whole.url))
        #expect(try await Self.history(broken.url) == Self.history(whole.url))
        #expect(try await broken.hindsight("mdm", "clusters").output == whole.hindsight("mdm", "clusters").output)
        #expect(try await broken.hindsight("log", "verify").code == 0)
    }

    @Test("What was rejected is told in one line without anybody's data, with an exit code of its own") func rejected() async throws {
        let folder = try CommandLineFolder()
        let lines = [
            #"{"source":"CRM","id":"1","attributes":{"surname":"Волков"}}"#,
            #"{"source":"CRM","id":"2","attributes":{"surname":"Секретов","Секретов":"x"}}"#,
        ]
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.url.appending(path: "cards.ndjson"))
        let some = try await folder.hindsight("mdm", "ingest", "cards.ndjson", "--rejects", "bad.ndjson", "--format", "json")
        #expect(some.code == 4 && some.isOneLineOfError)
        #expect(some.errors.contains("1 of 2 rows are rejected: bad.ndjson says why") && !some.errors.contains("Секретов"))
        let rejects = try String(contentsOf: folder.url.appending(path: "bad.ndjson"), encoding: .utf8)
        #expect(rejects.contains(#"\"Секретов\":\"x\""#))
        try Data(lines[0].utf8).write(to: folder.url.appending(path: "cards.ndjson"))
        let all = try await folder.hindsight("mdm", "ingest", "cards.ndjson")
        #expect(all.code == 0 && all.errors == "" && all.output.contains(#""changed":0"#))
        let heading = try await folder.shell("printf 'source,name\\n' > cards.csv; $HINDSIGHT mdm ingest cards.csv")
        #expect(heading.code == 1 && heading.isOneLineOfError && heading.errors.contains("cards.csv, line 1: has no column id"))
    }

    /// Returns when so many events of the type are in the log that another process writes.
    private static func wait(for count: Int, of type: EventType, in folder: URL) async throws {
        let location = try LogLocation(flag: folder.appending(path: "hindsight-data").path, environment: [:])
        while try await found(count, of: type, at: location) < count { await Task.yield() }
    }

    private static func found(_ count: Int, of type: EventType, at location: LogLocation) async throws -> Int {
        let application: Application
        do {
            application = try Application.open(location, for: .reading)
        } catch {
            // Before the first append there is nothing to open.
            return 0
        }
        let events = try await application.log.read(EventSelection(EventFilter(types: [type]), limit: count))
        await application.close()
        return events.count
    }

    private static func summary(_ result: CommandLineFolder.Result) throws -> JSONValue {
        try JSON.decode(JSONValue.self, from: Array(try #require(result.lines.first).utf8))
    }

    private static func rejects(_ folder: URL) throws -> String {
        try String(contentsOf: folder.appending(path: "cards.ndjson.rejects.ndjson"), encoding: .utf8)
    }

    private static func history(_ folder: URL) async throws -> [String] {
        let location = try LogLocation(flag: folder.appending(path: "hindsight-data").path, environment: [:])
        let application = try Application.open(location, for: .reading)
        let events = try await IngestDesk.cardEvents(application.log)
        await application.close()
        return events
    }
}
