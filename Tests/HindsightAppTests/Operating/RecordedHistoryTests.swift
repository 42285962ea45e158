import Foundation
import HindsightApp
import HindsightCore
import Testing

/// Logs that earlier programs recorded, see Histories/record: whoever gives an event another shape without a new version and an upcaster, or
/// lets a fold see old events differently, meets them here.
@Suite("Recorded histories") struct RecordedHistoryTests {
    private static let folder = Bundle.module.bundleURL.appending(path: "Histories")
    private static let names = ["2026-11"]

    private func expected(_ file: String) throws -> [String] {
        try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func takeOver(_ name: String) async throws -> CommandLineFolder {
        let folder = try CommandLineFolder()
        let file = Self.folder.appending(path: "\(name).ndjson.gz").path
        let imported = try await folder.shell("gzip --decompress --stdout '\(file)' | $HINDSIGHT log import")
        #expect(imported.code == 0, "\(imported.errors)")
        return folder
    }

    @Test("None that was recorded is left out") func knowsAll() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(files.filter { $0.hasSuffix(".ndjson.gz") }.sorted() == Self.names.map { "\($0).ndjson.gz" })
    }

    @Test("What an earlier program recorded is taken over, verifies, and is read without a finding", arguments: names)
    func isReadable(name: String) async throws {
        let folder = try await takeOver(name)
        #expect(try await folder.hindsight("log", "verify").code == 0)
        let check = try await folder.hindsight("log", "check")
        #expect(check.code == 0, "\(check.output)")
        // Events of older versions are notes.
        #expect(check.lines.allSatisfy { $0.contains(#""severity":"note""#) })
    }

    @Test("What is read of it is written again as it was, so that nothing of it is overlooked", arguments: names)
    func losesNothing(name: String) async throws {
        let folder = try await takeOver(name)
        let kinds = Dictionary(uniqueKeysWithValues: BuiltIn.eventKinds.map { ($0.type, $0) })
        var compared = 0
        try await inLog(of: folder.url) { log in
            for try await event in log.events(EventSelection()) {
                guard let kind = kinds[event.type], let data = event.data else { continue }
                let written = try kind.rewritten(data, version: event.schemaVersion)
                // What an upcaster makes of older versions is its own matter.
                guard written.schemaVersion == event.schemaVersion else { continue }
                compared += 1
                if try written.data.decoded(as: JSONValue.self) != data.decoded(as: JSONValue.self) {
                    Issue.record("\(event.type) at position \(event.position)")
                }
            }
        }
        #expect(compared > 0)
    }

    private func inLog(of folder: URL, _ body: (any EventLog) async throws -> Void) async throws {
        let location = try LogLocation(flag: folder.appending(path: "hindsight-data").path, environment: [:])
        let application = try Application.open(location, for: .reading)
        try await body(application.log)
        await application.close()
    }

    @Test("Its read models are today what they were then", arguments: names) func foldsAsThen(name: String) async throws {
        let folder = try await takeOver(name)
        let digests = try await folder.hindsight("projections", "digest")
        #expect(digests.code == 0, "\(digests.errors)")
        for line in try expected("\(name).digests.ndjson") where !digests.lines.contains(line) {
            Issue.record("was \(line): a projection that changes on purpose has a new version, see Histories/record")
        }
    }

    @Test("Its sagas stand today where they stood then, open and finished ones", arguments: names)
    func sagasStandAsThen(name: String) async throws {
        let folder = try await takeOver(name)
        let sagas = try await folder.hindsight("sagas", "list", "--format", "table")
        let lines = try expected("\(name).sagas.txt")
        #expect(sagas.lines == lines)

        // Folded by the sagas themselves, and not by the board that shows them.
        var open: Set<String> = []
        try await inLog(of: folder.url) { log in
            for saga in BuiltIn.sagas { open.formUnion(try await saga.openInstances(in: log).map { "\($0.saga):\($0.instance)" }) }
        }
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            #expect(open.contains(String(words[0])) == (words[1] != "finished"), "\(line)")
        }
    }

    /// Those that each history holds.
    private static let sagas: [String: Set<String>] = [
        "2026-11": ["notebook-run", "renewals", "collect", "simulated-payers", "merge", "unmerge"]
    ]

    @Test("Each of its sagas decides today what it decided then", arguments: names) func decidesAsThen(name: String) async throws {
        let folder = try await takeOver(name)
        try await inLog(of: folder.url) { log in
            let reports = try await SagaReview(log: log).verify(SagaReview.Selection(nil)) { Issue.record("\($0)") }
            #expect(reports.reduce(0) { $0 + $1.decisions } > 100)
            #expect(Set(reports.lazy.filter { $0.instances > 0 }.map(\.saga)) == Self.sagas[name])
        }
    }
}
