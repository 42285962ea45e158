import AudienceJobs
import Crypto
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing
import ZeppelinAdapter

@Suite("The audience flow against a running notebook") struct AudienceFlowTests {
    @Test("A form becomes a checked file, attached to an offer, with one notice")
    func wholeFlow() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            let row = try await stage.run(job, by: service)

            #expect(row.status == .finished)
            #expect(row.paragraphs.map(\.status) == Array(repeating: "FINISHED", count: 6))
            #expect(row.paragraphs.map(\.attempts) == Array(repeating: 1, count: 6))
            #expect(row.notePath == "/hindsight/2026-11/job-\(job)")

            let expected = try AudienceStage.expectedLines.get()
            #expect(expected.count > 20)
            #expect(try stage.lines(of: row) == expected)
            #expect(row.artifact?.rows == expected.count - 1)
            let content = try Data(contentsOf: stage.shared.appending(path: "\(job).csv"))
            #expect(row.artifact?.sha256 == Digest.hexadecimal(ofBytes: Array(content)))

            let id = try #require(OfferID("coffee-2026-07"))
            let offer = try await stage.board.offer(id)
            #expect(offer?.audiences.map(\.job) == [job])
            #expect(offer?.audiences.first?.cashback?.percent == 10)
            #expect(try await stage.board.inbox().map(\.status) == [.finished])
            #expect(try await stage.board.statistics().all.hoursSaved == 2)

