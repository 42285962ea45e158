import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import NIOHTTP1
import Testing

@Suite("Values in a dynamic form") struct FormValueTests {
    private static let values: JSONValue = ["values": ["%sh\ntouch x", "${form=1} {{x}}", "😀 «Ромашка»"], "nothing": .null, "big": 5]

    private func with(_ dialect: String, _ body: (AudienceStage, AudienceService, JobID) async throws -> Void) async throws {
        let note = try HostileNote.file()
        defer { unlink(note.path) }
        try await AudienceStage.with(.init(note: note, dialect: dialect)) { stage in
            let service = stage.service()
            try await service.register(template: HostileNote.template(parametersAs: "forms"))
            try await body(stage, service, service.submit(["template": "hostile", "parameters": Self.values]))
        }
    }

    private func seen(_ stage: AudienceStage, _ row: JobRow) throws -> JSONValue {
        try JSON.decode(JSONValue.self, from: Array(Data(contentsOf: stage.shared.appending(path: "\(row.id).csv"))))
    }

    /// The paragraph that the job put in, as the notebook stores it.
    private func paragraph(_ stage: AudienceStage, _ row: JobRow) async throws -> JSONValue {
        let note = try await stage.notebook.call(.GET, "/notebook/\(#require(row.noteId))")
        let ours = note["paragraphs"]?.arrayValue?.filter { $0["title"]?.stringValue?.hasPrefix("job:") == true } ?? []
        return try #require(ours.count == 1 ? ours[0] : nil)
    }

    @Test("stand in the form alone: the paragraph's text is the same for all jobs", arguments: FaultCase.dialects)
    func form(dialect: String) async throws {
        try await with(dialect) { stage, service, job in
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished)
            #expect(try seen(stage, row) == Self.values)
            let paragraph = try await paragraph(stage, row)
            let document = try #require(paragraph["settings"]?["params"]?["hindsight"]?.stringValue)
            let inForm = try JSON.decode(JSONValue.self, from: Array(#require(Data(base64Encoded: document))))
            #expect(inForm == ["job": .string("\(row.id)"), "output": .string("\(row.id).csv"), "parameters": Self.values])
            #expect(paragraph["text"]?.stringValue?.contains(document) == false)
            #expect(paragraph["settings"]?["forms"]?["hindsight"]?["type"] == "TextBox")
        }
    }

    @Test(
        "are found again after a lost answer: one paragraph is put in, and each runs once",
        arguments: FaultCase.dialects, ["insert", "run"])
    func lostAnswer(dialect: String, operation: String) async throws {
        for fault in ["reset-after", "reset-before", "broken-200-after"] {
            try await with(dialect) { stage, service, job in
                // The second run is that of the paragraph with the form.
                try await stage.notebook.arm(fault, at: operation, nth: operation == "run" ? 2 : 1)
                let row = try await stage.run(job, by: service)
                #expect(row.status == .finished, "\(fault)")
                #expect(try seen(stage, row) == Self.values)
                #expect(try stage.notebook.journal("insert").count == 1)
                #expect(try stage.notebook.startedParagraphs() == row.paragraphs.map(\.id))
            }
        }
    }

    @Test("make the same audience as values in the text", arguments: FaultCase.dialects) func audience(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let service = stage.service()
            let template = try AudienceStage.input("audience-by-purchases.template.yaml")
            try await service.register(template: template.replacing("parametersAs: variables", with: "parametersAs: forms"))
            let row = try await stage.run(service.submit(AudienceStage.form()), by: service)
            #expect(row.status == .finished)
            #expect(try stage.lines(of: row) == AudienceStage.expectedLines.get())
            try NotebookWitness(stage).judge(row)
        }
    }

    @Test("are filled in anew where the session died and all paragraphs run again") func anotherPass() async throws {
        try await with("0.12.1") { stage, service, job in
            try await stage.notebook.arm("interpreter-dies", at: "run", nth: 3)
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished && row.passes == 2)
            #expect(try seen(stage, row) == Self.values)
        }
    }
}
