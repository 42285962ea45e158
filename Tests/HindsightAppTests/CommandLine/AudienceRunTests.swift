import Foundation
import HindsightApp
import Testing

@Suite("Command line: a job that is waited for") struct AudienceRunTests {
    private static let form = AudienceStage.inputs.appending(path: "audience-by-purchases.form.json").path

    /// The program's arguments for a job in the stage's notebook.
    private static func script(_ stage: AudienceStage, _ more: String = "") -> String {
        "$HINDSIGHT audience run '\(form)' --wait --zeppelin \(stage.notebook.address) --shared '\(stage.shared.path)' \(more)"
    }

    @Test("Finished is 0, and failed is 1 with what a manager reads") func ends() async throws {
        try await AudienceStage.with { stage in
            let folder = try CommandLineFolder()
            let finished = try await folder.shell(Self.script(stage))
            #expect(finished.code == 0, "\(finished.errors)")
            #expect(finished.output.contains(#""status":"finished""#))
            try await stage.notebook.arm("results-missing", at: "run")
            let failed = try await folder.shell(Self.script(stage))
            #expect(failed.code == 1)
            #expect(failed.output.contains(#""status":"failed""#))
            #expect(failed.isOneLineOfError && failed.errors.contains("is failed: The step “"), "\(failed.errors)")
        }
    }

    @Test("Cancelled meanwhile is 1, with who did it and why") func cancelled() async throws {
        try await AudienceStage.with { stage in
            let folder = try CommandLineFolder()
            try await stage.notebook.arm("stuck-running", at: "run")
            let run = try folder.start(
                "audience", "run", Self.form, "--wait", "--zeppelin", stage.notebook.address, "--shared", stage.shared.path)
            run.endInput()
            var job: String?
            // Nothing but the cancellation ends it.
            while job == nil {
                let running = try await folder.hindsight("audience", "list", "--format", "table").lines.first { $0.contains(" running ") }
                job = running?.split(separator: " ").first.map(String.init)
            }
            let cancel = try await folder.hindsight("audience", "cancel", try #require(job), "--reason", "a slip")
            #expect(cancel.code == 0, "\(cancel.errors)")
            async let output = run.rest()
            let errors = await run.errors()
            #expect(await output.contains(#""status":"cancelled""#))
            #expect(await run.end() == 1)
            #expect(errors.contains("job \(try #require(job)) is cancelled: Cancelled"), "\(errors)")
            #expect(errors.contains(": a slip"))
            #expect(try stage.notebook.journal("abort").count == 1)
        }
    }

    @Test("A notebook that wants a login gets it from --credentials, which the refusal without it names") func credentials() async throws {
        try await AudienceStage.with(credentials: true) { stage in
            let folder = try CommandLineFolder()
            let refused = try await folder.shell(Self.script(stage))
            #expect(refused.code == 1)
            #expect(refused.isOneLineOfError && refused.errors.contains("with --credentials"), "\(refused.errors)")
            try Data(#"{"userName":"svc","password":"p&=ä %"}"#.utf8).write(to: folder.url.appending(path: "zeppelin.json"))
            let finished = try await folder.shell(Self.script(stage, "--credentials zeppelin.json"))
            #expect(finished.code == 0, "\(finished.errors)")
            #expect(try await folder.hindsight("audience", "run", Self.form, "--credentials", "zeppelin.json").code == 2)
        }
    }
}