            #expect(try stage.notebook.journal("clone").count == 1)
            #expect(try stage.notebook.journal("insert").count == 1)
            #expect(try stage.notebook.startedParagraphs() == row.paragraphs.map(\.id))
        }
    }

    @Test("The same seed and form are the same job, which is not run again")
    func resubmission() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let first = try await service.submit(AudienceStage.form(), seed: "1")
            _ = try await stage.run(first, by: service)
            let again = try await service.submit(AudienceStage.form(), seed: "1")
            #expect(again == first)
            #expect(try await stage.run(again, by: service).status == .finished)
            #expect(try stage.notebook.journal("clone").count == 1)
        }
    }

    @Test("A lost answer never leads to a second clone, insert or run", arguments: ["clone", "insert", "run", "permissions"])
    func lostAnswers(operation: String) async throws {
        for fault in ["reset-after", "empty-200-after", "http-500-after"] {
            try await AudienceStage.with { stage in
                let service = stage.service()
                try await stage.register(service)
                try await stage.notebook.arm(fault, at: operation)
                let job = try await service.submit(AudienceStage.form(), seed: "1")
                let row = try await stage.run(job, by: service)
                #expect(row.status == .finished)
                #expect(try stage.notebook.journal("clone").count == 1)
                #expect(try stage.notebook.journal("insert").count == 1)
                #expect(try stage.notebook.startedParagraphs() == row.paragraphs.map(\.id))
            }
        }
    }

    @Test("A request that never arrived is sent again", arguments: ["clone", "insert", "run", "permissions", "status", "lookup", "note"])
    func lostRequests(operation: String) async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            try await stage.notebook.arm("reset-before", at: operation, times: 2)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished)
            #expect(try stage.notebook.journal("clone").count == 1)
            #expect(try stage.notebook.startedParagraphs() == row.paragraphs.map(\.id))
        }
    }

    @Test("A notebook that is killed in mid-run makes all paragraphs run again, and the same file", arguments: [1, 3, 5])
    func killedNotebook(step: Int) async throws {
        var files: [String?] = []
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            files.append(try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service).artifact?.sha256)
        }
        try await AudienceStage.with { stage in
            let kills = Countdown(1)
            let service = stage.service { progress in
                if progress.step == step, kills.take() { stage.notebook.kill() }
            }
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished)
            files.append(row.artifact?.sha256)
            // The last paragraph may have ended before the kill; any other has successors that miss its variables.
            #expect(row.passes == 2 || step == 5)
            #expect(try stage.notebook.journal("clone").count == 1)
            #expect(try stage.notebook.journal("insert").count == 1)
            let ids = row.paragraphs.map(\.id)
            let started = try stage.notebook.startedParagraphs()
            #expect(Array(started.suffix(ids.count)) == ids)
            // A pass that ended early, and one whole: nothing else was ever started.
            #expect(started.count <= 2 * ids.count)
            #expect(Array(started.dropLast(ids.count)) == Array(ids.prefix(started.count - ids.count)))
        }
        #expect(files.count == 2 && files[0] == files[1])
    }

    @Test("A worker that dies before any of its appends is followed by one that ends the job, with one clone and nothing run twice")
    func killedWorker() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            for appends in 0..<12 {
                let startedBefore = try stage.notebook.startedParagraphs().count
                let job = try await service.submit(AudienceStage.form(), seed: "\(appends)")
                let dying = stage.service(log: MortalEventLog(stage.log, dyingAtAppend: appends + 1))
                await #expect(throws: EventLogError.self) { try await stage.run(job, by: dying) }
                let row = try await stage.run(job, by: stage.service())
                #expect(row.status == .finished)
                #expect(try stage.notebook.journal("clone").count == appends + 1)
                #expect(try stage.notebook.journal("insert").count == appends + 1)
                #expect(try Array(stage.notebook.startedParagraphs().dropFirst(startedBefore)) == row.paragraphs.map(\.id))
            }
        }
    }

    @Test("Values of the form reach the notebook unchanged, whatever they hold")
    func hostileValues() async throws {
        let hostile: [JSONValue] = [
            "'; DROP TABLE clients; --", "\"\"\"\nimport os\n", "%python\nraise SystemExit", "%sh rm -rf /", "\\\" \\u0000 \\",
            "😀 🇷🇺 e\u{301}",
            "ООО «Ромашка, и Ко»\r\n\t", "{job} ${HOME} `id` $(id)", "\u{2028}\u{feff}\u{7f}",
        ]
        let note = try HostileNote.file()
        defer { unlink(note.path) }
        try await AudienceStage.with(note: note) { stage in
            let service = stage.service()
            try await service.register(template: HostileNote.template())
            let form: JSONValue = [
                "template": "hostile", "parameters": ["values": .array(hostile), "nothing": .null, "big": 9_007_199_254_740_991],
            ]
            let row = try await stage.run(service.submit(form), by: service)
            #expect(row.status == .finished)
            let echoed = try Data(contentsOf: stage.shared.appending(path: "\(row.id).csv"))
            #expect(
                try JSON.decode(JSONValue.self, from: Array(echoed)) == [
                    "big": 9_007_199_254_740_991, "nothing": .null, "values": .array(hostile),
                ])
        }
    }

    @Test("A login is made when it is asked for, and again when the session has ended")
    func sessions() async throws {
        try await AudienceStage.with(credentials: true) { stage in
            let kills = Countdown(1)
            let service = stage.service { if $0.step == 1, kills.take() { stage.notebook.kill() } }
            try await stage.register(service)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .finished)
            let noteId = try #require(row.noteId)
            #expect(try await stage.zeppelin.note(noteId).path == row.notePath)
        }
    }

    @Test("Two jobs run one after the other and don't see each other's variables")
    func twoJobs() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let all = try await service.submit(AudienceStage.form(), seed: "1")
            stage.clock.advance(by: .seconds(1))
            let few = try await service.submit(
                AudienceStage.form { $0["parameters"] = ["bcc": ["B07"], "size_limit": 3] }, seed: "1")
            async let rows = (stage.run(few, by: service), stage.run(all, by: service))
            let (second, first) = try await rows
            #expect(first.status == .finished && second.status == .finished)
            #expect(second.artifact?.rows == 3)
            let notes = try stage.notebook.journal("run-started").compactMap { $0["note"]?.stringValue }
            #expect(notes == Array(repeating: first.noteId, count: 6) + Array(repeating: second.noteId, count: 6))
        }
    }

    @Test("A template whose note was changed after its registration fails the job in a manager's words")
    func changedNote() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            _ = try await stage.zeppelin.insert(title: "By hand", text: "%python\nprint(1)", at: 2, into: "2HSAUDIENC")
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .failed)
            #expect(row.cause == .templateNoteChanged)
            #expect(try stage.notebook.journal("clone").isEmpty)
            #expect(try await stage.board.inbox().map(\.status) == [.failed])
        }
    }

    @Test("A form's errors name their fields, and nothing is recorded")
    func badForm() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let head = try await stage.log.head().position
            let form = try AudienceStage.form { $0["parameters"] = ["mcc": ["x"], "period_from": "yesterday", "colour": 1] }
            await #expect(throws: FormProblems.self) { try await service.submit(form) }
            #expect(try await stage.log.head().position == head)
        }
    }
}
