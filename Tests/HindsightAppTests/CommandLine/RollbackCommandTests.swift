import AudienceJobs
import BillingRetries
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Command line: the way back") struct RollbackCommandTests {
    /// Lets something happen to the log of the folder that no command does.
    private func prepare(_ folder: borrowing CommandLineFolder, _ act: (Application) async throws -> Void) async throws {
        let location = try LogLocation(flag: folder.url.appending(path: "hindsight-data").path, environment: [:], fallback: "")
        let application = try Application.open(location, for: .writing) { _ in }
        try await act(application)
        await application.close()
    }

    private func policy(_ version: Int, days: Int) -> RetryPolicy {
        RetryPolicy(
            name: "mine", version: version, chooser: .rules, windowDays: days, hours: LegalHours(from: 7, until: 22), rules: [],
            otherwise: .every(hours: 24), afterMethodChange: .every(hours: 24))
    }

    @Test("A policy is listed, led back after a look at what would be done, and its versions tell why") func policies() async throws {
        let folder = try CommandLineFolder()
        let (first, second) = (policy(1, days: 28), policy(2, days: 14))
        try await prepare(folder) { application in
            let desk = BillingDesk(log: application.log, clock: application.clock)
            let act = BillingDesk.Act(metadata: EventMetadata(), identities: RandomIdentities())
            for policy in [first, second] { try await desk.define(policy, act) }
        }
        #expect(try await folder.hindsight("billing", "policies").lines.count == RetryPolicy.builtIn.count + 1)
        let preview = try await folder.hindsight("billing", "rollback", "mine", "--to", "position:1", "--preview")
        #expect(preview.code == 0, "\(preview.errors)")
        #expect(preview.output.contains(#""becomes":3"#) && preview.output.contains(#""type":"billing-retries.policy-restored""#))
        #expect(try await folder.hindsight("billing", "policies", "mine").lines.count == 2)
        #expect(try await folder.hindsight("billing", "rollback", "mine", "--to", "position:1").code == 2, "a reason is missing")
        let done = try await folder.hindsight("billing", "rollback", "mine", "--to", "position:1", "--reason", "too short")
        #expect(done.code == 0, "\(done.errors)")
        let versions = try await folder.hindsight("billing", "policies", "mine")
        #expect(versions.lines.count == 3)
        #expect(versions.lines.last?.contains(#""reason":"too short""#) == true)
        #expect(try await folder.hindsight("billing", "policies", "mine", "--at", "position:1").lines.count == 1)
        #expect(try await folder.hindsight("read", "policy-mine", "--at", "position:3").lines.last?.contains(#""actor":"uid:"#) == true)
        let table = try await folder.hindsight("billing", "policies", "mine", "--format", "table")
        #expect(table.lines.count == 4 && table.lines[3].contains("too short"), "\(table.output)")
    }

    @Test("A template is led back in the same way") func templates() async throws {
        let folder = try CommandLineFolder()
        let name = try #require(TemplateName("audience-by-purchases"))
        let file = try AudienceStage.input("audience-by-purchases.template.yaml")
        let note = NoteOutline(paragraphs: [
            .init(id: "p1", title: "Variables", text: "%python\nmcc = []", runs: true),
            .init(id: "p2", title: "Competitors and opt-outs", text: "%python\nprint(mcc)", runs: true),
        ])
        try await prepare(folder) { application in
            let handler = CommandHandler(log: application.log, clock: application.clock, identities: RandomIdentities())
            for yaml in [file, file.replacing("{job}.csv", with: "x/{job}.csv")] {
                let definition = try TemplateFile.read(yaml: yaml)
                try await handler.handle(
                    Template.self, .register(definition, note: note, at: application.clock.now()), on: name.stream)
            }
        }
        let arguments = ["audience", "rollback", name.description, "--to", "position:1"]
        let preview = try await folder.hindsight(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], "--preview")
        #expect(preview.code == 0, "\(preview.errors)")
        #expect(preview.output.contains(#""type":"audience-jobs.template-restored""#))
        let done = try await folder.hindsight(
            arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], "--reason", "the old path")
        #expect(done.code == 0, "\(done.errors)")
        #expect(try await folder.hindsight("audience", "templates", name.description).lines.last?.contains(#""restores":1"#) == true)
        #expect(try await folder.hindsight("audience", "templates").lines.count == 1)
    }

    @Test(
        "What cannot be led back is one line",
        arguments: [
            ("billing rollback fixed-4-days --to position:0 --preview", 1), ("billing rollback none --to position:0 --preview", 1),
            ("billing rollback fixed-4-days --to position:9 --preview", 1), ("billing policies none", 1),
            ("billing rollback fixed-4-days --to 2098-01-01T00:00:00Z --preview", 1),
            ("billing rollback fixed-4-days --to 2026-01-01T00:00:00 --preview", 2), ("billing rollback fixed-4-days --preview", 2),
            ("audience rollback none --to position:0 --preview", 1), ("audience rollback a/b --to position:0 --preview", 2),
            ("audience templates none", 1),
        ])
    func refusals(command: String, code: Int32) async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-1", input: #"{"type":"t","data":{}}"#)
        let result = try await folder.shell("$HINDSIGHT \(command)")
        #expect(result.code == code, "\(result.errors)")
        #expect(code == 2 || result.isOneLineOfError, "\(result.errors)")
        #expect(try await folder.hindsight("read").lines.count == 1)
    }
}
