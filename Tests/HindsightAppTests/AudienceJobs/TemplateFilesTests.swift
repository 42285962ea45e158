import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing
import ZeppelinAdapter

@Suite("The templates' folder") struct TemplateFilesTests {
    private static let twice = "audience-by-purchases, as in"

    /// The example under two names, a file that is no template, and one that is in order.
    private static func fill(_ folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let template = try AudienceStage.input("audience-by-purchases.template.yaml")
        for (file, text) in [
            ("a.yaml", template), ("b.yml", template.replacing("purchases_min", with: "purchases_least")),
            ("c.yaml", template.replacing("{job}.csv", with: "{nope}/{job}.csv")), ("notes.txt", "no template"),
            ("report.yaml", try AudienceStage.input("partner-monthly-report.template.yaml")),
        ] {
            try Data(text.utf8).write(to: folder.appending(path: file))
        }
    }

    @Test("Files of one name are refused, each naming the other, and a file that can't work names its field") func refused() throws {
        let folder = try CommandLineFolder()
        let templates = folder.url.appending(path: "templates")
        try Self.fill(templates)
        let files = TemplateFiles(folder: templates.path)
        #expect(files.readable.map(\.file) == ["report.yaml"])
        #expect(
            files.refused == [
                .init(file: "a.yaml", problem: "/name is \(Self.twice) b.yml: each template has one file"),
                .init(file: "b.yml", problem: "/name is \(Self.twice) a.yaml: each template has one file"),
                .init(
                    file: "c.yaml",
                    problem: "/artifact/path holds {nope}: beside {job} it takes parameters that every form has to fill in"),
            ])
        try FileManager.default.removeItem(at: templates.appending(path: "b.yml"))
        #expect(TemplateFiles(folder: templates.path).readable.map(\.file) == ["a.yaml", "report.yaml"])
        #expect(TemplateFiles(folder: "\(templates.path)/none").refused.map(\.problem) == ["the folder cannot be read"])
    }

    @Test("The doctor names them, and why the notebook's side keeps a template from being registered") func doctor() async throws {
        let folder = try CommandLineFolder()
        try Self.fill(folder.url.appending(path: "templates"))
        #expect(try await folder.hindsight("append", "s-1", input: #"{"type":"t","data":{}}"#).code == 0)
        let sound = try await folder.hindsight("doctor")
        #expect(sound.code == 0, "\(sound.output) \(sound.errors)")
        let found = try await folder.hindsight("doctor", environment: ["HINDSIGHT_AUDIENCE_TEMPLATES": "templates"])
        #expect(found.code == 1)
        for file in ["a.yaml", "b.yml", "c.yaml"] { #expect(found.output.contains(#""subject":"template \#(file)""#), "\(found.output)") }
        #expect(!found.output.contains("report.yaml"))

        try await AudienceStage.with { stage in
            let report = folder.url.appending(path: "templates/report.yaml")
            let text = try String(contentsOf: report, encoding: .utf8)
            func findings() async throws -> [TemplateFiles.Refused] {
                try await TemplateExamination(log: stage.log, clock: stage.clock, zeppelin: stage.zeppelin)
                    .refused(in: folder.url.appending(path: "templates").path)
            }
            #expect(try await findings().map(\.file) == ["a.yaml", "b.yml", "c.yaml"])
            try Data(text.replacing("title: Variables", with: "title: Nowhere").utf8).write(to: report)
            #expect(try await findings().last == .init(file: "report.yaml", problem: "\(Template.Rejection.noVariablesParagraph)"))
            // What is registered stays so while the notebook is away.
            try Data(text.utf8).write(to: report)
            try await stage.service().register(template: text)
            stage.notebook.kill()
            #expect(try await findings().map(\.file) == ["a.yaml", "b.yml", "c.yaml"])
        }
    }

    @Test("A template of a note that is not there is refused with the note's id") func unknownNote() async throws {
        try await AudienceStage.with { stage in
            let template = try AudienceStage.input("audience-by-purchases.template.yaml").replacing("2HSAUDIENC", with: "2NOWHERE00")
            let problem = TemplateProblem(pointer: "/noteId", reason: "names 2NOWHERE00, and Zeppelin knows no note of this id")
            await #expect(throws: problem) { try await stage.service().register(template: template) }
            await #expect(throws: ZeppelinError.notFound("note 2NOWHERE00")) { try await stage.zeppelin.note("2NOWHERE00") }
        }
    }
}
