import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import Synchronization
import Testing
import ZeppelinAdapter

@Suite("How a paragraph ends") struct NotebookEndingTests {
    private static let dialects = FaultCase.dialects

    private static var shortLimits: RunLimits {
        var limits = AudienceStage.limits
        // Long enough for a step that is not stuck, on a machine with other work to do.
        (limits.pending, limits.running, limits.stopping) = (.milliseconds(1_500), .milliseconds(1_500), .milliseconds(300))
        return limits
    }

    @Test(
        "One that is pending, or running, without end is stopped at its limit, and shows no progress meanwhile",
        arguments: dialects, ["stuck-pending", "stuck-running"])
    func limits(dialect: String, fault: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let waiting = Mutex<Set<Int>>([])
            let service = stage.service(limits: Self.shortLimits) { progress in
                if ["READY", "PENDING"].contains(progress.status) { waiting.withLock { _ = $0.insert(progress.percent) } }
            }
            try await stage.register(service)
            try await stage.notebook.arm(fault, at: "run", nth: 3)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .failed && row.cause == .timeLimit)
            #expect(row.reason == "The step “Clients by category” took longer than it may.")
            #expect(try stage.notebook.journal("abort").count == 1)
            #expect(waiting.withLock { $0 }.isSubset(of: [0]))
            try NotebookWitness(stage).judge(row)
        }
    }

    @Test("One that does not stop when it is told to is given up in a manager's words", arguments: dialects)
    func stopIgnored(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let service = stage.service(limits: Self.shortLimits)
            try await stage.register(service)
            try await stage.notebook.arm("stuck-running", at: "run", nth: 2)
            try await stage.notebook.arm("stop-ignored", at: "stop", times: 1_000)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .failed && row.cause == .timeLimit)
            #expect(row.reason?.hasSuffix("took longer than it may.") == true)
            #expect(try stage.notebook.journal("abort").isEmpty)
        }
    }

    @Test("A dead interpreter takes the variables along: all paragraphs run again, once", arguments: ["0.8", "0.12.1"])
    func deadInterpreter(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let service = stage.service()
            try await stage.register(service)
            try await stage.notebook.arm("interpreter-dies", at: "run", nth: 3)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .finished && row.passes == 2)
            #expect(try stage.notebook.startedParagraphs() == row.paragraphs.prefix(3).map(\.id) + row.paragraphs.map(\.id))
            try NotebookWitness(stage).judge(row, passes: 2)
        }
    }

    @Test("An interpreter that is not known fails the job at the first request", arguments: dialects)
    func unknownInterpreter(dialect: String) async throws {
        let note: JSONValue = [
            "id": .string(PerformerDesk.template), "path": "/templates/unknown",
            "paragraphs": [
                ["id": "p1", "title": "Variables", "text": "%python\nmcc = []"],
                ["id": "p2", "title": "Query", "text": "%nosuch\nSELECT 1"],
                ["id": "p3", "title": "Competitors and opt-outs", "text": "%python\nprint(1)"],
            ],
        ]
        let file = URL(filePath: NSTemporaryDirectory()).appending(path: "unknown-\(UUID().uuidString).json")
        try Data(JSON.encode(note)).write(to: file)
        defer { unlink(file.path) }
        try await AudienceStage.with(.init(note: file, dialect: dialect)) { stage in
            let service = stage.service()
            try await stage.register(service)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .failed && row.cause == .paragraphError)
            #expect(row.reason == "The step “Query” ended with an error. An analyst finds the details in the job's notebook.")
            #expect(try stage.notebook.journal("run-accepted").filter { $0["paragraph"] == "p2" }.count == 1)
        }
    }

    @Test(
        "A server that runs again by itself what a restart cut off is not trusted with the variables",
        arguments: ["0.10", "0.12.1"])
    func recovery(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect, options: ["--recover"])) { stage in
            let kills = Countdown(1)
            let service = stage.service { progress in
                if progress.step == 1, kills.take() { stage.notebook.kill() }
            }
            try await stage.register(service)
            let row = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(row.status == .finished)
            #expect(try stage.lines(of: row) == AudienceStage.expectedLines.get())
            let started = try stage.notebook.startedParagraphs()
            #expect(Array(started.suffix(row.paragraphs.count)) == row.paragraphs.map(\.id))
        }
    }

    @Test(
        "Values reach the notebook's Python unchanged, and none of them runs, whatever they hold", arguments: dialects,
        ["variables", "forms"])
    func hostileValues(dialect: String, parametersAs: String) async throws {
        let proof = NSTemporaryDirectory() + "/ran-\(UUID().uuidString)"
        let texts = [
            "'; DROP TABLE clients; --", "\"\"\"\nopen('\(proof)', 'w')\n\"\"\"", "%python\nopen('\(proof)', 'w')", "%sh\ntouch \(proof)",
            "${form=open('\(proof)','w')}", "$${form}", "{{open('\(proof)','w')}}", "{% raw %}#{x}", "\\u0000 \\x00 \\", "\u{0}\u{1}\u{1b}",
            "😀 👨‍👩‍👧 e\u{301}", "\u{202e}שלום مرحبا\u{202c}", "ООО «Ромашка, и Ко»\r\n\t", "`touch \(proof)` $(touch \(proof))",
            "\u{2028}\u{2029}\u{feff}\u{7f}", "</script><!--", "job:1:params:2",
        ]
        var hostile = texts.map(JSONValue.string)
        hostile += (0..<25_000).map { .string("клиент-\($0)") }
        #expect(try JSON.encode(JSONValue.array(hostile)).count > 500_000)
        let note = try HostileNote.file()
        defer { unlink(note.path) }
        try await AudienceStage.with(.init(note: note, dialect: dialect)) { stage in
            let service = stage.service()
            try await service.register(template: HostileNote.template(parametersAs: parametersAs))
            let form: JSONValue = [
                "template": "hostile", "parameters": ["values": .array(hostile), "nothing": .null, "big": -9_007_199_254_740_991],
            ]
            let row = try await stage.run(service.submit(form), by: service)
            #expect(row.status == .finished)
            let seen = try Data(contentsOf: stage.shared.appending(path: "\(row.id).csv"))
            #expect(
                try JSON.decode(JSONValue.self, from: Array(seen)) == [
                    "big": -9_007_199_254_740_991, "nothing": .null, "values": .array(hostile),
                ])
            #expect(!FileManager.default.fileExists(atPath: proof))
        }
    }
}
