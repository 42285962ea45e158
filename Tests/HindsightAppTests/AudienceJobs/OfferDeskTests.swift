import AudienceJobs
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("The audiences of an offer, client by client") struct OfferDeskTests {
    /// A log with one offer, and a shared directory with the files of its audiences.
    private final class Stage: Sendable {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "offer-\(UUID().uuidString)")
        let clock = ManualClock(at: Timestamp("2026-11-21T10:00:00Z")!)
        let log: any EventLog
        let board: AudienceBoard
        let desk: OfferDesk
        let offer = OfferID("coffee")!

        init() async throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            log = MemoryEventLog(clock: clock)
            board = AudienceBoard(runner: ProjectionRunner(AudienceBoard.projections, log: log, store: MemoryReadModelStore()))
            desk = OfferDesk(board: board, log: log, sharedDirectory: folder.path)
            try await handler.handle(Offer.self, .declare(offer, title: nil, at: clock.now()), on: offer.stream)
        }

        deinit {
            do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) }
        }

        private var handler: CommandHandler { CommandHandler(log: log, clock: clock, identities: RandomIdentities()) }

        private static let definition: JSONValue = [
            "name": "t", "noteId": "n", "variables": ["title": "v"], "parameters": ["type": "object", "additionalProperties": false],
            "artifact": ["path": "{job}.csv", "unique": "client"],
        ]

        /// Writes the file of a job and attaches it.
        func attach(_ type: String, _ clients: [String], number: UInt8, precedence: Int? = nil) async throws -> JobID {
            let job = JobID.random(entropy: Array(repeating: number, count: 10), at: clock.now())
            let definition = try TemplateDefinition(Self.definition)
            let registration = TemplateRegistered(
                definition: definition, variablesParagraph: "p", noteDigest: "", paragraphs: [], at: clock.now())
            let form = try await JobForm(["template": "t"]) { _ in registration }
            try await handler.handle(
                Job.self, .request(JobRequested(form, template: registration, job: job, at: clock.now())), on: job.stream)
            let lines = clients.map { "x,\"\($0.replacing("\"", with: "\"\""))\"\r\n" }
            let content = Data(("\u{feff}other,client\r\n" + lines.joined()).utf8)
            try content.write(to: folder.appending(path: "\(job).csv"))
            let audience = Offer.Audience(
                job: job, type: type, cashback: nil, precedence: precedence, path: "\(job).csv", rows: clients.count,
                sha256: Digest.hexadecimal(ofBytes: Array(content)))
            try await handler.handle(Offer.self, .attach(audience, at: clock.now()), on: offer.stream)
            return job
        }

        func order(_ types: [String]) async throws {
            clock.advance(by: .seconds(1))
            try await handler.handle(Offer.self, .order(types, at: clock.now()), on: offer.stream)
        }

        func view(at position: Position? = nil) async throws -> OfferView { try #require(try await desk.offer(offer, at: position)) }

        /// The lines of the assignment, without the heading.
        func assignment() async throws -> [String] {
            var text = ""
            try await desk.assignment(of: #require(try await board.offer(offer))) { text += $0 }
            var lines = text.components(separatedBy: "\n")
            #expect(lines.removeFirst() == "client_id,type,job" && lines.removeLast() == "")
            return lines
        }
    }

    @Test("Overlaps and sizes are what somebody else counts, whatever the audiences hold", arguments: 0..<60)
    func counts(seed: UInt64) async throws {
        var chance = SeededGenerator(seed)
        let stage = try await Stage()
        let everybody = (0..<40).map { ["C\($0)", "Анна, \($0)", "\"quoted\" \($0)", "line\n\($0)"][$0 % 4] }
        var files: [(type: String, clients: [String], job: JobID)] = []
        for number in 0..<Int.random(in: 0...5, using: &chance) {
            let clients = everybody.shuffled(using: &chance).prefix(Int.random(in: 0...40, using: &chance))
            let job = try await stage.attach("t\(number)", Array(clients), number: UInt8(number))
            files.append(("t\(number)", Array(clients), job))
        }
        if files.count > 1 {
            files.shuffle(using: &chance)
            try await stage.order(files.map(\.type))
        }
        let view = try await stage.view()
        #expect(view.unresolved == nil)
        #expect(view.audiences.map(\.type) == files.map(\.type))
        #expect(view.audiences.map(\.clients) == files.map(\.clients.count))
        // Client by client, the first file that has him.
        let winners = everybody.compactMap { client in files.first { $0.clients.contains(client) }.map { (client, $0) } }
        #expect(view.audiences.map(\.assigned) == files.map { file in winners.count { $0.1.type == file.type } })
        #expect(view.resolved?.clients == winners.count)
        #expect(view.resolved?.inSeveral == everybody.count { client in files.count { $0.clients.contains(client) } > 1 })
        let pairs = files.indices.flatMap { first in files.indices.filter { $0 > first }.map { (files[first], files[$0]) } }
        #expect(view.overlaps?.map(\.types) == pairs.map { [$0.0.type, $0.1.type] })
        #expect(view.overlaps?.map(\.clients) == pairs.map { Set($0.0.clients).intersection($0.1.clients).count })
        func quoted(_ text: String) -> String {
            text.contains { ",\"\n".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
        }
        let expected = winners.map { "\(quoted($0.0)),\($0.1.type),\($0.1.job)" }
        let lines = try await stage.assignment()
        // A client's name may hold a line break of its own.
        #expect(
            Set(lines.joined(separator: "\n").replacing("line\n", with: "line ").split(separator: "\n").map(String.init))
                == Set(expected.map { $0.replacing("line\n", with: "line ") }))
    }

    @Test("A changed order moves the clients in several audiences, is an event, and leaves the past as it was")
    func changedOrder() async throws {
        let stage = try await Stage()
        _ = try await stage.attach("lapsed", ["a", "b", "c"], number: 1)
        _ = try await stage.attach("competitor", ["b", "c", "d"], number: 2)
        let before = try await stage.log.head().position
        #expect(try await stage.view().audiences.map(\.assigned) == [3, 1])
        try await stage.order(["competitor", "lapsed"])
        let after = try await stage.view()
        #expect(after.audiences.map(\.type) == ["competitor", "lapsed"])
        #expect(after.audiences.map(\.assigned) == [3, 1] && after.audiences.map(\.clients) == [3, 3])
        #expect(after.overlaps == [OfferResolution.Overlap(types: ["competitor", "lapsed"], clients: 2)])
        let then = try await stage.view(at: before)
        #expect(then.audiences.map(\.type) == ["lapsed", "competitor"] && then.audiences.map(\.assigned) == [3, 1])
        let last = try await stage.log.read(EventSelection(EventFilter(stream: stage.offer.stream))).last
        #expect(last?.type == PrecedenceChanged.type)
    }

    @Test("A file that is gone, or is another one, is told of and not counted") func changedFile() async throws {
        let stage = try await Stage()
        let job = try await stage.attach("lapsed", ["a", "b"], number: 1)
        let file = stage.folder.appending(path: "\(job).csv")
        try Data("other,client\nx,a\n".utf8).write(to: file)
        let changed = try await stage.view()
        #expect(changed.unresolved == "the audience lapsed cannot be counted: its file is not the one that was attached")
        #expect(changed.overlaps == nil && changed.audiences.map(\.clients) == [nil] && changed.audiences.map(\.rows) == [2])
        await #expect(throws: AudienceUnreadable.self) { _ = try await stage.assignment() }
        try FileManager.default.removeItem(at: file)
        #expect(try await stage.view().unresolved?.contains("no longer in the shared directory") == true)
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "/etc/passwd")
        #expect(try await stage.view().unresolved?.contains("no longer in the shared directory") == true)
    }
}
